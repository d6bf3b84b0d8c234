"""The relay's hand-over: events of the log to a publisher."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from unshackled.events.follow import HandOver
from unshackled.events.port import Publisher
from unshackled.store.port import EventRow
from unshackled.telemetry import Meters

RELAY: Final = "relay"


def relaying(publisher: Publisher, meters: Meters) -> HandOver:
    """Publish and count."""

    async def hand_over(events: Sequence[EventRow]) -> None:
        await publisher.publish(events)
        meters.delivered(RELAY, "published", len(events))

    return hand_over
