"""An event loop without a machine: virtual time, a seeded scheduler, and processes that can die.

Every task belongs to the process that made it. At each step the next task is picked at random, so
every order in which a real machine could run them comes up. A killed process never runs again, not
even its `finally`; a frozen one runs nothing until it thaws.
"""

from __future__ import annotations

import asyncio
import heapq
from asyncio import BaseEventLoop, Handle
from collections.abc import Callable, Coroutine
from contextlib import suppress
from contextvars import Context
from random import Random
from typing import Any

LIMIT = 500_000  # steps; the longest healthy world takes a fiftieth
ORDERLY = 0.5  # the share of steps that take the oldest of what can run


class Stalled(RuntimeError):
    """A task waits for what never happens, or goes round in circles."""


class SimulatedProcess:
    """One life of a simulated process. `fuse` is after how many steps `blown` is called."""

    def __init__(self, name: str) -> None:
        """Alive."""
        self.name = name
        self.dead = False
        self.frozen = False
        self.postponed: list[Handle] = []
        self.fuse = -1
        self.blown: Callable[[], None] | None = None

    def burn(self) -> bool:
        """Count one step; whether it was the last before what is to happen."""
        self.fuse -= 1
        if self.fuse != 0 or self.blown is None:
            return False
        self.blown()
        return True


class OwnedTask(asyncio.Task[Any]):
    """A task of a process, or of the world when `owner` is None."""

    owner: SimulatedProcess | None = None


class SimulatedLoop(BaseEventLoop):
    """Runs what is ready in a seeded order; when nothing is, time jumps to what comes next."""

    def __init__(self, random: Random) -> None:
        """At time 0, with nothing to do."""
        super().__init__()
        self.set_exception_handler(_nobody_asked)
        self.chance = random.random
        self.owner: SimulatedProcess | None = None
        self.steps = 0
        self.spawned: list[OwnedTask] = []
        self._moment = 0.0
        self._ready: Any
        self._scheduled: list[Any]

    def time(self) -> float:
        """Virtual seconds since the start."""
        return self._moment

    def create_task(
        self, coro: Any, *, name: object = None, context: Context | None = None
    ) -> OwnedTask:
        """A task of the process that is running."""
        return self.spawn(self.owner, coro, context)

    def leap(self, seconds: float) -> None:
        """Let time pass in one step; what was due on the way comes late, at its end."""
        self._moment += seconds

    def spawn(
        self,
        owner: SimulatedProcess | None,
        coro: Coroutine[Any, Any, Any],
        context: Context | None = None,
    ) -> OwnedTask:
        """A task of a process, or of the world."""
        task = OwnedTask(coro, loop=self, context=context)
        task.owner = owner
        task._log_destroy_pending = False  # type: ignore[attr-defined]  # noqa: SLF001
        self.spawned.append(task)
        return task

    def end(self) -> list[BaseException]:
        """Drop what never ended: the killed, and who would wait for ever.

        Gives what the world's own tasks raised: a mistake of the simulation.
        """
        raised = []
        for task in self.spawned:
            if not task.done():
                with suppress(RuntimeError):
                    task.get_coro().close()
            elif not task.cancelled() and (error := task.exception()) and task.owner is None:
                raised.append(error)
        self.spawned.clear()
        self._ready.clear()
        self._scheduled.clear()
        return raised

    def thaw(self, process: SimulatedProcess) -> None:
        """A frozen process goes on with all that it missed."""
        process.frozen = False
        self._ready.extend(process.postponed)
        process.postponed = []

    def _run_once(self) -> None:
        ready = self._ready
        if not ready:
            self._advance()
        waiting = len(ready)
        if waiting > 1 and self.chance() > ORDERLY:
            ready.rotate(-int(self.chance() * waiting))
        handle = ready.popleft()
        if handle.cancelled():
            return
        task = getattr(handle._callback, "__self__", None)  # noqa: SLF001
        owner = task.owner if type(task) is OwnedTask else None
        if owner is not None and self._withheld(owner, handle):
            return
        self.steps += 1
        if self.steps > LIMIT:
            raise Stalled(f"no end after {LIMIT} steps")
        self.owner = owner
        handle._run()  # noqa: SLF001
        self.owner = None

    def _withheld(self, owner: SimulatedProcess, handle: Handle) -> bool:
        if owner.dead:
            return True
        if owner.frozen or (owner.fuse > 0 and owner.burn() and owner.frozen):
            owner.postponed.append(handle)
            return True
        return owner.dead

    def _advance(self) -> None:
        scheduled = self._scheduled
        while scheduled and scheduled[0].cancelled():
            heapq.heappop(scheduled)
        if not scheduled:
            raise Stalled("nothing can run, and nothing is to come")
        self._moment = max(self._moment, scheduled[0].when())
        while scheduled and scheduled[0].when() <= self._moment:
            self._ready.append(heapq.heappop(scheduled))

    def _process_events(self, event_list: object) -> None:
        """There is no selector."""

    def _write_to_self(self) -> None:
        """There is no other thread."""

    def __del__(self) -> None:
        """It holds nothing that would have to be closed."""


def _nobody_asked(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """An exception that no task waits for: who would have waited was killed, or left."""
