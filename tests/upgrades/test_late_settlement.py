"""An old agreement that is settled once its device was looked at, from the data of the flow."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.flow.case_world import CaseHarness
from tests.upgrades.late_world import (
    CASE,
    NEVER_CAME,
    answers,
    books,
    decided,
    settled,
    sold,
    stands,
    worth,
)
from unshackled.domain.ledger import Ledger
from unshackled.flow.engine import commands as c
from unshackled.ports.outcome import Declined
from unshackled.ports.trade_in_rules import trade_in_news

AS_PROMISED = worth(12_000)


def _owed(ledger: Ledger, what: str) -> list[tuple[str, str, int]]:
    """Who owes it to whom."""
    return [
        (one.sender, one.receiver, one.amount)
        for one in ledger.entries
        if (one.kind, one.what) == ("owed", what)
    ]


async def _codes(world: CaseHarness) -> list[str]:
    """The sentences that the customer is told in the end."""
    return [code for code, _ in trade_in_news(None, await decided(world))]


async def test_nothing_is_settled_before_the_device_is_here() -> None:
    """For as long as the buyer has not seen it the lender hears of nothing, and is owed later."""
    world = await sold(AS_PROMISED, stands(14, 25_000))
    order = world.backends.calls("orders.place")
    asked = world.backends.calls("credit.standing")
    looked = world.backends.calls("trade_in.inspect")
    (paid,) = world.backends.calls("credit.settle")
    place = world.backends.sent.index
    assert place(order[0]) < place(looked[0]) < place(asked[-1]) < place(paid)
    assert settled(world) == [25_000]
    assert await _codes(world) == ["trade_in_accepted_even", "trade_in_agreement_settles"]


async def test_the_lender_gets_its_figure_of_then() -> None:
    """One more repayment was made meanwhile: 2,500 less for the lender, and back for its payer."""
    world = await sold(AS_PROMISED, stands(15, 22_500))
    after, ledger = await decided(world), await books(world)
    assert settled(world) == [22_500]
    assert (after.settle, after.pay_out, after.charge) == (22_500, 2_500, 0)
    assert _owed(ledger, "settlement") == [("retailer", "lender", 22_500)]
    assert ledger.even


@pytest.mark.parametrize(("made", "figure", "customer"), [(15, 22_500, 0), (15, 22_501, 0)])
async def test_what_the_retailer_pays_of_it_changes_with_the_figure(
    made: int, figure: int, customer: int
) -> None:
    """By the programme: the customer gets and pays nothing more."""
    world = await sold(AS_PROMISED, stands(made, figure), left_paid_by="retailer")
    after = await decided(world)
    assert settled(world) == [figure]
    assert (after.pay_out, after.charge) == (customer, customer)


async def test_a_lower_value_is_charged_and_the_lender_gets_all_the_same() -> None:
    """6,000 and not 12,000: the customer takes it, and owes the difference."""
    world = await sold(worth(6_000), stands(14, 25_000))
    assert settled(world) == []
    await answers(world, accept=True)
    assert (await decided(world)).charge == 6_000
    assert _owed(await books(world), "trade_in_adjustment") == [("retailer", "recycler", 6_000)]
    assert await _codes(world) == ["trade_in_accepted_charge", "trade_in_agreement_settles"]
    await world.ask(
        c.Resolve(run=CASE, step="difference", verdict="passed", operator="op-1", reason="paid")
    )
    assert settled(world) == [25_000]
    assert (await books(world)).even


@pytest.mark.parametrize("ending", ["not_returned", "sent_back"])
async def test_an_agreement_goes_on_without_its_device(ending: str) -> None:
    """The lender is not even asked, and what the customer paid towards it goes back to them."""
    world = await sold(NEVER_CAME if ending == "not_returned" else worth(6_000))
    if ending == "sent_back":
        await answers(world, accept=False)
        sent = c.Resolve(
            run=CASE, step="send_back", verdict="passed", operator="op-1", reason="sent"
        )
        await world.ask(sent)
    after, ledger = await decided(world), await books(world)
    assert (after.ending, after.goes_on, after.settle, after.pay_out) == (ending, True, 0, 13_000)
    assert settled(world) == []
    assert len(world.backends.calls("credit.standing")) == 1
    assert await _codes(world) == [f"trade_in_{ending}_pay_out", "trade_in_agreement_goes_on"]
    assert (_owed(ledger, "settlement"), ledger.even) == ([], True)
    (pair,) = [one for one in ledger.pairs if one.second == "recycler"]
    assert (pair.first, pair.later) == ("retailer", 0)


async def test_a_programme_may_settle_without_the_device_and_charge_its_value() -> None:
    """`not_returned: value`: the lender is paid, and 12,000 are the customer's to pay."""
    world = await sold(NEVER_CAME, stands(14, 25_000), not_returned="value")
    after = await decided(world)
    assert (after.settle, after.charge, after.goes_on) == (25_000, 12_000, False)


async def test_a_figure_that_is_not_ours_waits_for_a_person() -> None:
    """Nobody is told, paid or charged before; the person sees both figures, and decides."""
    world = await sold(AS_PROMISED, stands(15, 23_000))
    state = (await world.run_of(CASE)).steps["outcome"]
    assert (state.state, state.code) == ("in_review", "amount_differs")
    assert [one["differs"] for one in await world.data_of("step.in_review.v1")] == [
        "settlement 23000 where 22500 was worked out"
    ]
    assert not world.backends.calls("credit.settle")
    assert not world.backends.calls("notification.send")
    await world.ask(
        c.Resolve(run=CASE, step="outcome", verdict="passed", operator="op-1", reason="right")
    )
    assert settled(world) == [23_000]
    assert (await books(world)).even


async def test_without_a_figure_of_now_nothing_is_settled_by_the_one_of_the_order() -> None:
    """A lender that tells none: a person looks."""
    world = await sold(AS_PROMISED, stands(14, None))
    state = (await world.run_of(CASE)).steps["outcome"]
    assert (state.state, state.code) == ("in_review", "amount_differs")
    assert settled(world) == []


async def test_a_lender_that_says_no_is_for_a_person_too() -> None:
    """The customer settled the agreement themself: the case waits, and says who is at work."""
    world = await sold(AS_PROMISED, Declined(code="agreement_settled"))
    state = (await world.run_of(CASE)).steps["standing"]
    assert (state.state, state.code) == ("in_review", "agreement_settled")
    assert (await world.standing_of(CASE)).messages
    assert settled(world) == []


async def test_a_figure_that_lapses_in_the_case_is_asked_for_anew() -> None:
    """While a person looked the lender's figure ended: no customer has to come back for another."""
    world = await sold(AS_PROMISED, stands(15, 23_000, valid=timedelta(days=3)), stands(16, 20_000))
    assert (await world.run_of(CASE)).steps["outcome"].state == "in_review"
    await world.wait(days=4)
    assert len(world.backends.calls("credit.standing")) == 3
    assert settled(world) == [20_000]
    assert (await decided(world)).pay_out == 5_000
    assert (await books(world)).even
