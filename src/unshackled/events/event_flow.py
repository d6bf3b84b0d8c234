"""Who follows what in this process: relay and consumers, by the broker that a URL names."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import field
from datetime import timedelta
from typing import Final

from unshackled.domain.clock import Clock
from unshackled.domain.records import Record, replace
from unshackled.events.delivery_attempts import DeliveryAttempts
from unshackled.events.event_ports import Bulk, Consumer, Publisher
from unshackled.events.follow import EventSource, Follower, HandOver, PollingPolicy, Portion, Stuck
from unshackled.events.sources import RELAY, LogSource, Relay, SharedLog
from unshackled.store.port import Store
from unshackled.telemetry import Meters

EMBEDDED: Final = "embedded:"
CONSUMER: Final = "consumer:"
# Under load one read, and one move of the cursor, for many hand-overs.
ONE_BY_ONE: Final = PollingPolicy(batch=500, at_once=1)
# Events that a consumer of many takes at once: between two hand-overs others have the event loop.
BULK: Final = 100
# A read of the stream waits for events by itself.
OUT_OF_STREAM: Final = PollingPolicy(at_once=1, poll=timedelta(milliseconds=50))


class FollowerDeps(Record):
    """What followers are made with; `owner` names this process among the replicas."""

    store: Store
    clock: Clock
    owner: str
    meters: Meters = field(default_factory=Meters.silent)


async def _nothing() -> None:
    """There is no broker to let go of."""


class EventFlow(Record):
    """The followers of this process; with `start()` each has a task until `close()`."""

    followers: Sequence[Follower]
    relay: Relay | None = None
    disconnect: Callable[[], Awaitable[None]] = _nothing
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    def start(self) -> None:
        """Begin to follow; what is away is waited for."""
        for follower in self.followers:
            name = f"follow {follower.name}"
            self._tasks.append(asyncio.create_task(follower.run(), name=name))

    def wake(self) -> None:
        """There may be something new in the log: look now, not at the next poll."""
        for follower in self.followers:
            follower.wake()

    def lags(self) -> Iterator[tuple[str, float]]:
        """The lag in seconds of the relay and of each consumer that is not on stand-by."""
        for follower in self.followers:
            lag = follower.lag()
            if lag is not None:
                yield follower.name.removeprefix(CONSUMER), lag

    def behind(self) -> Iterator[tuple[str, float]]:
        """1 for the relay and each consumer that is stuck, 0 for those that are not."""
        stuck = {name for name, _ in self.stuck()}
        for name, _ in self.lags():
            yield name, float(name in stuck)

    def stuck(self) -> Iterator[tuple[str, Stuck]]:
        """The relay and the consumers that have not come on for too long, and why."""
        for follower in self.followers:
            found = follower.stuck()
            if found is not None:
                yield follower.name.removeprefix(CONSUMER), found

    async def close(self, within: timedelta = timedelta(seconds=10)) -> None:
        """End after the batches at hand, at most `within`, and hand the leases back."""
        for follower in self.followers:
            follower.close()
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=within.total_seconds())
            for task in late:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()
        await self.disconnect()


def event_flow(broker: str, consumers: Sequence[Consumer], parts: FollowerDeps) -> EventFlow:
    """Relay and consumers for `embedded:` (no relay) or `nats://…`; nothing runs yet."""
    if broker == EMBEDDED:
        log = SharedLog(parts.store)
        sources = [LogSource(parts.store, f"{CONSUMER}{one.name}", log) for one in consumers]
        flow = EventFlow(
            followers=[
                _consumer(one, source, ONE_BY_ONE, parts)
                for one, source in zip(consumers, sources, strict=True)
            ]
        )
    else:
        from unshackled.events.nats import Broker  # noqa: PLC0415 - only with NATS
        from unshackled.events.stream import StreamSource  # noqa: PLC0415

        nats, places = Broker(broker), parts.store.tables.stream_cursors
        streams = [StreamSource(nats, one.name, places) for one in consumers]
        flow = EventFlow(
            relay=Relay(nats),
            followers=[
                relay(nats, parts),
                *(
                    _consumer(one, stream, OUT_OF_STREAM, parts)
                    for one, stream in zip(consumers, streams, strict=True)
                ),
            ],
            disconnect=nats.close,
        )
    parts.meters.watch_lags(flow.lags)
    parts.meters.watch_stuck(flow.behind)
    return flow


def relay(publisher: Publisher, parts: FollowerDeps) -> Follower:
    """The follower of the log that publishes; what is refused for good is a dead letter."""
    delivery = DeliveryAttempts(
        Relay(publisher),
        letters=parts.store.tables.dead_letters,
        clock=parts.clock,
        meters=parts.meters,
        taken="published",
    )
    source = LogSource(parts.store, RELAY)
    return _follower(RELAY, source, delivery.hand_over, PollingPolicy(), parts)


def _consumer(
    consumer: Consumer, source: EventSource, pace: PollingPolicy, parts: FollowerDeps
) -> Follower:
    delivery = DeliveryAttempts(
        consumer, letters=parts.store.tables.dead_letters, clock=parts.clock, meters=parts.meters
    )
    name = f"{CONSUMER}{consumer.name}"
    if isinstance(consumer, Bulk):
        pace = replace(pace, at_once=BULK)
    portion = None if isinstance(consumer, Bulk) else delivery.portion
    return _follower(name, source, delivery.hand_over, pace, parts, portion)


def _follower(  # noqa: PLR0917 - what a follower is made of
    name: str,
    source: EventSource,
    hand_over: HandOver,
    pace: PollingPolicy,
    parts: FollowerDeps,
    portion: Portion | None = None,
) -> Follower:
    return Follower(
        name,
        source=source,
        hand_over=hand_over,
        leases=parts.store,
        owner=parts.owner,
        clock=parts.clock,
        pace=pace,
        portion=portion,
    )
