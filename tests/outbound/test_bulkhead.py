"""The concurrency limit."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unshackled.outbound import Bulkhead, Shed


class Calls:
    """Calls that hold a slot until told to end, and what became of them."""

    def __init__(self, bulkhead: Bulkhead) -> None:
        self.bulkhead = bulkhead
        self.inside: list[int] = []
        self.entered: list[int] = []
        self.shed: list[int] = []
        self.leave: dict[int, asyncio.Event] = {}
        self.tasks: dict[int, asyncio.Task[None]] = {}

    async def _hold(self, number: int) -> None:
        try:
            async with self.bulkhead.slot():
                self.inside.append(number)
                self.entered.append(number)
                try:
                    await self.leave[number].wait()
                finally:
                    self.inside.remove(number)
        except Shed:
            self.shed.append(number)

    def start(self) -> None:
        number = len(self.tasks)
        self.leave[number] = asyncio.Event()
        self.tasks[number] = asyncio.create_task(self._hold(number))


async def settle() -> None:
    """Let every task run as far as it can."""
    for _ in range(10):
        await asyncio.sleep(0)


async def play(concurrency: int, queue: int, moves: list[tuple[str, int]]) -> None:
    """Play any mix of starts, ends and cancellations and check the limits after each."""
    patience = timedelta(hours=1)
    calls = Calls(Bulkhead("acme", concurrency, queue=queue, patience=patience))
    for move, number in moves:
        running = [n for n, task in calls.tasks.items() if not task.done()]
        full = len(running) >= concurrency + queue
        shed_before = len(calls.shed)
        if move == "start":
            calls.start()
        elif running:
            chosen = running[number % len(running)]
            calls.leave[chosen].set() if move == "end" else calls.tasks[chosen].cancel()
        await settle()
        running = [n for n, task in calls.tasks.items() if not task.done()]
        assert len(calls.inside) == min(len(running), concurrency) == calls.bulkhead.in_use
        assert calls.bulkhead.waiting == len(running) - len(calls.inside) <= queue
        assert calls.bulkhead.admits() == (len(calls.inside) < concurrency)
        assert (len(calls.shed) > shed_before) == (move == "start" and full)
        assert calls.entered == sorted(calls.entered)
    for task in calls.tasks.values():
        task.cancel()
    await asyncio.gather(*calls.tasks.values(), return_exceptions=True)
    assert (calls.bulkhead.in_use, calls.bulkhead.waiting) == (0, 0)


MOVES = st.tuples(st.sampled_from(["start", "start", "end", "cancel"]), st.integers(0, 9))


@given(st.integers(1, 3), st.integers(0, 3), st.lists(MOVES, max_size=30))
async def test_no_mix_of_calls_breaks_the_limits(
    concurrency: int, queue: int, moves: list[tuple[str, int]]
) -> None:
    """Never too many inside or waiting, first come first served, no slot is ever lost."""
    await play(concurrency, queue, moves)


async def test_a_full_bulkhead_fails_fast() -> None:
    """Without a queue the answer comes at once."""
    bulkhead = Bulkhead("acme", 1)
    async with bulkhead.slot():
        with pytest.raises(Shed, match="acme: too many calls at once"):
            async with bulkhead.slot():
                pass


async def test_patience_ends() -> None:
    """A caller in the queue waits no longer than it is told to."""
    bulkhead = Bulkhead("acme", 1, queue=1, patience=timedelta(milliseconds=1))
    async with bulkhead.slot():
        with pytest.raises(Shed, match="waited too long"):
            async with bulkhead.slot():
                pass
    assert bulkhead.admits()


@pytest.mark.parametrize(("concurrency", "queue"), [(0, 0), (1, -1)])
def test_limits_that_make_no_sense_are_refused(concurrency: int, queue: int) -> None:
    """A mistake in the settings shows at start-up."""
    with pytest.raises(ValueError, match="at least"):
        Bulkhead("acme", concurrency, queue=queue)
