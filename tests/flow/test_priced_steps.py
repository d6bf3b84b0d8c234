"""What a step costs is on the quote, and is charged: a paid delivery slot, a settlement."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from tests.flow.plans import When, credit_plan, plan_of
from tests.flow.world import EngineHarness
from unshackled.domain.codec import encode
from unshackled.domain.customer import Address
from unshackled.domain.package import HandsetLine
from unshackled.domain.quote import QuoteLine
from unshackled.domain.records import replace
from unshackled.flow.engine import commands as c
from unshackled.flow.engine.draft import Rejected
from unshackled.ports.delivery import DeliverySlot, SlotsFound
from unshackled.ports.outcome import Passed
from unshackled.ports.trade_in import DeviceValued
from unshackled.testing.samples import QUOTE, sample

SLOTS = tuple(
    replace(sample(DeliverySlot), id=name, price=price)
    for name, price in (("free", 0), ("evening", 499), ("sunday", 999))
)
DUE = QUOTE.due_today
TOTAL = QUOTE.total_payable


def _plan(
    offers: Sequence[tuple[DeliverySlot, ...]] = (SLOTS,) * 9, **changes: dict[str, Any]
) -> EngineHarness:
    world = EngineHarness(
        credit_plan(
            delivery={"choose": "delivery.slots", "needs": ["address"]},
            documents={"needs": ["credit", "delivery"]},
            **changes,
        )
    )
    found = [Passed(output=SlotsFound(options=options)) for options in offers]
    world.backends.script("delivery.slots", *found)
    return world


async def _chosen(slot: str, world: EngineHarness | None = None) -> EngineHarness:
    world = world or _plan()
    await world.begin()
    await world.fill()
    await world.submit("delivery", {"option": slot})
    return world


async def test_a_paid_slot_is_a_line_of_the_quote_and_is_charged() -> None:
    """499 more due today and in all, one line that says so, one charge of the new sum."""
    world = await _chosen("evening")
    quote = (await world.seen()).quote
    assert (quote.due_today, quote.total_payable) == (DUE + 499, TOTAL + 499)
    assert quote.lines[-1] == QuoteLine(
        part="delivery", title="Delivery", due_today=499, total=499, step="delivery"
    )
    await world.show()
    await world.complete()
    assert (await world.standing()).status == "completed"
    (charge,) = world.backends.standing("payment.charge")
    (order,) = world.backends.standing("orders.place")
    assert charge.outcome.output.amount == DUE + 499  # type: ignore[union-attr]
    assert order.request.quote.total_payable == TOTAL + 499
    rows = await world.store.events("chk_test", after=None, limit=1000)
    (done,) = [row.data for row in rows if row.type == "checkout.completed.v1"]
    assert done["total_due_today"] == DUE + 499


async def test_a_free_slot_changes_nothing() -> None:
    """The same quote under the same id."""
    world = await _chosen("free")
    assert (await world.seen()).quote.id == QUOTE.id


async def test_another_slot_replaces_the_line() -> None:
    """The line is the chosen slot's; the quote of one choice has one id, however often chosen."""
    world = await _chosen("evening")
    first = quote = (await world.seen()).quote
    for slot, price in (("sunday", 999), ("free", 0), ("evening", 499)):
        await world.submit("delivery", {"option": slot})
        quote = (await world.seen()).quote
        assert (quote.due_today, quote.total_payable) == (DUE + price, TOTAL + price)
        assert sum(line.due_today for line in quote.lines) == quote.due_today
    assert (quote.id, quote.digest) == (first.id, first.digest)


async def test_an_old_quote_is_not_confirmed() -> None:
    """The yes to the price without the delivery is 409 `price_changed`."""
    world = await _chosen("evening")
    await world.show()
    with pytest.raises(Rejected) as refused:
        await world.ask(c.Complete(quote_id=QUOTE.id))
    assert refused.value.code == "price_changed"


async def test_a_step_that_is_done_again_takes_its_line_along() -> None:
    """Another address has other slots: the old one is gone, and its price with it."""
    late = replace(SLOTS[1], id="late", price=250)
    world = _plan(credit={"when": When(lambda _: False)}, offers=(SLOTS, (late,)))
    await _chosen("evening", world)
    await world.submit("address", encode(replace(sample(Address), line1="2 Other Street")))
    assert (await world.step("delivery")).state == "waiting_customer"
    assert (await world.seen()).quote.due_today == DUE
    await world.submit("delivery", {"option": "late"})
    assert (await world.seen()).quote.due_today == DUE + 250


async def test_another_package_keeps_the_price_of_the_slot() -> None:
    """PATCH prices the package alone; what the steps bring stays on the quote."""
    world = await _chosen("evening", _plan(credit={"when": When(lambda _: False)}))
    await world.change(handset=HandsetLine(sku="other", title="Other", price=71_800))
    quote = (await world.seen()).quote
    assert quote.due_today == DUE + 499
    assert [line.step for line in quote.lines].count("delivery") == 1


async def test_a_quote_that_is_priced_again_keeps_the_price_of_the_slot() -> None:
    """Same price: extended, the id stays; another price: the line is on the new quote."""
    world = await _chosen("evening", _plan(credit={"when": When(lambda _: False)}))
    seen = await world.seen()
    later = world.now() + timedelta(hours=9)
    same = replace(QUOTE, id="quo_again", valid_until=later)
    same = replace(same, digest=_package_digest(seen.quote))
    await world.ask(c.RenewQuote(package=seen.package, quote=same))
    extended = (await world.seen()).quote
    assert (extended.id, extended.valid_until) == (seen.quote.id, later)
    dearer = replace(same, id="quo_dearer", due_today=DUE + 1, lines=(_line(DUE + 1),))
    await world.ask(c.RenewQuote(package=seen.package, quote=dearer))
    assert (await world.seen()).quote.due_today == DUE + 1 + 499


async def test_after_a_hard_search_the_package_is_held_and_the_slot_still_moves() -> None:
    """A dearer catalogue changes nothing any more, another slot does."""
    world = await _chosen("evening")
    assert (await world.step("credit")).sent
    seen = await world.seen()
    dearer = replace(QUOTE, due_today=DUE + 1, lines=(_line(DUE + 1),), digest="sha256:dearer")
    await world.ask(c.RenewQuote(package=seen.package, quote=dearer))
    assert (await world.seen()).quote.due_today == DUE + 499
    await world.submit("delivery", {"option": "sunday"})
    assert (await world.seen()).quote.due_today == DUE + 999


async def test_a_condition_sees_the_price_of_the_slot() -> None:
    """Nothing else is due today: the card is asked for because of the delivery alone."""
    due = When(lambda seen: seen["quote"]["due_today"] > 0)
    world = EngineHarness(
        plan_of(
            {
                "contact": {"collect": "contact"},
                "address": {"collect": "address"},
                "delivery": {"choose": "delivery.slots", "needs": ["address"]},
                "card": {"collect": "payment_method", "needs": ["delivery"], "when": due},
                "confirm": {"confirm": "package"},
                "deposit": {"call": "payment.charge", "needs": ["confirm", "card"], "when": due},
                "order": {"call": "orders.place", "needs": ["deposit"], "pivot": True},
            }
        )
    )
    found = Passed(output=SlotsFound(options=SLOTS), valid_until=None)
    world.backends.script("delivery.slots", *[found] * 3)
    await world.begin(quote=replace(QUOTE, due_today=0, lines=()))
    await world.fill("contact", "address")
    await world.submit("delivery", {"option": "evening"})
    assert (await world.step("card")).state == "waiting_customer"
    await world.submit("card")
    await world.complete()
    (charge,) = world.backends.standing("payment.charge")
    assert charge.outcome.output.amount == 499  # type: ignore[union-attr]


def _line(due: int) -> QuoteLine:
    return QuoteLine(part="handset", title="Fern 8", due_today=due, total=due)


def _package_digest(quote: Any) -> str:
    """The digest of the same quote without the lines of steps."""
    bare = quote.with_step_lines((), 0, of="x")
    digest: str = bare.digest
    return digest


def test_what_a_valuation_is_worth_is_no_price() -> None:
    """A valuation brings no line: it is set against a settlement, or paid after inspection."""
    assert not hasattr(sample(DeviceValued), "quote_lines")
