"""The ledger of a checkout: who owed whom what, what providers reported, and what is open."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, cast

import pytest

from tests.flow.plans import credit_plan, plan_of
from tests.flow.world import EngineHarness
from unshackled.domain.ledger import Ledger
from unshackled.domain.package import CreditTerms
from unshackled.flow.engine import commands as c
from unshackled.flow.plan.ledger.checkout_ledger import checkout_ledger
from unshackled.flow.plan.plan import Plan
from unshackled.ports.credit import CreditActivated
from unshackled.ports.outcome import Declined, NotUndone, Passed
from unshackled.ports.payment import PaymentCharged
from unshackled.testing.samples import PACKAGE, QUOTE

LEAVE = c.Cancel(code="changed_mind", by="customer")
CREDIT = cast("CreditTerms", PACKAGE.credit)


async def _ledger(world: EngineHarness) -> Ledger:
    seen = await world.seen()
    return checkout_ledger(lambda _: world.plan, seen, world.clock.now())


def _lines(ledger: Ledger, kind: str) -> list[tuple[str, str, str, int]]:
    return [(e.sender, e.receiver, e.what, e.amount) for e in ledger.entries if e.kind == kind]


async def _bought(plan: Plan | None = None) -> EngineHarness:
    world = EngineHarness(plan or credit_plan())
    await world.ready()
    await world.complete()
    return world


async def test_nothing_is_owed_before_the_yes() -> None:
    """An open checkout has an empty ledger, whatever its quote says."""
    world = EngineHarness()
    await world.ready()
    ledger = await _ledger(world)
    assert (ledger.entries, ledger.pairs, ledger.even) == ((), (), True)


async def test_a_purchase_on_credit_comes_out_even() -> None:
    """Deposit to the payment provider, credit to the retailer; the rest is owed by contracts."""
    ledger = await _ledger(await _bought())
    today, lent = QUOTE.due_today, CREDIT.amount
    assert _lines(ledger, "moved") == [
        ("customer", "payment", "due_today", today),
        ("lender", "retailer", "credit", lent),
    ]
    owed = _lines(ledger, "owed")
    assert ("customer", "payment", "due_today", today) in owed
    assert ("lender", "retailer", "credit", lent) in owed
    assert ("customer", "lender", "instalments", sum(CREDIT.instalments.amounts)) in owed
    assert ledger.even
    balance = {(pair.first, pair.second): pair for pair in ledger.pairs}
    assert balance["customer", "payment"].owed == balance["customer", "payment"].moved == today
    assert balance["customer", "lender"].later == sum(CREDIT.instalments.amounts)


async def test_what_the_retailer_is_owed_is_what_the_goods_cost() -> None:
    """The payout of the payment provider and the credit are the cash price."""
    ledger = await _ledger(await _bought())
    theirs = sum(
        entry.amount
        for entry in ledger.entries
        if entry.kind == "owed" and entry.receiver == "retailer"
    )
    assert PACKAGE.handset is not None
    goods = PACKAGE.handset.price + (PACKAGE.accessories.total if PACKAGE.accessories else 0)
    assert theirs == goods


async def test_entries_name_step_provider_and_reference() -> None:
    """What moved can be found at its provider."""
    world = await _bought()
    (charge,) = world.backends.standing("payment.charge")
    moved = next(e for e in (await _ledger(world)).entries if e.kind == "moved")
    assert (moved.step, moved.provider, moved.reference) == (
        "deposit",
        charge.provider,
        charge.reference,
    )
    assert (moved.run, moved.reported) == ("purchase", True)


async def test_a_wrong_sum_is_open_between_the_two() -> None:
    """A person let another amount pass: the ledger shows what is missing."""
    world = EngineHarness()
    await world.ready()
    short = PaymentCharged(payment="PAY-1", amount=QUOTE.due_today - 100, currency="GBP")
    world.backends.script("payment.charge", Passed(output=short))
    await world.complete()
    taken = [pair for pair in (await _ledger(world)).pairs if pair.open]
    assert [(pair.first, pair.second, pair.open) for pair in taken] == [
        ("customer", "payment", 100)
    ]


async def test_an_amount_that_nobody_told_is_the_one_that_was_asked_for() -> None:
    """A lender that only says that the agreement is live confirms the sum of its decision."""
    world = EngineHarness()
    await world.ready()
    world.backends.script("credit.activate", Passed(output=CreditActivated(agreement="AGR-1")))
    await world.complete()
    ledger = await _ledger(world)
    lent = next(e for e in ledger.entries if e.kind == "moved" and e.what == "credit")
    assert (lent.amount, lent.reported) == (CREDIT.amount, False)
    assert ledger.even


async def test_a_cancel_shows_what_was_taken_and_given_back() -> None:
    """The charge and its refund, each with its moment: nothing is owed, nothing is open."""
    world = EngineHarness(_charged_early())
    await world.begin()
    await world.fill()
    await world.wait(hours=1)
    await world.ask(LEAVE)
    ledger = await _ledger(world)
    assert _lines(ledger, "owed") == []
    assert _lines(ledger, "moved") == [
        ("customer", "payment", "due_today", QUOTE.due_today),
        ("payment", "customer", "taken_back", QUOTE.due_today),
    ]
    taken, back = ledger.entries
    assert back.at - taken.at >= timedelta(hours=1)
    assert ledger.even


async def test_a_refund_that_fails_in_the_end_is_open_until_it_is_done() -> None:
    """The provider takes its word back: the customer's money is still there."""
    world = EngineHarness(_charged_early())
    await world.begin()
    await world.fill()
    await world.ask(LEAVE)
    (charge,) = [e for e in world.backends.effects.values() if e.operation == "payment.charge"]
    broke = c.RecordNotice(reference=charge.reference, outcome=NotUndone(code="refund_failed"))
    await world.ask(broke)
    open_pairs = [pair.open for pair in (await _ledger(world)).pairs]
    assert open_pairs == [-QUOTE.due_today]
    again = c.Resolve(step="deposit", verdict="retry", reason="again", reference=charge.reference)
    await world.ask(again)
    assert (await _ledger(world)).even


async def test_a_declined_payment_moves_nothing() -> None:
    """What was declined has no amount, and the yes counts no more."""
    world = EngineHarness()
    await world.ready()
    world.backends.script("payment.charge", Declined(code="card_declined"))
    await world.complete()
    ledger = await _ledger(world)
    assert (_lines(ledger, "moved"), ledger.even) == ([], True)


async def test_an_authorised_amount_moves_when_it_is_captured() -> None:
    """Held before the order and taken after it: one movement, of the capture."""
    plan = credit_plan(
        deposit={"call": "payment.authorise"},
        capture={"call": "payment.capture", "needs": ["order"]},
    )
    ledger = await _ledger(await _bought(plan))
    taken = [e for e in ledger.entries if e.kind == "moved" and e.sender == "customer"]
    assert [(e.step, e.amount) for e in taken] == [("capture", QUOTE.due_today)]
    assert ledger.even


async def test_an_erased_checkout_keeps_its_ledger() -> None:
    """Amounts are nobody's personal data: the books stay when the person goes."""
    world = await _bought()
    before = await _ledger(world)
    await world.wait(days=366 * 9)
    await world.ask(c.Erase(by="retailer", reason="asked"))
    after = await _ledger(world)
    assert _lines(after, "moved") == _lines(before, "moved")
    assert after.even


def _charged_early(**more: Any) -> Plan:
    """A payment before the order, which the customer can still leave."""
    return plan_of(
        {
            "contact": {"collect": "contact"},
            "address": {"collect": "address"},
            "card": {"collect": "payment_method"},
            "deposit": {"call": "payment.charge", "needs": ["card"]},
            "confirm": {"confirm": "package", "needs": ["deposit"]},
            "order": {"call": "orders.place", "needs": ["confirm"], "pivot": True},
            **more,
        }
    )


@pytest.mark.parametrize("party", ["customer", "lender"])
async def test_a_party_sees_what_concerns_it(party: Any) -> None:
    """The customer reads nothing of what retailer and lender owe each other."""
    ledger = await _ledger(await _bought())
    mine = ledger.seen_by(party)
    assert mine.entries
    assert all(party in (entry.sender, entry.receiver) for entry in mine.entries)
    assert all(party in (pair.first, pair.second) for pair in mine.pairs)
    assert len(mine.entries) < len(ledger.entries)


async def test_contracts_and_goods_are_listed_as_they_stand() -> None:
    """What was ordered and which agreement is live, each with its number."""
    ledger = await _ledger(await _bought())
    told = {(one.what, one.state) for one in ledger.contracts}
    assert {("goods", "ordered"), ("credit", "live")} <= told
    assert all(one.number for one in ledger.contracts)
