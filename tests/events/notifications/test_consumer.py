"""Customers are told once, whatever happens on the way; nobody is told old news."""

from __future__ import annotations

from datetime import timedelta

from tests.events.notifications.harness import DONE, NotificationHarness, bought
from unshackled.domain.customer import Contact
from unshackled.domain.records import replace
from unshackled.flow.engine import commands as c
from unshackled.testing.backends import referred
from unshackled.testing.samples import sample


async def test_the_file_of_northstar_tells_of_a_referred_credit() -> None:
    """While the lender decides; the order is not there yet, and the flow has no such step."""
    world = NotificationHarness()
    world.backends.script("credit.apply", referred(timedelta(minutes=5)))
    await world.begin()
    while not await world.events("step.pending.v1"):
        assert await world.life._act(await world.life.standing())  # noqa: SLF001 - one step
    for event in await world.events("step.pending.v1"):
        await world.consumer.take(event)
    (one,) = world.sent("credit_referred")
    assert one.provider == "notifier"
    assert one.request.contact == sample(Contact)
    assert one.request.order is None


async def test_an_event_tells_once() -> None:
    """With the order's number and the customer's contact; a second delivery changes nothing."""
    world, done = await bought()
    for _ in range(2):
        await world.consumer.take(done)
    (one,) = world.sent()
    assert one.request.contact == sample(Contact)
    assert one.request.order.order
    assert (one.call.currency, one.call.locale) == ("GBP", "en-GB")
    assert await world.state(done) == "sent"


async def test_other_events_and_other_steps_tell_nothing() -> None:
    """Only the type, the step and the retailer that a rule names."""
    rule = replace(DONE, event="step.passed.v1", step="deposit")
    world, done = await bought(rule)
    await world.consumer.take(done)
    for event in await world.events("step.passed.v1"):
        await world.consumer.take(event)
        await world.consumer.take(replace(event, retailer="nobody"))
    assert len(world.sent()) == 1


async def test_an_old_event_tells_nothing() -> None:
    """Replaying last month must not write to last month's customers."""
    world, done = await bought()
    await world.life.clock.advance(timedelta(days=1, seconds=1))
    await world.consumer.take(done)
    assert world.sent() == []
    assert await world.state(done) is None


async def test_without_a_contact_there_is_nobody_to_tell() -> None:
    """Noted as such, so that it is not tried for ever."""
    world = NotificationHarness(replace(DONE, event="checkout.canceled.v1"))
    await world.begin()
    await world.life.ask(c.Cancel(code="changed_mind", by="customer"))
    (gone,) = await world.events("checkout.canceled.v1")
    for _ in range(2):
        await world.consumer.take(gone)
    assert world.sent() == []
    assert await world.state(gone) == "no_contact"
