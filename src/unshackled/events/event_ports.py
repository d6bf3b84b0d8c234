"""What consumes events, and where they are published."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from unshackled.store.stored_records import EventRow


class Consumer(Protocol):
    """Takes every event at least once, in order per checkout; idempotent by `EventRow.id`.

    `name` is its durable cursor and its durable consumer on a broker.
    """

    name: str

    async def take(self, event: EventRow) -> None:
        """Take one event; whatever it raises is tried again, then it is a dead letter."""
        ...


@runtime_checkable
class Bulk(Protocol):
    """A consumer that can take many events at once, in their order."""

    async def take_all(self, events: Sequence[EventRow]) -> None:
        """Take all or none; whatever it raises, each is then handed over by itself."""
        ...


@runtime_checkable
class Choosy(Protocol):
    """A consumer that most events do not concern; it takes one at a time, in their order."""

    def concerns(self, event: EventRow) -> bool:
        """Whether it would do anything about the event; without looking anything up."""
        ...


class Publisher(Protocol):
    """Where the relay puts events."""

    async def publish(self, events: Sequence[EventRow]) -> None:
        """Return once all are stored there, in order; the same again is dropped by its id.

        Raises `BrokerUnavailable` where it cannot tell, and `BrokerRefused` where all that could be
        stored is, and some event never will be.
        """
        ...
