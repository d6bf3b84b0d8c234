"""Followers: in order, at least once, one at a time, whatever is away."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.budget import budget
from tests.events.consumers import Board, Shaky, fill, in_order
from unshackled.events.event_flow import FollowerDeps, relay
from unshackled.events.follow import Follower, PollingPolicy
from unshackled.events.sources import RELAY
from unshackled.store.memory import MemoryStore
from unshackled.testing.virtual_clock import VirtualClock

PACE = PollingPolicy()


@pytest.fixture
async def store() -> Shaky:
    """An open store."""
    store = Shaky()
    await store.open()
    return store


def follower(
    store: MemoryStore, board: Board, owner: str = "a", clock: VirtualClock | None = None
) -> Follower:
    """The relay of one process."""
    return relay(board, FollowerDeps(store=store, clock=clock or VirtualClock(), owner=owner))


async def test_events_are_handed_on_in_order_and_once(store: Shaky) -> None:
    """A round takes a batch; the next begins behind it."""
    board = Board()
    one = follower(store, board)
    ids = await fill(store, "chk_a", "chk_b")
    assert await one.round() == PACE.poll
    assert board.seen == ids
    more = await fill(store, "chk_c")
    await one.round()
    await one.round()
    assert board.seen == [*ids, *more]


async def test_a_full_batch_is_followed_at_once(store: Shaky) -> None:
    """There is more: no rest in between."""
    clock, board = VirtualClock(), Board()
    ids = await fill(store, "chk_a", versions=60)
    one = follower(store, board, clock=clock)
    assert await one.round() == timedelta(0)
    await clock.advance(timedelta(seconds=3))
    assert (board.seen, one.lag()) == (ids[:100], 3.0)
    assert await one.round() == PACE.poll
    assert board.seen == ids


async def test_a_crash_before_the_cursor_moved_repeats_the_batch(store: Shaky) -> None:
    """At least once: the next process cannot know that it was handed on."""
    clock, board = VirtualClock(), Board()
    ids = await fill(store, "chk_a")

    class Killed(BaseException):
        pass

    async def crash(*, expected: str | None, to: str) -> None:
        raise Killed

    one = follower(store, board, clock=clock)
    one._source.passed = crash  # type: ignore[method-assign]  # noqa: SLF001
    with pytest.raises(Killed):
        await one.round()
    two = follower(store, board, "b", clock)
    assert await two.round() == PACE.stand_by
    await clock.advance(PACE.lease)
    await two.round()
    assert board.seen == [*ids, *ids]


async def test_only_one_process_follows_at_a_time(store: Shaky) -> None:
    """The other stands by, and takes over once the lease was handed back."""
    clock, board = VirtualClock(), Board()
    one, two = (follower(store, board, owner, clock) for owner in "ab")
    await one.round()
    assert await two.round() == PACE.stand_by
    assert (one.lag(), two.lag()) == (0.0, None)
    await one.leave()
    ids = await fill(store, "chk_a")
    await two.round()
    assert board.seen == ids
    assert await one.round() == PACE.stand_by


async def test_a_lease_that_is_lost_ends_the_batch(store: Shaky) -> None:
    """Nothing more is handed on by a process that overslept."""
    clock = VirtualClock()
    ids = await fill(store, "chk_a")
    seen: list[str] = []
    one = relay(Board(), FollowerDeps(store=store, clock=clock, owner="a"))
    one.pace = PollingPolicy(at_once=1)

    async def oversleep(events: object) -> None:
        seen.append(str(events))
        await clock.advance(PACE.lease)
        assert await store.lease(
            f"follow:{RELAY}", "b", now=clock.now(), until=clock.now() + PACE.lease
        )

    one._hand_over = oversleep  # noqa: SLF001
    assert await one.round() == PACE.stand_by
    assert len(seen) == 1 < len(ids)
    assert await store.cursor(RELAY) is None


async def test_a_lease_that_lapsed_is_taken_again_but_the_log_read_anew(store: Shaky) -> None:
    """Somebody may have followed in between: what was at hand counts for nothing."""
    clock, board = VirtualClock(), Board(away=1)
    one, two = (follower(store, board, owner, clock) for owner in "ab")
    ids = await fill(store, "chk_a")
    await one.round()
    await clock.advance(PACE.lease)
    await two.round()
    await two.leave()
    assert await one.round() == timedelta(0)
    await one.round()
    assert board.seen == ids


async def test_a_cursor_that_moved_is_read_again(store: Shaky) -> None:
    """The compare-and-swap lost: no error, and nothing is left out."""
    board = Board()
    one = follower(store, board)
    await one.round()
    first = await fill(store, "chk_a")
    feed = await store.feed(after=None, limit=100)
    assert feed.cursor is not None
    await store.move_cursor(RELAY, expected=None, to=feed.cursor)
    assert await one.round() == timedelta(0)
    second = await fill(store, "chk_b")
    await one.round()
    assert board.seen == [*first, *second]


async def test_a_broker_that_is_away_is_waited_for_ever_longer(store: Shaky) -> None:
    """Nothing is lost; meanwhile the lag grows."""
    clock, board = VirtualClock(), Board(away=8)
    one = follower(store, board, clock=clock)
    ids = await fill(store, "chk_a")
    rests = []
    for _ in range(8):
        rests.append((await one.round()).total_seconds())
        await clock.advance(timedelta(seconds=rests[-1]))
    assert rests == [0.5, 1.0, 2.0, 4.0, 8.0, 15.0, 15.0, 15.0]
    assert (one.lag() or 0) > 60
    await one.round()
    await one.round()
    assert (board.seen, one.lag()) == (ids, 0.0)


async def test_a_store_that_is_away_is_waited_for(store: Shaky) -> None:
    """The same back-off, the same promise."""
    store.away = 3
    clock, board = VirtualClock(), Board()
    one = follower(store, board, clock=clock)
    ids = await fill(store, "chk_a")
    for _ in range(3):
        assert await one.round() > timedelta(0)
        await clock.advance(timedelta(seconds=3))
    assert one.lag() == 9.0
    await one.round()
    assert (board.seen, one.lag()) == (ids, 0.0)


async def test_the_loop_follows_until_it_is_closed(store: Shaky) -> None:
    """It polls, it is stirred, it hands its lease back."""
    clock, board = VirtualClock(), Board()
    one = follower(store, board, clock=clock)
    task = asyncio.create_task(one.run())
    await clock.spin()
    ids = await fill(store, "chk_a")
    await clock.spin()
    assert board.seen == []
    await clock.advance(PACE.poll)
    assert board.seen == ids
    ids += await fill(store, "chk_b")
    one.wake()
    await clock.advance(PACE.gather)
    assert board.seen == ids
    one.close()
    await task
    later = clock.now() + PACE.lease
    assert await store.lease(f"follow:{RELAY}", "b", now=clock.now(), until=later)


async def test_a_burst_is_read_at_once(store: Shaky) -> None:
    """Who is stirred waits a little for the rest of it, and not for the next poll."""
    clock, board = VirtualClock(), Board()
    one = follower(store, board, clock=clock)
    task = asyncio.create_task(one.run())
    await clock.spin()
    ids: list[str] = []
    for number in range(5):
        ids += await fill(store, f"chk_{number}")
        one.wake()
        await clock.advance(PACE.gather / 10)
    assert board.seen == []
    await clock.advance(PACE.gather)
    assert board.seen == ids
    assert board.handed == 1
    one.close()
    await task


@settings(max_examples=budget(8, 20))
@given(st.integers(0, 10_000))
async def test_many_processes_and_any_trouble_lose_nothing(seed: int) -> None:
    """Racing replicas, pauses, refusals: each event arrives, in order per checkout."""
    random, clock, board, store = Random(seed), VirtualClock(), Board(), Shaky()
    await store.open()
    replicas = [follower(store, board, owner, clock) for owner in "abc"]
    ids: list[str] = []
    for number in range(12):
        ids += await fill(store, f"chk_{number}", f"chx_{number}")
        store.away, board.away = random.choice([0, 0, 1]), random.choice([0, 0, 2])
        store.rivals = random.choice([0, 0, 0, 1])
        for one in random.sample(replicas, 2):
            await one.round()
        await clock.advance(timedelta(seconds=random.choice([0, 1, 30, 90])))
    await clock.advance(timedelta(minutes=2))
    store.away = board.away = store.rivals = 0
    for _ in range(8):
        for one in replicas:
            await one.round()
    assert sorted(set(board.seen)) == sorted(ids)
    assert in_order(board.seen)
