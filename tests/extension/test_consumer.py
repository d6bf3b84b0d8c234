"""The consumer of docs/writing-a-consumer.md takes sales, each once however often it comes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.events.consumers import fill
from tests.extension.example.sales import SalesConsumer
from unshackled.domain.records import replace
from unshackled.events.delivery_attempts import TRIES, DeliveryAttempts
from unshackled.store.memory import MemoryStore
from unshackled.store.stored_records import EventRow
from unshackled.telemetry import Meters
from unshackled.testing.virtual_clock import VirtualClock


@dataclass
class Warehouse:
    """Takes each sale once; it is away for so many calls."""

    sales: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    away: int = 0
    calls: int = 0

    async def tell(self, key: str, sale: Mapping[str, Any]) -> None:
        """Take a sale."""
        self.calls += 1
        if self.away:
            self.away -= 1
            raise ConnectionError("away")
        self.sales.setdefault(key, sale)


async def sales_of(store: MemoryStore) -> list[EventRow]:
    """The events of two checkouts; the last of each is a sale, the second one's by a test key."""
    await store.open()
    await fill(store, "chk_a", "chk_b")
    rows = list((await store.feed(after=None, limit=100)).rows)
    first, second = (
        [row for row in rows if row.checkout == checkout] for checkout in ("chk_a", "chk_b")
    )
    sold = replace(first[-1], type="checkout.completed.v1")
    tried = replace(second[-1], type="checkout.completed.v1", retailer="northstar:test")
    return [*first[:-1], sold, *second[:-1], tried]


async def test_each_sale_is_told_once_however_often_it_comes() -> None:
    """Other types and what a test key began are none; a second delivery has the same id."""
    store, warehouse = MemoryStore(), Warehouse()
    rows = await sales_of(store)
    consumer = SalesConsumer(warehouse.tell)
    letters = store.tables.dead_letters
    delivery = DeliveryAttempts(
        consumer, letters=letters, clock=VirtualClock(), meters=Meters.silent()
    )
    for _ in range(2):
        await delivery.hand_over(rows)
    (sold,) = [
        row for row in rows if row.type == "checkout.completed.v1" and row.checkout == "chk_a"
    ]
    assert list(warehouse.sales) == [sold.id]
    assert warehouse.calls == 2
    assert (await letters.page()).letters == []


async def test_what_the_warehouse_never_takes_is_a_dead_letter() -> None:
    """After its tries, and the next event goes on."""
    store, warehouse, clock = MemoryStore(), Warehouse(away=TRIES), Clock()
    rows = await sales_of(store)
    consumer = SalesConsumer(warehouse.tell)
    letters = store.tables.dead_letters
    delivery = DeliveryAttempts(consumer, letters=letters, clock=clock, meters=Meters.silent())
    await delivery.hand_over(rows)
    (letter,) = (await letters.page()).letters
    assert (letter.consumer, letter.tries) == ("sales", TRIES)


class Clock(VirtualClock):
    """Nobody waits."""

    async def sleep(self, seconds: float) -> None:
        """At once."""
