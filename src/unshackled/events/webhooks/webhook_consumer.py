"""Takes every event and writes a delivery for each endpoint that wants it."""

from __future__ import annotations

from collections.abc import Sequence

from unshackled.domain.clock import Clock
from unshackled.events.webhooks.delivery_rules import wants
from unshackled.events.webhooks.payload import delivery_of
from unshackled.store.side_tables import SideTables
from unshackled.store.stored_records import EventRow


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
