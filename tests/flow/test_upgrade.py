"""An upgrade: what settles the old agreement is on the quote, is charged and reaches the lender."""

from __future__ import annotations

from typing import Any

import pytest

from tests.flow.plans import plan_of
from tests.flow.world import ID, INPUTS, EngineHarness
from unshackled.domain.codec import encode
from unshackled.domain.customer import DeviceReturn, ExistingAgreement
from unshackled.domain.package import Selection, TradeInChoice
from unshackled.domain.records import replace
from unshackled.domain.upgrade import Programme
from unshackled.flow.engine import commands as c
from unshackled.flow.engine.draft import Rejected
from unshackled.ports.credit import AgreementStanding, CreditSettled
from unshackled.ports.outcome import Passed
from unshackled.testing.samples import QUOTE, sample

DEVICE = sample(DeviceReturn)
STANDING = sample(AgreementStanding)


async def upgrade_world(made: int = 14, figure: int | None = None, **terms: Any) -> EngineHarness:
    """Everything up to the customer's yes; the device is worth 12000.

    `terms` are those of a programme, and `figure` is the lender's.
    """
    programme = Programme(name="early", months=24, min_repayments=12, **terms)
    rule = {"with": {"programme": programme}} if terms else {}
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
                    **rule,
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
    told = replace(STANDING, repayments_made=made, settlement_figure=figure)
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


async def test_the_lender_gets_its_own_figure_whole() -> None:
    """Where it tells one: the customer's part of it and the device's go together."""
    world = await upgrade_world(figure=25_001)
    assert (await world.seen()).quote.due_today == QUOTE.due_today + 13_001
    await world.complete()
    (settled,) = world.backends.standing("credit.settle")
    told = settled.request.settlement
    assert (told.to_lender, told.due, told.trade_in) == (25_001, 13_001, 12_000)
    receipt = CreditSettled(receipt="STL-1", amount=25_000)
    assert receipt.differs(settled.request) is not None


async def test_a_figure_that_is_not_ours_waits_for_a_person() -> None:
    """Two minor units apart: nothing is charged, and the person sees both figures."""
    world = await upgrade_world(figure=25_002)
    state = await world.step("eligibility")
    assert (state.state, state.code) == ("in_review", "amount_differs")
    (row,) = [
        one
        for one in await world.store.events(ID, after=None, limit=1000)
        if one.type == "step.in_review.v1"
    ]
    assert row.data["differs"] == "settlement 25002 where 25000 was worked out"
    assert (await world.seen()).quote.due_today == QUOTE.due_today
    await world.ask(
        c.Resolve(
            step="eligibility", verdict="passed", operator="op-1", reason="the lender is right"
        )
    )
    assert (await world.step("eligibility")).state == "passed"
    assert (await world.seen()).quote.due_today == QUOTE.due_today + 13_002


@pytest.mark.parametrize(
    ("terms", "today"),
    [
        ({"left_paid_by": "retailer"}, 0),
        ({"left_paid_by": "retailer", "trade_in_covers": "none"}, 0),
        ({"left_paid_by": "customer", "trade_in_covers": "none"}, 25_000),
    ],
)
async def test_a_programme_says_who_pays_what_is_left(terms: dict[str, Any], today: int) -> None:
    """The lender gets all of it; the customer sees what they pay, also where that is nothing."""
    world = await upgrade_world(figure=25_000, **terms)
    quote = (await world.seen()).quote
    assert [(line.part, line.due_today) for line in quote.step_lines] == [("settlement", today)]
    await world.complete()
    (settled,) = world.backends.standing("credit.settle")
    assert settled.request.settlement.to_lender == 25_000
    assert (await world.standing()).status == "completed"


async def test_what_the_device_takes_off_the_price_is_not_charged() -> None:
    """Never more than is due today of the package; what is left of it is paid out later."""
    world = await upgrade_world(figure=25_000, trade_in_covers="price")
    seen = await world.seen()
    lines = {line.part: line.due_today for line in seen.quote.step_lines}
    due = seen.package.credit.deposit if seen.package.credit else 0
    due += seen.package.accessories.total if seen.package.accessories else 0
    off = min(12_000, due)
    assert lines == {"settlement": 25_000, "trade_in": -off}
    assert seen.quote.due_today == QUOTE.due_today + 25_000 - off
    assert seen.quote.trade_in_surplus == 12_000 - off
    await world.complete()
    (charge,) = world.backends.standing("payment.charge")
    assert charge.outcome.output.amount == seen.quote.due_today  # type: ignore[union-attr]
