"""Instalments that were paid of a sale's credit: what the lender hands on when goods come back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.flow.case_world import HANDSET, CaseHarness, moved_in, wants
from tests.flow.plans import credit_plan, plan_of
from unshackled.domain.case_opening import CaseWish, WantedLine
from unshackled.domain.case_terms import CaseTerms
from unshackled.domain.records import replace
from unshackled.flow.plan.plan import Plan
from unshackled.ports.credit import CreditEnded, CreditStatement
from unshackled.ports.outcome import Passed, Pending
from unshackled.testing.samples import PACKAGE, sample

CREDIT = CaseWish(by="customer", reason="changed_mind", lines=(WantedLine(part="credit"),))


def _with_instalments(kind: Any = "return") -> Plan:
    """All comes back; once the goods are here, the lender is asked what was paid by then."""
    return plan_of(
        {
            "money": {"rule": "case_money", "with": {"first": "lender"}},
            "goods": {"call": "orders.accept_return", "needs": ["money"], "pivot": True},
            "statement": {"call": "credit.statement", "needs": ["goods"], "best_effort": True},
            "instalments": {"rule": "case_instalments", "needs": ["statement"]},
            "credit": {"call": "credit.end", "needs": ["instalments"], "when": wants("lender")},
            "refund": {
                "call": "payment.refund_amount",
                "needs": ["goods"],
                "when": wants("payment"),
            },
        },
        case=CaseTerms(kind=kind, by=("retailer",)),
    )


def _paid(world: CaseHarness, paid: int) -> None:
    """What the customer has paid of the credit by the lender's account."""
    told = sample(CreditStatement, agreement="cra_sample", paid=paid)
    world.backends.script(
        "credit.statement", lambda request, _: Passed(output=_mine(told, request))
    )


def _mine(told: CreditStatement, request: Any) -> CreditStatement:
    return replace(told, agreement=request.activated.agreement)


async def test_instalments_that_were_paid_come_back_from_the_lender() -> None:
    """By its account of when the goods were back: nobody looks, and all is even."""
    world = CaseHarness(_with_instalments(), plan=credit_plan())
    await world.sell()
    world.backends.script("orders.accept_return", Pending(poll_after=timedelta(hours=9)))
    name = await world.open("return", HANDSET)
    _paid(world, 5_574)
    (sent,) = world.backends.calls("orders.accept_return")
    world.backends.finish(sent.reference)
    await world.wait(hours=10)
    ledger = await world.ledger()
    assert ("lender", "customer", "instalments_returned", 5_574) in moved_in(ledger, name)
    assert set((await world.states_of(name)).values()) == {"passed"}
    assert ledger.even


async def test_a_lender_that_hands_on_what_its_account_has_not_is_open_and_looked_at() -> None:
    """The account says £10, the end of the credit £55.74: a person compares the two."""
    world = CaseHarness(_with_instalments(), plan=credit_plan())
    await world.sell()
    assert PACKAGE.credit is not None
    _paid(world, 1_000)
    told = CreditEnded(
        agreement="AGR-1", currency="GBP", lender=PACKAGE.credit.amount, customer=5_574
    )
    world.backends.script("credit.end", Passed(output=told))
    name = await world.open("return", HANDSET)
    assert (await world.states_of(name))["credit"] == "in_review"
    pair = {(one.first, one.second): one for one in (await world.ledger()).pairs}
    assert pair["customer", "lender"].open == 5_574 - 1_000


@pytest.mark.parametrize(("handed_on", "state"), [(0, "passed"), (5_574, "in_review")])
async def test_a_lender_without_accounts_is_done_without_one(handed_on: int, state: str) -> None:
    """It is not asked; where it hands instalments on all the same, a person looks."""
    world = CaseHarness(_with_instalments(), plan=credit_plan())
    world.backends.without.add("credit.statement")
    await world.sell()
    assert PACKAGE.credit is not None
    told = CreditEnded(
        agreement="AGR-1", currency="GBP", lender=PACKAGE.credit.amount, customer=handed_on
    )
    world.backends.script("credit.end", Passed(output=told))
    name = await world.open("return", HANDSET)
    states = await world.states_of(name)
    assert (states["statement"], states["instalments"]) == ("failed", "passed")
    assert states["credit"] == state
    assert world.backends.calls("credit.statement") == []


async def test_what_one_case_handed_on_is_not_handed_on_by_the_next() -> None:
    """Most of a handset's price, then the handset: each hands on what is the customer's by then."""
    world = CaseHarness(
        _with_instalments("refund"), _with_instalments("return"), plan=credit_plan()
    )
    await world.sell()
    assert PACKAGE.handset is not None
    first = WantedLine(part="handset", amount=PACKAGE.handset.price - 10_000)
    for kind, line in (("refund", first), ("return", WantedLine(part="handset"))):
        _paid(world, 15_000)
        wish = CaseWish(by="retailer", reason="damaged", lines=(line,))
        name = await world.open(kind, wish)
        assert set((await world.states_of(name)).values()) <= {"passed", "skipped"}
    ledger = await world.ledger()
    back = [
        one.amount
        for one in ledger.entries
        if one.what == "instalments_returned" and one.kind == "moved"
    ]
    assert sum(back) == 15_000
    assert len(back) == 2
    assert ledger.even


async def test_an_account_that_lapsed_is_asked_for_again_without_anybody() -> None:
    """A case has no `confirm` to come back to: what is owed is worked out by today's account."""
    plan = plan_of(
        {
            "statement": {"call": "credit.statement"},
            "money": {"rule": "case_money", "needs": ["statement"]},
            "look": {"review": "withdrawals", "needs": ["money"]},
            "end": {"call": "credit.end", "needs": ["look"], "pivot": True},
        },
        case=CaseTerms(kind="withdrawal", by=("customer",)),
    )
    world = CaseHarness(plan, plan=credit_plan())
    await world.sell()
    for paid, hours in ((1_000, 1), (5_574, 40)):
        told, until = sample(CreditStatement, paid=paid), world.clock.now() + timedelta(hours=hours)
        world.backends.script("credit.statement", _until(told, until))
    name = await world.open("withdrawal", CREDIT)
    await world.wait(hours=2)
    assert len(world.backends.calls("credit.statement")) == 2
    money = (await world.run_of(name)).steps["money"].output
    assert PACKAGE.credit is not None
    assert money is not None
    assert money["owed"] == PACKAGE.credit.amount - 5_574


def _until(told: CreditStatement, until: datetime) -> Callable[[Any, Any], Passed[CreditStatement]]:
    return lambda request, _: Passed(output=_mine(told, request), valid_until=until)
