"""What consumes events, and where they are published."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from unshackled.store.port import EventRow


class Consumer(Protocol):
    """Takes every event at least once, in order per checkout; idempotent by `EventRow.id`.

    `name` is its durable cursor and its durable consumer on a broker.
    """

    name: str

    async def take(self, event: EventRow) -> None:
        """Take one event; whatever it raises is tried again, then it is a dead letter."""
        ...


class Publisher(Protocol):
    """Where the relay puts events."""

    async def publish(self, events: Sequence[EventRow]) -> None:
        """Return once all are stored there, in order; the same again is dropped by its id.

        Raises `BrokerUnavailable` where it cannot tell.
        """
        ...
