"""Consumers, publishers and stores with state, to follow events with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from unshackled.errors import BrokerRefused, BrokerUnavailable, StoreUnavailable
from unshackled.store.memory import MemoryStore
from unshackled.store.port import Store
from unshackled.store.stored_records import EventRow, Feed
from unshackled.testing.made_up_checkouts import change_of, checkout_of, next_of


class Poison(Exception):
    """What a consumer that cannot read an event raises."""


@dataclass
class Ledger:
    """A consumer that notes what it took; `poison` are ids that it cannot take."""

    name: str = "ledger"
    taken: list[str] = field(default_factory=list)
    poison: set[str] = field(default_factory=set)
    tries: int = 0
    away: int = 0

    async def take(self, event: EventRow) -> None:
        """Take one event."""
        self.tries += 1
        if self.away:
            self.away -= 1
            raise StoreUnavailable("away")
        if event.id in self.poison:
            raise Poison("Jane Featherstone, 07700 900123")
        self.taken.append(event.id)


@dataclass
class Board:
    """A publisher that notes what it was given; it is away for so many calls, and refuses some."""

    seen: list[str] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    away: int = 0
    handed: int = 0

    async def publish(self, events: Sequence[EventRow]) -> None:
        """Note them."""
        if self.away:
            self.away -= 1
            raise BrokerUnavailable("away")
        self.handed += 1
        taken = [event.id for event in events if event.id not in self.refused]
        self.seen += taken
        if len(taken) < len(events):
            raise BrokerRefused("too large")


@dataclass
class Shaky(MemoryStore):
    """A store whose feed is away for so many calls."""

    away: int = 0
    rivals: int = 0

    def __post_init__(self) -> None:
        super().__init__()

    async def feed(self, *, after: str | None, limit: int) -> Feed:
        """The feed, or `StoreUnavailable`."""
        if self.away:
            self.away -= 1
            raise StoreUnavailable("away")
        return await super().feed(after=after, limit=limit)

    async def lease(self, name: str, owner: str, *, now: datetime, until: datetime) -> bool:
        """The lease, unless a rival is faster."""
        if self.rivals:
            self.rivals -= 1
            await super().lease(name, "rival", now=now, until=now + timedelta(minutes=1))
        return await super().lease(name, owner, now=now, until=until)


async def fill(store: Store, *names: str, versions: int = 2, events: int = 2) -> list[str]:
    """Append so many versions of each checkout in turn; the ids of their events in that order."""
    current = {name: checkout_of(name, steps=1) for name in names}
    ids: list[str] = []
    for version in range(versions):
        for name in names:
            if version:
                current[name] = next_of(current[name])
            change = change_of(current[name], events=events)
            await store.append(change)
            ids += [row.id for row in change.events]
    return ids


def in_order(ids: Sequence[str]) -> bool:
    """Whether the events of each checkout, repeats dropped, are in their order."""
    once = list(dict.fromkeys(ids))
    places: dict[str, list[tuple[int, int]]] = {}
    for one in once:
        checkout, version, index = one.rsplit("-", 2)
        places.setdefault(checkout, []).append((int(version), int(index)))
    return all(found == sorted(found) for found in places.values())
