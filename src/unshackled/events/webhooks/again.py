"""Dead letters of one endpoint, when an operator has them sent again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from unshackled.domain.clock import Clock
from unshackled.errors import UnshackledError
from unshackled.events.event_ports import Consumer
from unshackled.events.webhooks.payload import delivery_of
from unshackled.store.side_tables import SideTables
from unshackled.store.side_tables.deliveries import consumer_of
from unshackled.store.stored_records import EventRow

PREFIX: Final = consumer_of("")


class EndpointGone(UnshackledError):
    """The endpoint was deleted, or is another retailer's."""


class LetterQueue:
    """Takes a dead letter of one endpoint: it is queued once more."""

    def __init__(self, name: str, tables: SideTables, clock: Clock) -> None:
        """`name` is the consumer that the letter names, e.g. `webhooks:we_1`."""
        self.name = name
        self._endpoints = tables.endpoints
        self._deliveries = tables.deliveries
        self._clock = clock

    async def take(self, event: EventRow) -> None:
        """Queue it, also where its delivery was deleted since; raises `EndpointGone`."""
        endpoint = await self._endpoints.get(self.name.removeprefix(PREFIX))
        if endpoint is None or endpoint.retailer != event.retailer:
            raise EndpointGone("the endpoint was deleted")
        now = self._clock.now()
        delivery = delivery_of(endpoint, event, now)
        await self._deliveries.add(delivery)
        await self._deliveries.again(delivery.id, now)


def letter_queues(tables: SideTables, clock: Clock) -> Callable[[str], Consumer | None]:
    """Who takes the dead letters of a consumer by its name; None where it is no endpoint's."""

    def queue(name: str) -> Consumer | None:
        return LetterQueue(name, tables, clock) if name.startswith(PREFIX) else None

    return queue
