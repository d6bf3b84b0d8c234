"""An upgrade: what settles the old agreement is on the quote, is charged and reaches the lender."""

from __future__ import annotations

from typing import Any

import pytest

from tests.flow.plans import plan_of
from tests.flow.world import INPUTS, EngineHarness
from unshackled.domain.codec import encode
from unshackled.domain.customer import DeviceReturn, ExistingAgreement
from unshackled.domain.package import Selection, TradeInChoice
from unshackled.domain.records import replace
from unshackled.flow.engine import commands as c
from unshackled.flow.engine.draft import Rejected
from unshackled.ports.credit import AgreementStanding, CreditSettled
from unshackled.ports.outcome import Passed
from unshackled.testing.samples import QUOTE, sample

DEVICE = sample(DeviceReturn)
STANDING = sample(AgreementStanding)


async def upgrade_world(made: int = 14) -> EngineHarness:
    """Everything up to the customer's yes; the device is worth 12000."""
    world = EngineHarness(
        plan_of(
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
                },
                "card": {"collect": "payment_method"},
                "confirm": {"confirm": "package"},
                "deposit": {"call": "payment.charge", "needs": ["confirm", "card"]},
                "trade_in": {"call": "trade_in.accept", "needs": ["confirm", "valuation"]},
                "order": {
                    "call": "orders.place",
                    "needs": ["deposit", "trade_in"],
                    "pivot": True,
                },
                "settle_old": {
                    "call": "credit.settle",
                    "needs": ["order", "standing", "eligibility"],
                },
            }
        )
    )
    told = replace(STANDING, repayments_made=made)
    world.backends.script("credit.standing", Passed(output=told))
    await world.begin()
    for step in ("contact", "address", "card"):
        await world.submit(step, encode(INPUTS[step]))
    await world.submit("existing", encode(sample(ExistingAgreement)))
    await world.submit("device", encode(DEVICE))
    return world


async def test_the_settlement_is_a_line_and_is_charged() -> None:
    """10 of 24 left are 25000, less the device's 12000: 13000 more are due today and charged."""
    world = await upgrade_world()
    quote = (await world.seen()).quote
    assert quote.due_today == QUOTE.due_today + 13_000
    assert [(line.part, line.due_today) for line in quote.step_lines] == [("settlement", 13_000)]
    await world.complete()
    assert (await world.standing()).status == "completed"
    (charge,) = world.backends.standing("payment.charge")
    assert charge.outcome.output.amount == quote.due_today  # type: ignore[union-attr]
    (settled,) = world.backends.standing("credit.settle")
    assert settled.request.settlement.due == 13_000


async def test_repayments_made_count_and_what_the_device_is_worth_beyond_is_owed() -> None:
    """20 of 24 made: 10000 are left; the device pays them, and 2000 are paid to the customer."""
    world = await upgrade_world(made=20)
    quote = (await world.seen()).quote
    assert (quote.due_today, quote.step_lines) == (QUOTE.due_today, ())
    assert quote.trade_in_estimate == QUOTE.trade_in_estimate + 2_000
    await world.complete()
    (settled,) = world.backends.standing("credit.settle")
    told = settled.request.settlement
    assert (told.outstanding, told.trade_in, told.due, told.worth_more) == (
        *(10_000, 10_000, 0),
        2_000,
    )
    assert (await world.standing()).status == "completed"


async def test_a_receipt_for_another_amount_is_for_a_person() -> None:
    """The lender's receipt is compared like every other amount."""
    world = await upgrade_world()
    receipt = CreditSettled(receipt="STL-1", amount=12_999)
    world.backends.script("credit.settle", Passed(output=receipt))
    await world.complete()
    state = await world.step("settle_old")
    assert (state.state, state.code) == ("in_review", "amount_differs")


async def test_one_device_counts_once() -> None:
    """In the package and as a return: refused wherever it comes second, naming the field."""
    world = await upgrade_world()
    seen = await world.seen()
    chosen = TradeInChoice(imei=DEVICE.imei, model=DEVICE.model, grade=DEVICE.grade)
    both = Selection(handset="handset-mid", trade_in=chosen)
    change = c.ChangePackage(selection=both, package=seen.package, quote=QUOTE)
    with pytest.raises(Rejected) as refused:
        await world.ask(change)
    assert [error.path for error in refused.value.errors] == ["package.trade_in.imei"]
    other = replace(chosen, imei="356938035643809")
    await world.ask(replace(change, selection=replace(both, trade_in=other)))
    with pytest.raises(Rejected) as again:
        await world.submit("device", _returned("356938035643809"))
    assert [error.path for error in again.value.errors] == ["steps.device.imei"]


def _returned(imei: str) -> Any:
    return encode(replace(DEVICE, imei=imei))
