"""What is cleared away in time, and what never is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from unshackled.consumers import consumers_of
from unshackled.domain.records import replace
from unshackled.events.consumer_registry import ConsumerDeps
from unshackled.events.retention import AT_ONCE, PORTIONS, RetentionJob
from unshackled.routing.router_setup import retention_of
from unshackled.store.memory import MemoryStore
from unshackled.store.side_tables import Retention
from unshackled.store.side_tables.message_log import MessageState
from unshackled.telemetry import Meters
from unshackled.testing.backends import FakeBackends
from unshackled.testing.made_up_checkouts import change_of, checkout_of
from unshackled.testing.samples import NOW
from unshackled.testing.store_queries import TOKEN
from unshackled.testing.table_suites.messages_suite import message_of
from unshackled.testing.table_suites.reports_suite import journey_of
from unshackled.testing.table_suites.routing_suite import count_of
from unshackled.testing.table_suites.webhooks_suite import delivery_of
from unshackled.testing.virtual_clock import VirtualClock

MONTH = timedelta(days=30)


async def world(
    retention: timedelta | None, owner: str = "first", store: MemoryStore | None = None
) -> tuple[RetentionJob, MemoryStore]:
    """A housekeeper of one replica, two months after the samples happened."""
    store = store or MemoryStore()
    await store.open()
    deps = ConsumerDeps(
        store=store,
        backends=FakeBackends(),
        retailers={},
        clock=VirtualClock(NOW + 2 * MONTH),
        random=Random(1),
        meters=Meters.silent(),
        owner=owner,
        public_url="https://checkout.example",
        transport="aiohttp",
    )
    tables = [retention_of(store.tables)]
    consumers = consumers_of(deps, broker="embedded:", keep=retention, tables=tables)
    return consumers.housekeeper, store


async def test_old_events_of_ended_checkouts_go() -> None:
    """All of them, in portions; those of open checkouts stay."""
    housekeeper, store = await world(MONTH)
    for number in range(AT_ONCE // 2 + 5):
        await store.append(change_of(checkout_of(f"c{number}", steps=1), status="completed"))
    await store.append(change_of(checkout_of("open", steps=1)))
    assert await housekeeper.round() == 2 * (AT_ONCE // 2 + 5)
    assert len((await store.feed(after=None, limit=9)).rows) == 2


async def test_without_a_retention_only_what_expired_goes() -> None:
    """Events are the audit trail: nobody deletes them unasked."""
    housekeeper, store = await world(None)
    await store.append(change_of(checkout_of(steps=1), status="completed"))
    await store.put_token(TOKEN)
    assert await housekeeper.round() == 1
    assert await store.token(TOKEN.token_hash) is None
    assert len((await store.feed(after=None, limit=9)).rows) == 2


async def test_an_expired_link_is_known_for_a_day_more() -> None:
    """Whoever comes with it is told that it has expired, and not that there is none."""
    housekeeper, store = await world(None)
    now = NOW + 2 * MONTH
    hour = timedelta(hours=1)
    ends = {"late": now - hour, "old": now - timedelta(days=1) - hour}
    for name, end in ends.items():
        await store.put_token(replace(TOKEN, token_hash=name, expires_at=end))
    assert await housekeeper.round() == 1
    assert [await store.token(name) is not None for name in ends] == [True, False]


async def test_one_replica_keeps_house_at_a_time() -> None:
    """Another one that comes meanwhile leaves it to the first."""
    first, store = await world(MONTH)
    second, _ = await world(MONTH, "second", store)
    assert await first.round() == 0
    await store.append(change_of(checkout_of(steps=1), status="completed"))
    assert await second.round() == 0
    assert await first.round() == 2


async def test_each_side_table_is_cleared_in_its_own_time() -> None:
    """Deliveries after a month, parity after a quarter, whatever the events are kept for."""
    housekeeper, store = await world(None)
    tables = store.tables
    await tables.deliveries.add(
        *(delivery_of(version=number, state="delivered") for number in range(AT_ONCE + 5)),
        delivery_of("chk_2"),
    )
    await tables.parity.add([count_of("agreed", 1)], NOW - MONTH)
    await tables.parity.add([count_of("agreed", 1)], NOW - 2 * MONTH)
    assert await housekeeper.round() == AT_ONCE + 5 + 1
    left = await tables.deliveries.page("we_1", after=None, limit=9)
    assert [one.checkout for one in left.deliveries] == ["chk_2"]
    assert [one.agreed for one in await tables.parity.report(NOW - 9 * MONTH)] == [1]


async def test_what_was_made_of_events_goes_with_them() -> None:
    """Messages at their end, and journeys that ended; nothing of it without a retention."""
    for retention, gone in ((None, 0), (MONTH, 2)):
        housekeeper, store = await world(retention)
        await store.tables.messages.begin(message_of(1, state=MessageState.SENT))
        await store.tables.messages.begin(message_of(2))
        ended = [journey_of(number, ended=True) for number in (1, 2)]
        await store.tables.reports.put([(None, one) for one in ended], {})
        assert await housekeeper.round() == gone


@dataclass
class EndlessTable:
    """A table that always has more, or that cannot be cleared."""

    broken: bool = False
    calls: int = 0

    async def prune(self, *, before: datetime, limit: int) -> int:
        """As many as may be, or what no table promises to raise."""
        self.calls += 1
        if self.broken:
            raise LookupError("no such table")
        return limit


async def test_one_table_never_keeps_the_others_from_theirs() -> None:
    """One that cannot be cleared is passed over, and one without an end waits for its next turn."""
    store, clock = MemoryStore(), VirtualClock()
    await store.open()
    broken, endless, last = EndlessTable(broken=True), EndlessTable(), EndlessTable()
    tables = [Retention(table=one) for one in (broken, endless, last)]
    job = RetentionJob(store, tables, clock=clock, owner="first", keep=MONTH)
    assert await job.round() == 2 * PORTIONS * AT_ONCE
    assert [one.calls for one in (broken, endless, last)] == [1, PORTIONS, PORTIONS]
