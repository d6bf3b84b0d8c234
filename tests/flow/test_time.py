"""Time: leases, expiry that stands still while others work, and outputs that outlive themselves."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from tests.flow.plans import credit_plan
from tests.flow.world import EngineHarness
from unshackled.domain.records import replace
from unshackled.flow.engine import commands as c
from unshackled.flow.engine.draft import Rejected
from unshackled.ports.credit import CreditQuoted
from unshackled.ports.outcome import Passed
from unshackled.ports.stock import StockReserved
from unshackled.testing.backends import HeldCall, referred
from unshackled.testing.samples import HANDSET, PACKAGE, QUOTE


async def test_expiry_cancels_and_releases() -> None:
    """A customer who walks away for a day holds no stock."""
    world = EngineHarness()
    await world.begin()
    await world.wait(hours=25)
    (message,) = (await world.standing()).messages
    assert message.code == "expired"
    assert (await world.standing()).settled is True
    assert world.backends.standing("stock.reserve") == []


async def test_expiry_counts_from_the_last_command_of_the_customer() -> None:
    """Each submission starts the clock anew."""
    world = EngineHarness()
    await world.begin()
    await world.wait(hours=20)
    await world.fill("contact")
    await world.wait(hours=20)
    assert (await world.standing()).status == "incomplete"
    await world.wait(hours=5)
    assert (await world.standing()).status == "canceled"


async def test_expiry_stands_still_while_a_provider_works() -> None:
    """A decision that takes 40 hours does not cost the customer the checkout."""
    world = EngineHarness()
    world.backends.script("credit.apply", referred(poll=timedelta(hours=1)))
    await world.begin()
    await world.fill()
    reference = (await world.step("credit")).reference or ""
    await world.wait(hours=20)
    assert (await world.standing()).status == "incomplete"
    world.backends.finish(reference)
    await world.wait(hours=3)
    assert (await world.step("credit")).state == "passed"
    await world.wait(hours=20)
    assert (await world.standing()).status == "incomplete"
    await world.wait(hours=6)
    assert (await world.standing()).status == "canceled"


async def test_expiry_stands_still_after_confirm() -> None:
    """An order that cannot be placed for two days is placed on the third."""
    world = EngineHarness()
    await world.ready()
    world.backends.down.add("main")
    await world.complete()
    await world.wait(hours=20)
    assert (await world.standing()).status == "complete_in_progress"
    world.backends.down.clear()
    await world.wait(hours=2)
    assert (await world.standing()).status == "completed"


async def test_a_running_attempt_is_left_alone_before_it_is_given_up() -> None:
    """Another process may call it doubtful only after `give_up_at`: that is the only lease."""
    world = EngineHarness()
    world.backends.script("stock.reserve", HeldCall(until=asyncio.Event()))
    begun = asyncio.ensure_future(world.begin())
    await world.clock.spin()
    begun.cancel()
    for task in list(world.engine.tasks):
        task.cancel()
    await world.clock.spin()
    world.engine = world.fresh_engine()
    await world.wait(seconds=10)
    assert (await world.step("stock")).state == "running"
    await world.wait(seconds=20)
    assert (await world.step("stock")).state == "passed"
    assert len(world.backends.standing("stock.reserve")) == 1


async def test_an_output_that_outlives_its_validity_is_undone_and_waits_for_the_customer() -> None:
    """The reservation ends after half an hour; it is made anew on the next command."""
    world = EngineHarness()
    held = Passed(
        output=StockReserved(reservation="R-1"), valid_until=world.now() + timedelta(minutes=30)
    )
    world.backends.script("stock.reserve", held)
    await world.begin()
    await world.wait(minutes=31)
    assert (await world.step("stock")).state == "pending"
    assert len(world.backends.calls("stock.release", what="undo")) == 1
    await world.fill("contact")
    assert (await world.step("stock")).state == "passed"


async def test_an_offer_that_a_hard_search_stands_on_is_not_asked_again() -> None:
    """The quotation ends, but the application was made on it: nothing is repeated."""
    world = EngineHarness()
    offer = Passed(
        output=CreditQuoted(offer="o-1", lender="Prime"),
        valid_until=world.now() + timedelta(minutes=30),
    )
    world.backends.script("credit.quote", offer)
    await world.ready()
    await world.wait(hours=1)
    assert (await world.standing()).status == "ready_for_complete"
    assert len(world.backends.calls("credit.apply")) == 1


async def test_a_step_whose_providers_stay_away_goes_to_a_person_after_its_deadline() -> None:
    """The customer is told at once; a call that could not be sent for long is no call any more."""
    world = EngineHarness(credit_plan(stock={"deadline": timedelta(hours=2)}))
    world.backends.down.add("main")
    await world.begin()
    (message,) = (await world.standing()).messages
    assert message.code == "provider_unavailable"
    await world.wait(hours=3)
    assert (await world.step("stock")).state == "in_review"


async def test_a_price_that_changed_is_refused_with_the_new_quote() -> None:
    """The customer says yes only to the price they saw."""
    world = EngineHarness()
    await world.begin()
    dearer = replace(QUOTE, id="quo_new", digest="sha256:new", valid_until=QUOTE.valid_until)
    package = replace(PACKAGE, handset=replace(HANDSET, price=75_000))
    await world.ask(c.RenewQuote(package=package, quote=dearer))
    assert (await world.seen()).quote.id == "quo_new"
    with pytest.raises(Rejected) as refused:
        await world.ask(c.Complete(quote_id="quo_sample"))
    assert refused.value.code == "price_changed"


async def test_an_expired_quote_at_the_same_price_is_only_extended() -> None:
    """The quote keeps its id, and nothing is shown or signed again."""
    world = EngineHarness()
    await world.ready()
    await world.wait(hours=2)
    old = await world.seen()
    with pytest.raises(Rejected):
        await world.complete()
    renewed = replace(old.quote, id="quo_other", valid_until=world.now() + timedelta(hours=1))
    await world.ask(c.RenewQuote(package=old.package, quote=renewed))
    new = await world.seen()
    assert (new.quote.id, new.quote.valid_until) == (old.quote.id, renewed.valid_until)
    await world.complete()
    assert (await world.standing()).status == "completed"
    assert len(world.backends.calls("agreement.sign")) == 1


async def test_a_decided_credit_holds_its_price() -> None:
    """After the hard search a new price would need another one: the old price is honoured."""
    world = EngineHarness()
    await world.ready()
    old = await world.seen()
    dearer = replace(old.quote, id="quo_new", digest="sha256:new")
    await world.ask(
        c.RenewQuote(
            package=replace(old.package, handset=replace(HANDSET, price=80_000)), quote=dearer
        )
    )
    assert (await world.seen()).package == old.package
    assert (await world.seen()).quote.id == old.quote.id


async def test_from_confirm_on_the_quote_is_honoured() -> None:
    """A quote that ends between the yes and the order stays the price."""
    world = EngineHarness()
    gate = asyncio.Event()
    world.backends.script("payment.charge", HeldCall(until=gate))
    await world.ready()
    await world.wait(minutes=59)
    completing = asyncio.ensure_future(world.complete())
    await world.clock.spin()
    gate.set()
    await world.clock.spin()
    await completing
    await world.wait(hours=1)
    assert (await world.standing()).status == "completed"
