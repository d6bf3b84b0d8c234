"""What happens because of events, off the path of the purchase; and what is cleared away in time.

Every consumer that is there, the relay, dead letters, and the deleting of what is old. With
replicas, leases in the store see to it that one of them does each.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import field
from datetime import timedelta

from unshackled.domain.records import Record
from unshackled.events.consumer_registry import (
    Background,
    ConsumerDeps,
    ConsumerRegistration,
    registered_consumers,
)
from unshackled.events.dead_letter_service import DeadLetterService
from unshackled.events.event_flow import EventFlow, FollowerDeps, event_flow
from unshackled.events.event_ports import Consumer
from unshackled.events.retention import HOUSEKEEPING, RetentionJob
from unshackled.store.side_tables import Retention


class Consumers(Record):
    """Everything that follows events in this process."""

    events: EventFlow
    background: Sequence[Background]
    letters: DeadLetterService
    housekeeper: RetentionJob
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    def start(self) -> None:
        """Begin; what is away is waited for."""
        self.events.start()
        for job in self.background:
            job.start()
        self._tasks.append(asyncio.create_task(self.housekeeper.run(), name=HOUSEKEEPING))

    def stuck(self) -> Iterator[tuple[str, str]]:
        """What does not come on: its name, and a sentence for operators."""
        for name, held in self.events.stuck():
            met = f" ({held.error})" if held.error else ""
            yield f"events.{name}", f"has not come on since {held.since.isoformat()}{met}"

    async def close(self) -> None:
        """End after what is at hand, and hand the leases back."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.events.close()
        for job in self.background:
            await job.close()


def consumers_of(
    deps: ConsumerDeps,
    *,
    broker: str,
    keep: timedelta | None,
    tables: Sequence[Retention] = (),
) -> Consumers:
    """Build every consumer and what drives it; nothing runs yet.

    Events live for `keep`, None for ever; `tables` are others that are cleared in time.
    """
    store, clock = deps.store, deps.clock
    registrations = registered_consumers(deps)
    consumers = [one.consumer for one in registrations]
    parts = FollowerDeps(store=store, clock=clock, owner=deps.owner, meters=deps.meters)
    events = event_flow(broker, consumers, parts)
    taking = consumers if events.relay is None else [*consumers, events.relay]
    retention = [one for each in registrations for one in each.retention]
    return Consumers(
        events=events,
        background=[one.background for one in registrations if one.background is not None],
        letters=DeadLetterService(store.tables.dead_letters, taking, clock, _others(registrations)),
        housekeeper=RetentionJob(
            store, [*retention, *tables], clock=clock, owner=deps.owner, keep=keep
        ),
    )


def _others(registrations: Sequence[ConsumerRegistration]) -> Callable[[str], Consumer | None]:
    """Who takes dead letters under a name that no consumer has."""
    takers = [one.letters for one in registrations if one.letters is not None]

    def taker(name: str) -> Consumer | None:
        return next((found for take in takers if (found := take(name)) is not None), None)

    return taker
