"""Relay and consumers of one process: begun, woken, ended."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from tests.events.consumers import Board, Ledger, fill, in_order
from unshackled.events.dead_letter_service import DeadLetterService
from unshackled.events.event_flow import (
    EMBEDDED,
    ONE_BY_ONE,
    EventFlow,
    FollowerDeps,
    event_flow,
    relay,
)
from unshackled.events.follow import PollingPolicy
from unshackled.events.sources import RELAY, Relay
from unshackled.store.memory import MemoryStore
from unshackled.store.side_tables.dead_letters import OPEN, REPLAYED
from unshackled.store.stored_records import EventRow
from unshackled.telemetry import start_telemetry
from unshackled.testing.virtual_clock import VirtualClock


class Hanging(Ledger):
    """A consumer that never answers."""

    async def take(self, event: EventRow) -> None:
        """Wait for ever."""
        await asyncio.Event().wait()


@pytest.fixture
async def store() -> MemoryStore:
    """An open store."""
    store = MemoryStore()
    await store.open()
    return store


def embedded(
    store: MemoryStore, clock: VirtualClock, *consumers: Ledger, owner: str = "a"
) -> EventFlow:
    """The followers of one process without a broker."""
    return event_flow(EMBEDDED, consumers, FollowerDeps(store=store, clock=clock, owner=owner))


async def test_without_a_broker_each_consumer_follows_the_log(store: MemoryStore) -> None:
    """Each at its own place: one that cannot go on holds up no other."""
    clock, quick, stuck = VirtualClock(), Ledger("quick"), Ledger("stuck", away=1000)
    flow = embedded(store, clock, quick, stuck)
    ids = await fill(store, "chk_a", "chk_b")
    flow.start()
    await clock.spin()
    assert quick.taken == ids
    assert stuck.taken == []
    await clock.advance(timedelta(seconds=3))
    lags = dict(flow.lags())
    assert lags["quick"] == 0
    assert lags["stuck"] > 0
    stuck.away = 0
    await clock.advance(timedelta(minutes=1))
    assert stuck.taken == ids
    await flow.close()


async def test_a_stir_saves_the_wait_for_the_next_poll(store: MemoryStore) -> None:
    """The engine calls it after each append."""
    clock, ledger = VirtualClock(), Ledger()
    flow = embedded(store, clock, ledger)
    flow.start()
    await clock.spin()
    ids = await fill(store, "chk_a")
    flow.wake()
    await clock.advance(PollingPolicy().gather)
    assert ledger.taken == ids
    await flow.close()


async def test_replicas_share_consumers_and_take_over(store: MemoryStore) -> None:
    """Only one delivers; when it closes another goes on where it ended."""
    clock, first, second = VirtualClock(), Ledger(), Ledger()
    one = embedded(store, clock, first, owner="a")
    one.start()
    await clock.spin()
    two = embedded(store, clock, second, owner="b")
    two.start()
    early = await fill(store, "chk_a")
    await clock.advance(timedelta(seconds=1))
    await one.close()
    late = await fill(store, "chk_b")
    await clock.advance(ONE_BY_ONE.stand_by)
    assert (first.taken, second.taken) == (early, late)
    await two.close()


async def test_closing_gives_the_batch_at_hand_its_time_and_no_more(store: MemoryStore) -> None:
    """A consumer that never ends is left; its events come again elsewhere."""
    clock = VirtualClock()

    class Endless(Ledger):
        async def take(self, event: object) -> None:
            await asyncio.Event().wait()

    flow = embedded(store, clock, Endless())
    ids = await fill(store, "chk_a")
    flow.start()
    await clock.spin()
    await flow.close(within=timedelta(milliseconds=10))
    ledger = Ledger()
    successor = embedded(store, clock, ledger, owner="b")
    await successor.followers[0].round()
    assert ledger.taken == ids


async def test_what_was_handed_on_is_counted_and_the_lag_shown(store: MemoryStore) -> None:
    """By consumer and outcome; the lag is read when metrics are."""
    telemetry = start_telemetry()
    clock, ledger = VirtualClock(), Ledger()
    ids = await fill(store, "chk_a")
    ledger.poison = {ids[0]}
    parts = FollowerDeps(store=store, clock=clock, owner="a", meters=telemetry.meters)
    flow = event_flow(EMBEDDED, [ledger], parts)
    flow.start()
    await clock.advance(timedelta(seconds=5))
    text = telemetry.metrics_text()[0].decode()
    await flow.close()
    telemetry.shutdown()
    label = 'consumer="ledger"'
    assert f'unshackled_events_delivered_total{{{label},outcome="taken"}} 3.0' in text
    assert f'unshackled_events_delivered_total{{{label},outcome="dead"}} 1.0' in text
    assert 'unshackled_events_lag_seconds{consumer="ledger"} 0.0' in text


async def test_what_the_broker_refuses_holds_nobody_up(store: MemoryStore) -> None:
    """It is a dead letter at once, after a restart too; all else, of everybody, is published."""
    clock, board = VirtualClock(), Board()
    ids = await fill(store, "chk_a", "chk_b")
    board.refused = {ids[1], ids[-1]}
    parts = FollowerDeps(store=store, clock=clock, owner="a")
    before = clock.now()
    first = relay(board, parts)
    await first.round()
    await first.leave()
    ids += await fill(store, "chk_c")
    await relay(board, FollowerDeps(store=store, clock=clock, owner="b")).round()
    assert clock.now() == before, "nothing was tried again"
    assert set(board.seen) == set(ids) - board.refused
    assert in_order(board.seen)
    letters = (await store.tables.dead_letters.page(consumer=RELAY)).letters
    assert {letter.event.id for letter in letters} == board.refused
    assert {(letter.error, letter.tries) for letter in letters} == {("BrokerRefused", 1)}


async def test_an_operator_publishes_a_refused_event_again(store: MemoryStore) -> None:
    """Once the broker takes it; until then the letter stays open."""
    clock, board = VirtualClock(), Board()
    (refused, *_) = await fill(store, "chk_a")
    board.refused = {refused}
    await relay(board, FollowerDeps(store=store, clock=clock, owner="a")).round()
    letters = store.tables.dead_letters
    desk = DeadLetterService(letters, [Relay(board)], clock)
    (letter,) = (await letters.page()).letters
    assert (await desk.replay(letter.id)).state == OPEN
    board.refused = set()
    assert (await desk.replay(letter.id)).state == REPLAYED
    assert board.seen[-1] == refused


async def test_what_does_not_come_on_is_told(
    store: MemoryStore, capsys: pytest.CaptureFixture[str]
) -> None:
    """After a minute of failures it is stuck, in a log line and a metric, until it comes on."""
    clock, ledger = VirtualClock(), Ledger(away=1000)
    flow = embedded(store, clock, ledger, Ledger("other"))
    await fill(store, "chk_a")
    flow.start()
    await clock.spin()
    await clock.advance(timedelta(seconds=50))
    assert list(flow.stuck()) == []
    assert "events.stuck" not in capsys.readouterr().out
    await clock.advance(timedelta(minutes=5))
    assert capsys.readouterr().out.count("events.stuck") == 1
    ((name, held),) = flow.stuck()
    assert (name, held.error) == ("ledger", "StoreUnavailable")
    assert dict(flow.behind()) == {"ledger": 1.0, "other": 0.0}
    ledger.away = 0
    await clock.advance(timedelta(minutes=1))
    assert list(flow.stuck()) == []
    assert dict(flow.behind()) == {"ledger": 0.0, "other": 0.0}
    await flow.close()


async def test_one_that_hangs_is_stuck_too(store: MemoryStore) -> None:
    """It raises nothing, but does not come on either; one on stand-by is not stuck."""
    clock = VirtualClock()
    flows = [embedded(store, clock, Hanging(), owner=owner) for owner in "ab"]
    await fill(store, "chk_a")
    rounds = [asyncio.ensure_future(flow.followers[0].round()) for flow in flows]
    await clock.spin()
    await clock.advance(timedelta(minutes=2))
    assert [[held.error for _, held in flow.stuck()] for flow in flows] == [[None], []]
    for one in rounds:
        one.cancel()
    await asyncio.gather(*rounds, return_exceptions=True)
