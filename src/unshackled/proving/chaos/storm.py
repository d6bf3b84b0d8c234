"""What goes wrong, and when: faults in an order that the seed decides."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Final

import httpx

from unshackled.proving.chaos.chaos_environment import ChaosEnvironment
from unshackled.proving.own_processes import OwnProcess
from unshackled.testing.servers import Server, ServerError

# Longer than a claim on a checkout and a lease of a follower, which are 20 seconds.
LONGER_THAN_A_LEASE: Final = (21.0, 27.0)
READY_WITHIN_SECONDS: Final = 60.0
SLOW_SECONDS: Final = 4.0
SMALL_BYTES: Final = 3_500  # with its headers, the first event of a checkout is larger
# Longer than a consumer waits for a message, several times over.
IDLE_SECONDS: Final = 9.0
SETTLES_SECONDS: Final = 3.0
WAITED: Final = b'"event":"events.waiting"'
REFUSED: Final = b'"letter":"relay:'
# Every kind, as often as in one round of all of them.
BAG: Final = (
    *("kill replica",) * 3,
    *("pause replica", "stop replica", "drain replica"),
    *("kill broker", "pause broker", "idle broker", "shrink broker"),
    *("kill database", "pause database", "fill database"),
    *("sick backend",) * 2,
)
SICKNESSES: Final = ("slow", "error", "lost_answer", "malformed", "unavailable", "refuse")


def rounds(random: Random) -> Iterator[str]:
    """Kinds of faults without an end, each as often as `BAG` has it."""
    while True:
        bag = list(BAG)
        random.shuffle(bag)
        yield from bag


@dataclass(kw_only=True)
class Storm:
    """Faults one after the other; a long pause of a replica goes on beside the next ones.

    `pace` multiplies what a fault lasts; not a pause that must outlast a lease, nor an idle broker.

    A stop follows SIGTERM; a drain does so while every backend is slow. A database that is filled
    takes no more writes, as a managed one does when its disk is full. A broker that shrinks refuses
    every message above a size. A broker is idle while the
    `door` is shut to every customer; nobody may take that for a broker that is away.

    `survived` counts faults by kind, `recovered` has the seconds from the start of the killed
    database until every replica said that it is ready; `failures` are broken promises.
    """

    stage: ChaosEnvironment
    random: Random
    say: Callable[[str], None]
    door: asyncio.Event
    gaps: tuple[float, float] = (1.0, 4.0)
    pace: float = 1.0
    survived: Counter[str] = field(default_factory=Counter)
    recovered: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    _down: int = 0
    _busy: set[int] = field(default_factory=set)
    _beside: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def down(self) -> bool:
        """Whether something is away at this moment."""
        return self._down > 0

    async def run(self, kinds: Iterable[str], until: float = float("inf")) -> None:
        """Do one fault after the other until the monotonic time `until`; then all is up again."""
        try:
            for kind in kinds:
                if time.monotonic() >= until:
                    break
                self.say(kind)
                await self._do(kind)
                await asyncio.sleep(self.random.uniform(*self.gaps))
            if self._beside:
                await asyncio.gather(*self._beside)
        finally:
            for task in self._beside:
                task.cancel()

    def _lasting(self, least: float, most: float) -> float:
        """For how many seconds something lasts; at `pace` 1 between these."""
        return self.pace * self.random.uniform(least, most)

    async def _do(self, kind: str) -> None:
        what, target = kind.split()
        if target == "replica":
            await self._replica(what, kind)
        elif target == "backend":
            await self._sick_backend(kind)
        elif what == "idle":
            await self._idle(kind)
        elif what == "fill":
            await self._fill(kind)
        elif what == "shrink":
            await self._shrink(kind)
        else:
            await self._server(what, self.stage.servers[target], kind)

    async def _replica(self, what: str, kind: str) -> None:
        free = [one for one in self.stage.replicas if one.port not in self._busy]
        if not free:
            return
        replica = self.random.choice(free)
        if what == "pause":
            task = asyncio.create_task(self._pause_replica(replica, kind))
            self._beside.add(task)
            task.add_done_callback(self._beside.discard)
            return
        async with self._away(kind, replica):
            if what == "drain":
                await self._slow()
            await asyncio.to_thread(replica.kill if what == "kill" else replica.stop)
            await asyncio.sleep(self._lasting(0.3, 3))
            await self._start(replica)
            if what == "drain":
                await self.stage.trouble()

    async def _slow(self) -> None:
        """Have every backend take its time, and calls under way at each."""
        for stand_in in self.stage.stand_ins:
            await self.stage.strike(stand_in, "slow", SLOW_SECONDS)
        await asyncio.sleep(SLOW_SECONDS / 2)

    async def _start(self, replica: OwnProcess) -> None:
        """Start it, again and again, as a supervisor does."""
        until = time.monotonic() + READY_WITHIN_SECONDS
        while True:
            try:
                await replica.start()
            except (ServerError, TimeoutError):
                if time.monotonic() > until:
                    raise
                await asyncio.to_thread(replica.kill)
                await asyncio.sleep(0.5)
            else:
                return

    async def _pause_replica(self, replica: OwnProcess, kind: str) -> None:
        seconds = self.random.uniform(*LONGER_THAN_A_LEASE)
        async with self._away(kind, replica):
            replica.pause()
            try:
                await asyncio.sleep(seconds)
            finally:
                replica.resume()

    async def _server(self, what: str, server: Server, kind: str) -> None:
        async with self._away(kind):
            if what == "pause":
                seconds = self._lasting(2, 8)
                await self.stage.do(server.pause)
                try:
                    await asyncio.sleep(seconds)
                finally:
                    server.resume()
                return
            await self.stage.do(server.kill)
            await asyncio.sleep(self._lasting(0.3, 3))
            begun = time.monotonic()
            await self.stage.do(server.start)
        if server is self.stage.database:
            await self._ready_again(begun)

    async def _fill(self, kind: str) -> None:
        """Let the database take no writes for a while: reads go on, nobody writes half of it."""
        async with self._away(kind):
            await self.stage.do(self.stage.database.refuse_writes)
            try:
                await asyncio.sleep(self._lasting(2, 6))
            finally:
                await self.stage.do(self.stage.database.accept_writes)

    async def _shrink(self, kind: str) -> None:
        """Have the broker refuse large messages for a while: they wait, and hold nobody up."""
        broker, usual = self.stage.broker, self.stage.broker.max_payload
        async with self._away(kind):
            for size in (SMALL_BYTES, usual):
                await self.stage.do(broker.kill)
                broker.max_payload = size
                await self.stage.do(broker.start)
                if size == SMALL_BYTES:
                    await asyncio.sleep(self._lasting(4, 8))
                    await self._refused(READY_WITHIN_SECONDS)

    async def _refused(self, within: float) -> None:
        """Until the broker has refused something: customers may be slow on a busy machine."""
        until = time.monotonic() + within
        while time.monotonic() < until:
            if self._lines(REFUSED):
                return
            await asyncio.sleep(0.5)

    async def _idle(self, kind: str) -> None:
        """Shut the door until the stream has long been still; who calls that trouble fails."""
        self.door.clear()
        try:
            await asyncio.sleep(SETTLES_SECONDS)
            before = self._lines(WAITED)
            await asyncio.sleep(IDLE_SECONDS)
            if waits := self._lines(WAITED) - before:
                self.failures.append(f"{waits} times a broker without messages was taken for away")
        finally:
            self.door.set()
        self.survived[kind] += 1

    def _lines(self, word: bytes) -> int:
        return sum(one.log.read_bytes().count(word) for one in self.stage.replicas)

    async def _ready_again(self, begun: float) -> None:
        """Note how long it took until every replica that is awake is ready."""
        waiting = [one for one in self.stage.replicas if one.port not in self._busy]
        async with httpx.AsyncClient(timeout=3) as web:
            while waiting and time.monotonic() < begun + READY_WITHIN_SECONDS:
                waiting = [one for one in waiting if not await one.answers(web, "/readyz")]
                await asyncio.sleep(0.02)
        if waiting:
            self.failures.append(f"{len(waiting)} replicas were not ready a minute after a kill")
        else:
            self.recovered.append(time.monotonic() - begun)

    async def _sick_backend(self, kind: str) -> None:
        stand_in = self.random.choice(list(self.stage.stand_ins))
        mode = self.random.choice(SICKNESSES)
        self.say(f"  {stand_in}: {mode}")
        async with self._away(kind):
            await self.stage.strike(stand_in, mode, self._lasting(1, 5))
            await asyncio.sleep(self._lasting(4, 10))
            await self.stage.trouble()

    @asynccontextmanager
    async def _away(self, kind: str, replica: OwnProcess | None = None) -> AsyncIterator[None]:
        """While something is away: requests are counted apart, and nobody strikes it twice."""
        self._down += 1
        if replica is not None:
            self._busy.add(replica.port)
        try:
            yield
        finally:
            self._down -= 1
            if replica is not None:
                self._busy.discard(replica.port)
        self.survived[kind] += 1
