"""A message is sent once, as far as its provider's way out of doubt allows."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from tests.events.notifications.harness import DONE, SEND, bought
from unshackled.domain.customer import Contact
from unshackled.domain.records import replace
from unshackled.errors import InDoubt, NotSent, ProviderError, Refused
from unshackled.events.notifications.notification_sender import StillInDoubt
from unshackled.ports.outcome import Declined
from unshackled.sdk import Doubt, idempotent, lookup, manual
from unshackled.store.memory.message_log import MemoryMessageLog
from unshackled.store.postgres.store import PostgresStore
from unshackled.store.side_tables.message_log import MessageRecord
from unshackled.testing.backends import HeldCall, LostAnswer
from unshackled.testing.known_keys import KEYS
from unshackled.testing.samples import sample
from unshackled.testing.virtual_clock import VirtualClock


async def test_what_was_not_sent_is_sent_later_under_the_same_reference() -> None:
    """The delivery tries again what is raised."""
    world, done = await bought()
    world.backends.script(SEND, NotSent("down", provider="notifier"))
    with pytest.raises(NotSent):
        await world.consumer.take(done)
    assert await world.state(done) == "not_sent"
    await world.consumer.take(done)
    assert len({one.reference for one in world.sent()}) == 1
    assert await world.state(done) == "sent"


async def test_a_doubt_is_resent_where_our_reference_is_honoured() -> None:
    """The provider takes it for the same message."""
    world, done = await bought(way=idempotent(lookup=False))
    world.backends.script(SEND, LostAnswer())
    with pytest.raises(InDoubt):
        await world.consumer.take(done)
    assert await world.state(done) == "in_doubt"
    await world.consumer.take(done)
    first, second = world.sent()
    assert first.reference == second.reference
    assert world.backends.effects[first.reference].times == 1
    assert await world.state(done) == "sent"


async def test_a_doubt_is_asked_about_where_it_can_be() -> None:
    """Not before nobody can be sending it any more; what is there is not sent again."""
    world, done = await bought(way=lookup())
    world.backends.script(SEND, LostAnswer())
    with pytest.raises(InDoubt):
        await world.consumer.take(done)
    begun = world.life.clock.now()
    asking = asyncio.ensure_future(world.consumer.take(done))
    await world.life.clock.advance(timedelta(seconds=20))
    await asking
    (asked,) = world.sent(what="look_up")
    assert asked.call.send_by == world.life.clock.now() - timedelta(seconds=2)
    assert len(world.sent()) == 1
    assert begun < world.life.clock.now()
    assert await world.state(done) == "sent"


async def test_what_is_found_absent_is_sent() -> None:
    """Under the same reference."""
    world, done = await bought(way=lookup())
    world.backends.script(SEND, InDoubt("cut", provider="notifier"))
    with pytest.raises(InDoubt):
        await world.consumer.take(done)
    await world.life.clock.advance(timedelta(seconds=20))
    await world.consumer.take(done)
    assert len({one.reference for one in world.sent()}) == 1
    assert len(world.sent()) == 2
    assert await world.state(done) == "sent"


async def test_a_doubt_that_nobody_can_end_stays() -> None:
    """Each try says so, and nothing is sent twice: a dead letter for a person."""
    world, done = await bought(way=manual())
    world.backends.script(SEND, LostAnswer())
    with pytest.raises(InDoubt):
        await world.consumer.take(done)
    await world.life.clock.advance(timedelta(seconds=20))
    for _ in range(3):
        with pytest.raises(StillInDoubt):
            await world.consumer.take(done)
    assert len(world.sent()) == 1
    assert await world.state(done) == "in_doubt"


async def test_an_old_doubt_is_not_resent_once_the_reference_is_forgotten() -> None:
    """After the lifetime of the key it is asked for."""
    world, done = await bought(way=idempotent(key_lifetime=timedelta(hours=1)))
    world.backends.script(SEND, LostAnswer())
    with pytest.raises(InDoubt):
        await world.consumer.take(done)
    await world.life.clock.advance(timedelta(hours=2))
    await world.consumer.take(done)
    assert len(world.sent()) == 1
    assert len(world.sent(what="look_up")) == 1


@pytest.mark.parametrize(
    "error",
    [NotSent("down", provider="notifier"), Refused("no", provider="notifier", code="400")],
)
async def test_a_resend_that_fails_says_nothing_of_the_first(error: ProviderError) -> None:
    """It stays in doubt."""
    world, done = await bought()
    world.backends.script(SEND, InDoubt("cut", provider="notifier"), error)
    for _ in range(2):
        with pytest.raises((InDoubt, NotSent, Refused)):
            await world.consumer.take(done)
    assert await world.state(done) == "in_doubt"


async def test_a_refusal_can_be_tried_again_once_it_is_put_right() -> None:
    """A template that the provider did not know left nothing behind."""
    world, done = await bought()
    world.backends.script(SEND, Refused("unknown template", provider="notifier", code="422"))
    with pytest.raises(Refused):
        await world.consumer.take(done)
    assert await world.state(done) == "refused"
    await world.consumer.take(done)
    assert await world.state(done) == "sent"


async def test_a_no_of_the_provider_is_an_answer() -> None:
    """For instance for somebody who does not want to be written to."""
    world, done = await bought()
    world.backends.script(SEND, Declined(code="unsubscribed"))
    for _ in range(2):
        await world.consumer.take(done)
    assert len(world.sent()) == 1
    assert await world.state(done) == "declined"


async def test_one_message_does_not_stand_in_the_way_of_another() -> None:
    """All are tried, and the failure is told afterwards; only that one is sent again."""
    other = replace(DONE, template="invoice", provider="texts")
    world, done = await bought(DONE, other)
    world.backends.script(SEND, NotSent("down", provider="notifier"), provider="notifier")
    with pytest.raises(NotSent):
        await world.consumer.take(done)
    assert (await world.state(done), await world.state(done, "invoice")) == ("not_sent", "sent")
    await world.consumer.take(done)
    assert [one.provider for one in world.sent("invoice")] == ["texts"]
    assert await world.state(done) == "sent"


@pytest.mark.parametrize("way", [idempotent(), lookup(), manual()])
async def test_two_replicas_at_once_are_one_message(way: Doubt) -> None:
    """Whoever is slower resends what counts once, or waits for what the other brought."""
    world, done = await bought(way=way)
    gate = asyncio.Event()
    world.backends.script(SEND, HeldCall(until=gate), HeldCall(until=gate))
    both = [asyncio.ensure_future(world.replica().take(done)) for _ in range(2)]
    await world.life.clock.spin()
    gate.set()
    await world.life.clock.spin()
    await world.life.clock.advance(timedelta(seconds=20))
    await asyncio.gather(*both)
    assert len({one.reference for one in world.sent()}) == 1
    assert way.key_lifetime or len(world.sent()) == 1
    assert await world.state(done) == "sent"


async def test_a_process_that_died_while_sending_leaves_a_doubt() -> None:
    """The next one finds the row, and resends under the same reference."""
    world, done = await bought()
    world.backends.script(SEND, HeldCall(until=asyncio.Event()))
    dying = asyncio.ensure_future(world.consumer.take(done))
    await world.life.clock.spin()
    dying.cancel()
    await asyncio.gather(dying, return_exceptions=True)
    assert await world.state(done) == "sending"
    await world.replica().take(done)
    assert len({one.reference for one in world.sent()}) == 1
    assert await world.state(done) == "sent"


async def test_what_an_adapter_breaks_with_is_not_repeated() -> None:
    """Its text may hold anything; only the kind of the error is told."""
    world, done = await bought()

    def broken(request: Any, call: Any) -> Any:
        raise ValueError(request.contact.email)

    world.backends.script(SEND, broken)
    with pytest.raises(InDoubt) as told:
        await world.consumer.take(done)
    assert "ValueError" in str(told.value)
    assert "@" not in str(told.value)
    assert told.value.__cause__ is None


class SleepyLog(MemoryMessageLog):
    """A log whose process stands still right after it wrote ahead."""

    def __init__(self, clock: VirtualClock, span: timedelta) -> None:
        super().__init__(lambda: None)
        self.clock, self.span = clock, span

    async def begin(self, message: MessageRecord) -> None:
        await super().begin(message)
        await self.clock.advance(self.span)


async def test_what_is_too_late_to_send_is_not_sent() -> None:
    """Another process may have taken the message over meanwhile: it would come twice."""
    world, done = await bought()
    world.messages = SleepyLog(world.life.clock, timedelta(seconds=6))
    with pytest.raises(NotSent, match="too late"):
        await world.replica().take(done)
    assert world.sent() == []
    assert await world.state(done) == "not_sent"
    await world.replica().take(done)
    assert len(world.sent()) == 1
    assert await world.state(done) == "sent"


async def test_a_look_up_that_fails_leaves_the_doubt_and_a_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """As one of a step does: by its kind and reference, so that nobody looks for it elsewhere."""
    world, done = await bought(way=lookup())
    world.backends.script(SEND, LostAnswer())
    with pytest.raises(InDoubt):
        await world.consumer.take(done)
    await world.life.clock.advance(timedelta(seconds=20))
    world.backends.script(f"{SEND}:look_up", NotSent("down", provider="notifier"))
    capsys.readouterr()
    with pytest.raises(NotSent):
        await world.consumer.take(done)
    lines = capsys.readouterr().out
    assert "provider.call_failed" in lines
    assert "look_up" in lines
    assert await world.state(done) == "in_doubt"
    await world.consumer.take(done)
    assert len(world.sent()) == 1
    assert await world.state(done) == "sent"


async def test_nothing_personal_is_kept() -> None:
    """Neither name nor address of the customer is in the table."""
    world, done = await bought()
    await world.consumer.take(done)
    rows = await world.messages.all(after=None, limit=100)
    kept = repr(rows)
    contact = sample(Contact)
    assert rows
    assert not any(text in kept for text in (contact.email, contact.phone, contact.given_name))


async def test_postgresql_keeps_messages_the_same(emptied_url: str) -> None:
    """A doubt, its resend, and a second message to somebody who was declined."""
    store = PostgresStore(emptied_url, keys=KEYS)
    await store.open()
    try:
        other = replace(DONE, template="invoice", provider="texts")
        world, done = await bought(DONE, other, tables=store.tables)
        world.backends.script(SEND, LostAnswer(), provider="notifier")
        world.backends.script(SEND, Declined(code="unsubscribed"), provider="texts")
        with pytest.raises(InDoubt):
            await world.consumer.take(done)
        assert await world.state(done) == "in_doubt"
        await asyncio.gather(*(world.replica().take(done) for _ in range(2)))
        assert await world.state(done) == "sent"
        assert await world.state(done, "invoice") == "declined"
        assert len({one.reference for one in world.sent()}) == 1
        assert await world.messages.prune(before=done.at + timedelta(days=1), limit=9) == 2
    finally:
        await store.close()


async def test_only_messages_that_came_to_an_end_are_pruned() -> None:
    """What is in doubt stays for a person to see."""
    other = replace(DONE, template="invoice", provider="texts")
    world, done = await bought(DONE, other, way=manual())
    world.backends.script(SEND, LostAnswer(), provider="notifier")
    with pytest.raises(InDoubt):
        await world.consumer.take(done)
    assert await world.messages.prune(before=done.at, limit=9) == 0
    assert await world.messages.prune(before=done.at + timedelta(days=1), limit=9) == 1
    assert (await world.state(done), await world.state(done, "invoice")) == ("in_doubt", None)
