"""What a provider gave back beyond what a case decided counts for every other case of the sale."""

from __future__ import annotations

from typing import Any

import pytest

from tests.flow.case_world import HANDSET, CaseHarness, refund_plan
from tests.flow.plans import plan_of
from unshackled.domain.case_opening import CaseWish, WantedLine, allowed
from unshackled.domain.case_terms import CaseTerms
from unshackled.domain.codec import encode
from unshackled.domain.customer import BankAccount
from unshackled.flow.engine import commands as c
from unshackled.flow.engine.draft import Rejected
from unshackled.flow.plan.plan import Plan
from unshackled.flow.plan.sale_money import sale_money
from unshackled.ports.outcome import Passed
from unshackled.ports.payment import AmountRefunded
from unshackled.testing.samples import NOW, sample

TERMS = CaseTerms(kind="refund", by=("retailer",), up_to="payment")
ASKED, REPORTED = 1_900, 2_000
TOO_MUCH = Passed(output=AmountRefunded(refund="re_1", amount=REPORTED, currency="GBP"))


def _slow_return() -> Plan:
    """All that was paid goes back, once the customer has said where to."""
    return plan_of(
        {
            "account": {"collect": "bank_account"},
            "money": {"rule": "case_money", "needs": ["account"], "on_decline": "end"},
            "refund": {"call": "payment.refund_amount", "needs": ["money"], "pivot": True},
        },
        case=CaseTerms(kind="return", by=("retailer",)),
    )


async def _sold(*outcomes: Any) -> CaseHarness:
    world = CaseHarness(refund_plan(), _slow_return())
    await world.sell()
    world.backends.script("payment.refund_amount", *outcomes)
    return world


async def _left(world: CaseHarness) -> int:
    seen = await world.seen()
    return allowed(seen, sale_money(world.plan, seen), TERMS, NOW).amount


async def test_what_went_back_beyond_a_case_is_not_given_back_again() -> None:
    """While a person looks at it, and once they have accepted it: no other case takes it."""
    world = await _sold(TOO_MUCH)
    money = sale_money(world.plan, await world.seen())
    captured = money.captured
    name = await world.open()
    assert await _left(world) == captured - REPORTED
    verdict = c.Resolve(
        run=name, step="refund", verdict="passed", reason="so be it", output=encode(TOO_MUCH.output)
    )
    await world.ask(verdict)
    assert (await world.run_of(name)).completed_at is not None
    assert await _left(world) == captured - REPORTED
    with pytest.raises(Rejected):
        await world.open(wish=CaseWish(by="retailer", amount=money.received - ASKED))


async def test_what_a_person_corrects_counts_as_it_is_corrected() -> None:
    """Where the provider took the excess back, what was decided counts."""
    world = await _sold(TOO_MUCH)
    before = await _left(world)
    name = await world.open()
    right = encode(AmountRefunded(refund="re_1", amount=ASKED, currency="GBP"))
    await world.ask(
        c.Resolve(run=name, step="refund", verdict="passed", reason="mended", output=right)
    )
    assert await _left(world) == before - ASKED


async def test_a_case_that_was_opened_before_is_decided_with_what_is_left_by_then() -> None:
    """Opened for all of the rest while less had gone back than now: its rule says no."""
    world = await _sold(TOO_MUCH)
    rest = sale_money(world.plan, await world.seen()).received - ASKED
    later = await world.open("return", HANDSET)
    assert (await world.run_of(later)).opened.amount == rest
    await world.open()
    account = encode(sample(BankAccount))
    await world.ask(c.Submit(run=later, step="account", body=account))
    run = await world.run_of(later)
    assert run.canceled is not None
    assert (run.steps["money"].state, run.canceled.code) == ("declined", "more_than_paid")
    assert len(world.backends.calls("payment.refund_amount")) == 1


async def test_less_than_was_decided_leaves_no_more_for_others() -> None:
    """What is still to go back of a case is owed by that case, and no other one's."""
    less = Passed(output=AmountRefunded(refund="re_1", amount=ASKED - 100, currency="GBP"))
    world = await _sold(less)
    before = await _left(world)
    await world.open()
    assert await _left(world) == before - ASKED


async def test_what_moves_nothing_is_opened_although_too_much_went_back() -> None:
    """Goods may come back for nothing more, where more than everything is gone already."""
    world = await _sold()
    money = sale_money(world.plan, await world.seen())
    over = AmountRefunded(refund="re_1", amount=money.received + 100, currency="GBP")
    world.backends.script("payment.refund_amount", Passed(output=over))
    await world.open(wish=CaseWish(by="retailer", amount=money.captured))
    assert await _left(world) == 0
    back = WantedLine(part="accessories", amount=0)
    name = await world.open("return", CaseWish(by="retailer", lines=(back,)))
    assert (await world.run_of(name)).opened.amount == 0
