"""The relay of each replica, and a broker that stores what it is given once, and some never."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import pairwise

from unshackled.errors import BrokerRefused, BrokerUnavailable
from unshackled.events.delivery_attempts import DeliveryAttempts
from unshackled.events.follow import Follower, PollingPolicy
from unshackled.events.sources import RELAY, LogSource, Relay
from unshackled.proving.simulation.replica_store import SharedStore
from unshackled.proving.simulation.simulation_runtime import SimulatedClock, SimulationRuntime
from unshackled.store.port import Store
from unshackled.store.side_tables.dead_letters import LetterRecord
from unshackled.store.stored_records import EventRow
from unshackled.telemetry import Meters

METERS = Meters.silent()
PACE = PollingPolicy(batch=20, at_once=7, stand_by=timedelta(seconds=20))


class SimulatedBroker:
    """Stores events by their id; it may be away, take some silently, and refuse some for ever."""

    def __init__(self, stage: SimulationRuntime) -> None:
        """Empty."""
        self.stage = stage
        self.stored: dict[str, EventRow] = {}
        self.refused: set[str] = set()
        self.buried: set[str] = set()

    async def publish(self, events: Sequence[EventRow]) -> None:
        """Store what is new, in the order in which it is given."""
        stage = self.stage
        for event in events:
            await asyncio.sleep(0)
            if stage.chance() < stage.weather.store_refuses:
                raise BrokerUnavailable("the simulated broker refused")
            if self._refuses(event):
                self.refused.add(event.id)
                raise BrokerRefused("the simulated broker will not have it")
            self.stored.setdefault(event.id, event)
        await asyncio.sleep(0)
        if stage.chance() < stage.weather.store_forgets_to_answer:
            raise BrokerUnavailable("the simulated broker did not answer")

    def _refuses(self, event: EventRow) -> bool:
        """As if it were too large: one in forty, begun in bad weather, and then for ever."""
        chosen = hashlib.sha256(event.id.encode()).digest()[0] < 7
        bad = self.stage.weather.store_refuses > 0
        return event.id in self.refused or (chosen and bad and event.id not in self.stored)


class Pile:
    """The dead letters of the relays of all replicas, kept beside what was stored."""

    def __init__(self, broker: SimulatedBroker) -> None:
        """Beside this broker."""
        self._broker = broker

    async def add(self, letter: LetterRecord) -> None:
        """The same again changes nothing."""
        self._broker.buried.add(letter.event.id)


def violations(broker: SimulatedBroker, store: SharedStore) -> Iterator[str]:
    """What was committed and did not arrive, or in another order, or was never committed."""
    known = {event.id for row in store.rows() for event in store.log_of(row.checkout.id)}
    there = broker.stored.keys() | broker.buried
    yield from (f"event {name} never arrived" for name in sorted(known - there))
    both = sorted(broker.stored.keys() & broker.buried)
    yield from (f"event {name} is stored and a dead letter" for name in both)
    yield from (f"event {name} was never committed" for name in broker.stored.keys() - known)
    arrived: dict[str, list[tuple[int, int]]] = {}
    for event in broker.stored.values():
        arrived.setdefault(event.checkout, []).append((event.version, event.index))
    for checkout, places in arrived.items():
        if any(later <= earlier for earlier, later in pairwise(places)):
            yield f"the events of {checkout} arrived out of order"


def follower(owner: str, store: Store, broker: SimulatedBroker, clock: SimulatedClock) -> Follower:
    """The relay of one replica."""
    delivery = DeliveryAttempts(Relay(broker), letters=Pile(broker), clock=clock, meters=METERS)
    return Follower(
        RELAY,
        source=LogSource(store, RELAY),
        hand_over=delivery.hand_over,
        leases=store,
        owner=owner,
        clock=clock,
        pace=PACE,
    )


async def follow(
    relay: Follower, broker: SimulatedBroker, shared: SharedStore, clock: SimulatedClock
) -> None:
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
