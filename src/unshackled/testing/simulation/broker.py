"""The relay of each replica, and a broker that stores what it is given once."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import pairwise

from unshackled.errors import BrokerUnavailable
from unshackled.events.embedded import LogSource
from unshackled.events.follow import Follower, Pace
from unshackled.events.relay import RELAY, relaying
from unshackled.store.port import EventRow, Store
from unshackled.telemetry import Meters
from unshackled.testing.simulation.stage import Clock, Stage
from unshackled.testing.simulation.store import SharedStore

METERS = Meters.silent()
PACE = Pace(batch=20, at_once=7, stand_by=timedelta(seconds=20))


class Broker:
    """Stores events by their id; it may be away, or take some and not say so."""

    def __init__(self, stage: Stage) -> None:
        """Empty."""
        self.stage = stage
        self.stored: dict[str, EventRow] = {}

    async def publish(self, events: Sequence[EventRow]) -> None:
        """Store what is new, in the order in which it is given."""
        stage = self.stage
        for event in events:
            await asyncio.sleep(0)
            if stage.chance() < stage.weather.store_refuses:
                raise BrokerUnavailable("the simulated broker refused")
            self.stored.setdefault(event.id, event)
        await asyncio.sleep(0)
        if stage.chance() < stage.weather.store_forgets_to_answer:
            raise BrokerUnavailable("the simulated broker did not answer")


def violations(broker: Broker, store: SharedStore) -> Iterator[str]:
    """What was committed and did not arrive, or in another order, or was never committed."""
    known = {event.id for row in store.rows() for event in store.log_of(row.checkout.id)}
    yield from (f"event {name} never arrived" for name in sorted(known - broker.stored.keys()))
    yield from (f"event {name} was never committed" for name in broker.stored.keys() - known)
    arrived: dict[str, list[tuple[int, int]]] = {}
    for event in broker.stored.values():
        arrived.setdefault(event.checkout, []).append((event.version, event.index))
    for checkout, places in arrived.items():
        if any(later <= earlier for earlier, later in pairwise(places)):
            yield f"the events of {checkout} arrived out of order"


def follower(owner: str, store: Store, broker: Broker, clock: Clock) -> Follower:
    """The relay of one replica."""
    return Follower(
        RELAY,
        source=LogSource(store, RELAY),
        hand_over=relaying(broker, METERS),
        leases=store,
        owner=owner,
        clock=clock,
        pace=PACE,
    )


async def follow(relay: Follower, broker: Broker, shared: SharedStore, clock: Clock) -> None:
    """What `Follower.run` does, without the rounds in which there is nothing to relay."""
    stage = broker.stage
    news = asyncio.Event()
    stage.readers.append(news)
    while True:
        if not shared.is_behind(RELAY):
            news.clear()
            await news.wait()
            await clock.sleep(stage.chance() * 60)
            continue
        rest = await relay.round()
        await clock.sleep(max(rest, timedelta(seconds=0.1)).total_seconds())
