"""The relay: a consumer of the log that publishes what it takes.

So what a broker refuses is a dead letter like any other, to be read, replayed and discarded, and
holds nobody up.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from unshackled.events.event_ports import Publisher
from unshackled.store.stored_records import EventRow

RELAY: Final = "relay"


class Relay:
    """Publishes many events at once, or one by one where one of them is refused."""

    name = RELAY

    def __init__(self, publisher: Publisher) -> None:
        self._publisher = publisher

    async def take(self, event: EventRow) -> None:
        """Publish one; the same again is dropped by its id."""
        await self._publisher.publish([event])

    async def take_all(self, events: Sequence[EventRow]) -> None:
        """Publish all."""
        await self._publisher.publish(events)
