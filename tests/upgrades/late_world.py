"""An upgrade whose old agreement is settled after the inspection, and the shipped case of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.flow.case_world import CaseHarness
from tests.flow.plans import plan_of
from tests.flow.world import INPUTS
from tests.shipped import shipped
from unshackled.domain.codec import decode, encode
from unshackled.domain.customer import DeviceReturn, ExistingAgreement
from unshackled.domain.ledger import Ledger
from unshackled.domain.records import replace
from unshackled.domain.upgrade import Programme
from unshackled.flow.engine import commands as c
from unshackled.flow.plan.ledger.checkout_ledger import checkout_ledger
from unshackled.flow.plan.plan import Plan
from unshackled.ports.credit import AgreementStanding
from unshackled.ports.outcome import Declined, Outcome, Passed
from unshackled.ports.trade_in import DeviceInspected
from unshackled.ports.trade_in_rules import TradeInOutcome
from unshackled.testing.samples import NOW, PACKAGE, sample

CASE = "trade_in-1"
STANDING = sample(AgreementStanding)


def stands(
    made: int, figure: int | None, *, valid: timedelta | None = None
) -> Passed[AgreementStanding]:
    """What the lender says of an agreement of 24 payments of 2,500; good for so long from NOW."""
    told = replace(STANDING, repayments_made=made, settlement_figure=figure)
    return Passed(output=told, valid_until=NOW + valid if valid is not None else None)


def worth(amount: int) -> Outcome[DeviceInspected]:
    """What the buyer says of the device, which was to be worth 12,000."""
    return Passed(
        output=DeviceInspected(trade_in="TI-1", grade="B", amount=amount, inspected_at=NOW)
    )


NEVER_CAME = Declined(code="not_returned")


def sale(**terms: Any) -> Plan:
    """An upgrade without a step that settles: the customer pays what the device does not."""
    said = {"settles": "after_inspection", "not_returned": "agreement_goes_on", **terms}
    programme = Programme(name="late", months=24, min_repayments=12, **said)
    return plan_of(
        {
            "contact": {"collect": "contact"},
            "address": {"collect": "address"},
            "existing": {"collect": "existing_agreement"},
            "standing": {"call": "credit.standing", "needs": ["existing"]},
            "device": {"collect": "device_return"},
            "valuation": {"call": "trade_in.value", "needs": ["device"]},
            "eligibility": {
                "rule": "upgrade_eligibility",
                "needs": ["standing", "valuation", "device"],
                "with": {"programme": programme},
            },
            "card": {"collect": "payment_method"},
            "confirm": {"confirm": "package"},
            "deposit": {"call": "payment.charge", "needs": ["confirm", "card"]},
            "trade_in": {"call": "trade_in.accept", "needs": ["confirm", "valuation"]},
            "order": {"call": "orders.place", "needs": ["deposit", "trade_in"], "pivot": True},
        }
    )


async def sold(
    inspected: Outcome[DeviceInspected],
    *later: Outcome[AgreementStanding],
    **terms: Any,
) -> CaseHarness:
    """Sold at a figure of 25,000; then the buyer's word, and each of the lender's of then."""
    world = CaseHarness(shipped().cases["orbit", "trade-in"], plan=sale(**terms))
    world.backends.script("credit.standing", stands(14, 25_000), *later)
    world.backends.script("trade_in.inspect", inspected)
    await world.begin(replace(PACKAGE, credit=None, tariff=None))
    for step in ("contact", "address", "card"):
        await world.submit(step, encode(INPUTS[step]))
    await world.submit("existing", encode(sample(ExistingAgreement)))
    await world.submit("device", encode(sample(DeviceReturn)))
    await world.complete()
    return world


async def answers(world: CaseHarness, *, accept: bool) -> None:
    """The customer's word on a lower value."""
    await world.ask(c.Submit(run=CASE, step="answer", body={"accept": accept}))


async def books(world: CaseHarness) -> Ledger:
    """Who owes whom what, and what moved."""
    known = {plan.digest: plan for plan in (world.plan, *world.cases)}
    return checkout_ledger(known.__getitem__, await world.seen(), world.clock.now())


async def decided(world: CaseHarness) -> TradeInOutcome:
    """What the case came to."""
    state = (await world.run_of(CASE)).steps["outcome"]
    assert state.output is not None, state
    return decode(TradeInOutcome, dict(state.output))


def settled(world: CaseHarness) -> list[int]:
    """What the old lender was sent."""
    return [one.request.settlement.to_lender for one in world.backends.standing("credit.settle")]
