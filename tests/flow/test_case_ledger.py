"""The ledger of cases: money goes back the way it came, once, and comes out even."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.flow.case_world import CLEAR_CASE, HANDSET, CaseHarness, moved_in, wants
from tests.flow.plans import credit_plan, plan_of
from unshackled.domain.case_opening import CaseWish, WantedLine
from unshackled.domain.case_terms import CaseTerms
from unshackled.domain.credit_withdrawal import interest_until
from unshackled.domain.records import replace
from unshackled.flow.engine import commands as c
from unshackled.flow.plan.plan import Plan
from unshackled.ports.credit import CreditRepaid
from unshackled.ports.outcome import Passed, Pending
from unshackled.ports.payment import AmountRefunded
from unshackled.testing.samples import PACKAGE, QUOTE

RATE = Decimal("9.9")
ALL = CaseWish(by="retailer", reason="changed_mind")
CREDIT = CaseWish(by="customer", reason="changed_mind", lines=(WantedLine(part="credit"),))


def _giving_back(kind: Any) -> Plan:
    """What was charged to the payment, what was financed to the lender."""
    return plan_of(
        {
            "money": {"rule": "case_money"},
            "refund": {
                "call": "payment.refund_amount",
                "needs": ["money"],
                "when": wants("payment"),
            },
            "credit": {"call": "credit.end", "needs": ["money"], "when": wants("lender")},
            "told": {"call": "notification.send", "needs": ["refund", "credit"], "pivot": True},
        },
        case=CaseTerms(kind=kind, by=("retailer", "customer")),
    )


def _withdrawal() -> Plan:
    return plan_of(
        {
            "money": {"rule": "case_money"},
            "end": {"call": "credit.end", "needs": ["money"], "pivot": True},
            "repaid": {"call": "credit.repayment", "needs": ["end"]},
        },
        case=CaseTerms(kind="withdrawal", by=("customer",), within=timedelta(days=14)),
    )


def _world(days: int = 60) -> CaseHarness:
    """A withdrawal is not repaid for so many days."""
    plans = (_giving_back("refund"), _giving_back("return"), _withdrawal())
    world = CaseHarness(*plans, plan=credit_plan())
    world.backends.script("credit.repayment", Pending(poll_after=timedelta(days=days)))
    return world


async def test_a_partial_refund_goes_to_the_card_and_comes_out_even() -> None:
    """An accessory of £19: owed by the case's decision, moved by the provider's word."""
    world = _world()
    await world.sell()
    await world.open("refund", CLEAR_CASE)
    ledger = await world.ledger()
    assert moved_in(ledger, "refund-1") == [("payment", "customer", "refund", 1_900)]
    assert ledger.even
    (pair,) = [one for one in ledger.pairs if (one.first, one.second) == ("customer", "payment")]
    assert (pair.owed, pair.moved) == (QUOTE.due_today - 1_900, QUOTE.due_today - 1_900)


async def test_a_whole_return_gives_card_and_lender_what_came_from_them() -> None:
    """The deposit to the payment, the credit to the lender, and no instalment is owed any more."""
    world = _world()
    await world.sell()
    await world.open("return", HANDSET)
    ledger, credit = await world.ledger(), PACKAGE.credit
    assert credit is not None
    assert PACKAGE.handset is not None
    back = moved_in(ledger, "return-1")
    assert sum(amount for *_, amount in back) == PACKAGE.handset.price
    assert [(one[0], one[1], one[2]) for one in back] == [
        ("payment", "customer", "refund"),
        ("retailer", "lender", "credit_returned"),
    ]
    assert ledger.even
    assert "instalments" not in {one.what for one in ledger.entries}
    assert ("credit", "ended") in {(one.what, one.state) for one in ledger.contracts}


async def test_case_after_case_never_gives_an_origin_more_than_came_from_it() -> None:
    """Three refunds and a return of the rest: the card has its sum back, and the lender its."""
    world = _world()
    await world.sell()
    for amount in (5_000, 300, 1_900):
        handset = WantedLine(part="handset", amount=amount)
        await world.open("refund", CaseWish(by="retailer", reason="goodwill", lines=(handset,)))
    await world.open("return", ALL)
    ledger = await world.ledger()
    assert ledger.even
    back = [one for one in ledger.entries if one.kind == "moved" and one.run != "purchase"]
    to_card = sum(one.amount for one in back if one.receiver == "customer")
    to_lender = sum(one.amount for one in back if one.receiver == "lender")
    assert PACKAGE.credit is not None
    assert (to_card, to_lender) == (QUOTE.due_today, PACKAGE.credit.amount)


async def test_a_case_that_waited_knows_what_was_given_back_meanwhile() -> None:
    """Its money is decided when its turn comes, by all that other cases have decided by then."""
    plans = (_giving_back("refund"), _after_goods())
    world = CaseHarness(*plans, plan=credit_plan())
    await world.sell()
    world.backends.script("orders.accept_return", Pending(poll_after=timedelta(hours=1)))
    name = await world.open("return", HANDSET)
    await world.open("refund", CLEAR_CASE)
    (sent,) = world.backends.calls("orders.accept_return")
    world.backends.finish(sent.reference)
    await world.wait(hours=2)
    assert (await world.run_of(name)).completed_at is not None
    ledger = await world.ledger()
    assert ledger.even
    assert moved_in(ledger, name)[0] == ("payment", "customer", "refund", QUOTE.due_today - 1_900)


def _after_goods() -> Plan:
    """Money goes back once the goods are here."""
    return plan_of(
        {
            "goods": {"call": "orders.accept_return"},
            "money": {"rule": "case_money", "needs": ["goods"]},
            "refund": {
                "call": "payment.refund_amount",
                "needs": ["money"],
                "when": wants("payment"),
            },
            "credit": {"call": "credit.end", "needs": ["money"], "when": wants("lender")},
            "told": {"call": "notification.send", "needs": ["refund", "credit"], "pivot": True},
        },
        case=CaseTerms(kind="return", by=("retailer",)),
    )


async def test_what_a_case_decided_stays_decided_whatever_others_do() -> None:
    """What other cases moved counts when its money is decided, and is no part of what it asked."""
    decided_first = plan_of(
        {
            "money": {"rule": "case_money"},
            "goods": {"call": "orders.accept_return", "needs": ["money"], "pivot": True},
        },
        case=CaseTerms(kind="return", by=("retailer",)),
    )
    world = CaseHarness(_giving_back("refund"), decided_first, plan=credit_plan())
    await world.sell()
    world.backends.script("orders.accept_return", Pending(poll_after=timedelta(days=9)))
    name = await world.open("return", HANDSET)
    before = (await world.run_of(name)).steps["money"]
    await world.open("refund", CLEAR_CASE)
    await world.wait(hours=1)
    assert (await world.run_of(name)).steps["money"] == before
    refunded = moved_in(await world.ledger(), "refund-1")
    assert refunded == [("retailer", "lender", "credit_returned", 1_900)]


async def test_a_refund_of_another_sum_is_open_while_a_person_looks() -> None:
    """The provider gave a penny less: the ledger says between whom it is missing."""
    world = _world()
    await world.sell()
    short = AmountRefunded(refund="REF-1", amount=1_899, currency="GBP")
    world.backends.script("payment.refund_amount", Passed(output=short))
    await world.open("refund", CLEAR_CASE)
    ledger = await world.ledger()
    assert [pair.open for pair in ledger.pairs if pair.open] == [-1]


async def test_a_canceled_case_owes_nothing() -> None:
    """What it had decided counts for nobody, and the next case has it all."""
    plans = (_giving_back("refund"), _after_goods())
    world = CaseHarness(*plans, plan=credit_plan())
    await world.sell()
    world.backends.script("orders.accept_return", Pending(poll_after=timedelta(hours=1)))
    name = await world.open("return", HANDSET)
    await world.ask(c.Cancel(run=name, code="changed_mind", by="retailer"))
    await world.wait(days=2)
    ledger = await world.ledger()
    assert {one.run for one in ledger.entries} == {"purchase"}
    assert ledger.even


async def test_a_withdrawal_is_owed_to_the_lender_by_a_day() -> None:
    """Capital and interest: later until the last day to repay, and open from it on."""
    world = _world()
    await world.sell()
    name = await world.open("withdrawal", CREDIT)
    ledger = await world.ledger()
    (owed,) = [one for one in ledger.entries if one.what == "credit_repaid"]
    assert PACKAGE.credit is not None
    assert (owed.sender, owed.receiver, owed.amount) == (
        "customer",
        "lender",
        PACKAGE.credit.amount,
    )
    assert owed.due is not None
    assert (owed.due - world.clock.now().date()).days in (29, 30)
    assert (ledger.even, owed.run) == (True, name)
    (message,) = (await world.standing_of(name)).messages
    assert (message.code, message.params["who"]) == ("awaits_repayment", "credit")
    assert "Please pay the lender directly" in message.content
    await world.wait(days=31)
    pair = {(one.first, one.second): one for one in (await world.ledger()).pairs}
    assert pair["customer", "lender"].open == owed.amount


@pytest.mark.parametrize(("repaid", "left"), [(0, 0), (1, 0), (-1, 0), (2, -2), (-500, 500)])
async def test_a_repayment_is_held_against_our_own_interest_of_its_day(
    repaid: int, left: int
) -> None:
    """Nine days later costs nine days more; the lender may round, and what it has not is open."""
    world = _world(9)
    await world.begin(quote=replace(QUOTE, rate_percent=RATE))
    await world.fill()
    await world.show()
    await world.complete()
    await world.open("withdrawal", CREDIT)
    assert PACKAGE.credit is not None
    capital, today = PACKAGE.credit.amount, world.clock.now().date()
    later = today + timedelta(days=9)
    owed = interest_until(capital, RATE, today, later) + capital
    assert owed > capital
    told = CreditRepaid(
        agreement="AGR-1",
        amount=owed + repaid,
        interest=owed - capital,
        currency="GBP",
        repaid_on=later,
    )
    world.backends.script("credit.repayment", Passed(output=told))
    await world.wait(days=10)
    ledger = await world.ledger()
    assert ("customer", "lender", "credit_repaid", owed + repaid) in moved_in(
        ledger, "withdrawal-1"
    )
    pair = {(one.first, one.second): one for one in ledger.pairs}
    assert pair["customer", "lender"].open == left
    assert ledger.even is (left == 0)


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
async def test_any_cases_in_any_order_come_out_even(data: st.DataObject) -> None:
    """Whatever is refunded before all comes back, and however: card and lender get their own."""
    world = _world()
    await world.sell()
    for amount in data.draw(st.lists(st.integers(1, 30_000), max_size=2)):
        handset = WantedLine(part="handset", amount=amount)
        await world.open("refund", CaseWish(by="retailer", reason="goodwill", lines=(handset,)))
        assert (await world.ledger()).even
    await world.open("return", ALL)
    ledger = await world.ledger()
    assert ledger.even
    back = [one for one in ledger.entries if one.kind == "moved" and one.run != "purchase"]
    assert PACKAGE.credit is not None
    assert sum(one.amount for one in back) == QUOTE.due_today + PACKAGE.credit.amount
