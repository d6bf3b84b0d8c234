"""What senders report of messages ends a doubt; another retailer's report ends nothing."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.events.notifications.harness import DONE, NotificationHarness, bought
from unshackled.errors import InDoubt
from unshackled.events.notifications.notification_consumer import MOST_UNDELIVERED
from unshackled.events.notifications.reported import UndeliveredReports
from unshackled.flow.language.spec import NotificationRule
from unshackled.ports.outcome import Declined, Notice, Passed, Pending, Undelivered
from unshackled.sdk import manual
from unshackled.store.postgres.store import PostgresStore
from unshackled.store.side_tables import SideTables
from unshackled.store.sqlite import SqliteStore
from unshackled.store.stored_records import EventRow
from unshackled.testing.backends import LostAnswer
from unshackled.testing.known_keys import KEYS

WAIT = timedelta(seconds=1)
LOST = "message.undelivered.v1"
GONE = Undelivered(code="unreachable", vendor_code="30003")


async def doubted(tables: SideTables | None = None) -> tuple[NotificationHarness, EventRow, str]:
    """A message in a doubt that nobody can end, and its reference."""
    world, done = await bought(DONE, way=manual(), tables=tables)
    world.backends.script("notification.send", LostAnswer())
    with pytest.raises(InDoubt):
        await world.consumer.take(done)
    (sent,) = world.sent()
    return world, done, sent.reference


async def report(
    world: NotificationHarness,
    reference: str,
    outcome: Any,
    where: tuple[str, str] = ("northstar", "notifier"),
    tells: Any = None,
) -> bool:
    """What the provider says of a message."""
    reported = UndeliveredReports(world.messages, world.life.clock, tells)
    return await reported.take(*where, Notice(reference=reference, outcome=outcome))


def by_engine(world: NotificationHarness) -> Any:
    """How a checkout is given a command while its clock stands still."""

    async def tells(checkout: str, command: Any) -> None:
        del checkout
        await world.life.ask(command)

    return tells


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        (Passed(output=None), "sent"),
        (Pending(poll_after=WAIT), "sent"),
        (Declined(code="undeliverable"), "declined"),
    ],
)
async def test_a_report_ends_a_doubt(outcome: Any, state: str) -> None:
    """As the provider says; the event is then done with, and nothing is sent again."""
    world, done, reference = await doubted()
    assert await report(world, reference, outcome)
    assert await world.state(done) == state
    await world.life.clock.advance(timedelta(seconds=20))
    await world.consumer.take(done)
    assert len(world.sent()) == 1


async def test_a_message_that_was_sent_stays_so() -> None:
    """A later report that the handset was off is taken, and changes nothing."""
    world, done = await bought(DONE)
    await world.consumer.take(done)
    (sent,) = world.sent()
    known = await world.messages.read(done.id, "welcome")
    assert await report(world, sent.reference, Declined(code="undeliverable"))
    assert await report(world, sent.reference, Passed(output=None))
    after = await world.messages.read(done.id, "welcome")
    assert known
    assert after
    assert (after.state, after.message) == ("sent", known.message)


async def test_a_message_that_did_not_arrive_goes_another_way() -> None:
    """The checkout's log says so, and a rule about that event sends it by letter, once."""
    rule = NotificationRule(event=LOST, template="welcome", provider="letters")
    same = NotificationRule(event=LOST, template="welcome", provider="notifier")
    world, done = await bought(DONE, rule, same)
    await world.consumer.take(done)
    (sent,) = world.sent()
    for _ in range(2):
        assert await report(world, sent.reference, GONE, tells=by_engine(world))
        assert await report(world, sent.reference, Passed(output=None))
    assert await world.state(done) == "undelivered"
    (lost,) = await world.events(LOST)
    assert (lost.data["template"], lost.data["code"]) == ("welcome", "unreachable")
    await world.consumer.take(lost)
    assert [one.provider for one in world.sent()] == ["notifier", "letters"]


async def test_messages_that_never_arrive_do_not_go_round_in_circles() -> None:
    """After three of a checkout nobody answers a lost message with another one."""
    rule = NotificationRule(event=LOST, template="again", provider="letters")
    world, done = await bought(DONE, rule)
    await world.consumer.take(done)
    for _ in range(10):
        last = world.backends.calls("notification.send")[-1]
        await report(
            world,
            last.reference,
            GONE,
            (last.account, last.provider),
            tells=by_engine(world),
        )
        for lost in await world.events(LOST):
            await world.consumer.take(lost)
    assert len(await world.events(LOST)) <= MOST_UNDELIVERED + 1
    assert len(world.sent("again")) <= MOST_UNDELIVERED


async def test_a_report_that_is_faster_than_the_answer_is_kept() -> None:
    """An attempt that ends in doubt does not take back what its provider reported meanwhile."""
    world, done, reference = await doubted()
    message = await world.messages.read(done.id, "welcome")
    assert message
    await report(world, reference, Declined(code="undeliverable"))
    for _ in range(2):
        await world.messages.end(message, message.state, at=world.life.clock.now())
        assert await world.state(done) == "declined"


@pytest.mark.parametrize(
    "where", [("orbit", "notifier"), ("northstar", "texts"), ("orbit", "texts")]
)
async def test_nobody_reports_on_the_message_of_somebody_else(where: tuple[str, str]) -> None:
    """It is as good as unknown."""
    world, done, reference = await doubted()
    assert not await report(world, reference, Passed(output=None), where)
    assert not await report(world, "R" * 26, Passed(output=None))
    assert await world.state(done) == "in_doubt"


async def test_postgresql_takes_reports_the_same(emptied_url: str) -> None:
    """A failure ends the doubt there too; that it was sent after all is believed."""
    store = PostgresStore(emptied_url, keys=KEYS)
    await store.open()
    try:
        world, done, reference = await doubted(store.tables)
        assert await report(world, reference, Declined(code="undeliverable"))
        assert await world.state(done) == "declined"
        assert await report(world, reference, Passed(output=None))
        assert await world.state(done) == "sent"
        indexes = await store.sql.read(
            "SELECT indexname FROM pg_indexes WHERE tablename = ?", "notifications"
        )
        assert ("notifications_reference",) in [tuple(row) for row in indexes]
    finally:
        await store.close()


async def test_a_message_is_found_by_an_index(tmp_path: Path) -> None:
    """Not by reading every message that was ever sent."""
    store = SqliteStore(tmp_path / "messages.db", keys=KEYS)
    await store.open()
    asked = "EXPLAIN QUERY PLAN SELECT event FROM notifications WHERE reference = ?"
    (plan,) = await store.sql.read(asked, "R")
    await store.close()
    assert "notifications_reference" in str(plan)
