"""Takes every event and writes a delivery for each endpoint that wants it; dead letters again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from unshackled.domain.clock import Clock
from unshackled.errors import UnshackledError
from unshackled.events.event_ports import Consumer
from unshackled.events.webhooks.delivery_rules import wants
from unshackled.events.webhooks.webhook_message import delivery_of
from unshackled.store.side_tables import SideTables
from unshackled.store.side_tables.deliveries import consumer_of
from unshackled.store.stored_records import EventRow

PREFIX: Final = consumer_of("")


class EndpointGone(UnshackledError):
    """The endpoint was deleted, or is another retailer's."""


class WebhookConsumer:
    """Queues events for the endpoints of their retailer; nothing is sent here."""

    name = "webhooks"

    def __init__(self, tables: SideTables, clock: Clock) -> None:
        self._endpoints = tables.endpoints
        self._deliveries = tables.deliveries
        self._clock = clock

    async def take(self, event: EventRow) -> None:
        """The same event again changes nothing."""
        await self.take_all([event])

    async def take_all(self, events: Sequence[EventRow]) -> None:
        """Queue many in one transaction; each retailer's endpoints are read once."""
        endpoints = {
            retailer: await self._endpoints.of(retailer)
            for retailer in sorted({event.retailer for event in events})
        }
        now = self._clock.now()
        deliveries = [
            delivery_of(endpoint, event, now)
            for event in events
            for endpoint in endpoints[event.retailer]
            if wants(endpoint.types, event.type)
        ]
        await self._deliveries.add(*deliveries)


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
