"""Counts in the tables: once, whoever takes an event and however often."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

import pytest

from tests.events.reports.lives import BEGIN, begun, event, life, named
from unshackled.domain.records import replace
from unshackled.errors import Conflict
from unshackled.events.reports.report_consumer import ReportsConsumer, providers_of
from unshackled.store.memory import MemoryStore
from unshackled.store.memory.report_counts import MemoryReportCounts
from unshackled.store.side_tables.journeys import Journey
from unshackled.store.side_tables.report_counts import (
    Counts,
    Move,
    ReportCounts,
    ReportQuery,
    Topic,
)
from unshackled.store.stored_records import StoredFlow

ALL = ReportQuery(retailer="northstar", first="0001-01-01", last="9999-12-31")
TOPICS: Final[tuple[Topic, ...]] = ("funnel", "answers", "latency", "revenue")


class Switching(MemoryReportCounts):
    """Reports that let others go first at every read and write."""

    def __init__(self) -> None:
        super().__init__(lambda: None)

    async def journey(self, checkout: str) -> Journey | None:
        await asyncio.sleep(0)
        found = await super().journey(checkout)
        await asyncio.sleep(0)
        return found

    async def put(self, moves: Sequence[Move], counts: Counts) -> None:
        await asyncio.sleep(0)
        await super().put(moves, counts)


class Busy(Switching):
    """Somebody else is always faster."""

    async def put(self, moves: Sequence[Move], counts: Counts) -> None:
        raise Conflict("a row is not as it was expected to be")


async def opened() -> MemoryStore:
    store = MemoryStore()
    await store.open()
    return store


async def everything(reports: ReportCounts) -> list[Counts]:
    return [await reports.counts(ALL, topic) for topic in TOPICS]


async def test_two_replicas_that_take_everything_twice_count_once() -> None:
    """At the same time, interleaved at every await."""
    log = await life()
    alone, together = await opened(), await opened()
    one = ReportsConsumer(alone.tables.reports, alone)
    for each in log:
        await one.take(each)
    reports = Switching()
    replicas = [ReportsConsumer(reports, together) for _ in range(2)]

    async def follow(consumer: ReportsConsumer) -> None:
        for each in log:
            await consumer.take(each)
            await consumer.take(each)

    await asyncio.gather(*map(follow, replicas))
    assert await everything(reports) == await everything(alone.tables.reports)


async def test_counts_of_several_checkouts_add_up() -> None:
    """Three equal lives are three times one."""
    log = await life()
    store = await opened()
    consumer = ReportsConsumer(store.tables.reports, store)
    for each in log:
        await consumer.take(each)
    once = await everything(store.tables.reports)
    for number in (2, 3):
        for each in named(f"chk_{number}", log):
            await consumer.take(each)
    thrice = [{key: 3 * amount for key, amount in counts.items()} for counts in once]
    assert await everything(store.tables.reports) == thrice


async def test_a_consumer_that_never_wins_gives_the_event_back() -> None:
    """The delivery tries again, and then it is a dead letter."""
    store = await opened()
    consumer = ReportsConsumer(Busy(), store)
    with pytest.raises(Conflict):
        await consumer.take(begun("a"))


async def test_only_the_asked_days_and_retailer_are_read() -> None:
    """Days are inclusive; walls are in the query."""
    store = await opened()
    reports = store.tables.reports
    consumer = ReportsConsumer(reports, store)
    await consumer.take(begun("a"))
    for retailer, first, last, found in (
        ("northstar", "2026-11-22", "2026-11-22", 2),
        ("northstar", "2026-11-23", "2026-11-30", 0),
        ("northstar", "2026-11-01", "2026-11-21", 0),
        ("orbit", "2026-11-22", "2026-11-22", 0),
    ):
        asked = ReportQuery(retailer=retailer, first=first, last=last)
        assert len(await reports.counts(asked, "funnel")) == found


async def test_reports_say_up_to_which_event_they_count() -> None:
    """None before the first."""
    store = await opened()
    reports = store.tables.reports
    consumer = ReportsConsumer(reports, store)
    assert await reports.as_of("northstar") is None
    await consumer.take(begun("a"))
    await consumer.take(event("step.ready.v1", 1, after=1, step="a", digest=None))
    found = await reports.as_of("northstar")
    assert found is not None
    assert (found.event, found.at) == ("chk_1-2-0", "2026-11-22T23:59:59.000000Z")


async def test_who_comes_first_is_read_from_the_stored_flow() -> None:
    """So that a fallback is seen where a breaker was open."""
    store = await opened()
    steps = {"check": {"provider": {"first": "a", "then": ["b"]}}}
    await store.put_flow(
        StoredFlow(
            digest="sha256:1",
            retailer="northstar",
            name="handset",
            resolved={"steps": steps},
            stored_at=BEGIN - timedelta(days=1),
        )
    )
    reports = store.tables.reports
    await ReportsConsumer(reports, store).take(begun("check"))
    journey = await reports.journey("chk_1")
    assert journey is not None
    assert journey.providers == {"check": ("a", "b")}


def test_every_form_of_a_policy_has_its_order() -> None:
    """One name, first and then, a waterfall, and steps that nobody serves."""
    resolved = {
        "steps": {
            "one": {"provider": "a"},
            "two": {"provider": {"first": "a", "then": ["b", "c"]}},
            "three": {"provider": {"waterfall": ["b", "a"]}},
            "four": {"collect": "contact"},
        }
    }
    assert providers_of(resolved) == {
        "one": ("a",),
        "two": ("a", "b", "c"),
        "three": ("b", "a"),
    }


async def test_ended_journeys_are_pruned_and_their_counts_stay() -> None:
    """Not those that are open, and not the newest, by which reports say up to when they count."""
    store = await opened()
    reports = store.tables.reports
    consumer = ReportsConsumer(reports, store)
    for number in range(3):
        for each in (begun("a"), event("checkout.canceled.v1", 1, code="expired", by="clock")):
            later = replace(each, at=each.at + timedelta(days=number))
            await consumer.take(replace(later, checkout=f"chk_{number}"))
    await consumer.take(replace(begun("a"), checkout="chk_open"))
    before, as_of = await everything(store.tables.reports), await reports.as_of("northstar")
    assert await reports.prune(before=BEGIN, limit=9) == 0
    assert await reports.prune(before=BEGIN + timedelta(days=9), limit=1) == 1
    assert await reports.prune(before=BEGIN + timedelta(days=9), limit=9) == 1
    assert await reports.journey("chk_open") is not None
    assert (await everything(store.tables.reports), await reports.as_of("northstar")) == (
        before,
        as_of,
    )


async def test_a_case_of_a_sale_that_was_pruned_counts_once() -> None:
    """However often it is handed over, and to a consumer that remembers nothing."""
    store = await opened()
    reports = store.tables.reports
    for each in (begun("a"), event("checkout.canceled.v1", 1, code="expired", by="clock")):
        await ReportsConsumer(reports, store).take(each)
    await ReportsConsumer(reports, store).take(replace(begun("a"), checkout="chk_newest"))
    assert await reports.prune(before=BEGIN + timedelta(days=9), limit=9) == 1
    said: dict[str, Any] = {
        "run": "return-1",
        "kind": "return",
        "amount": 900,
        "currency": "GBP",
    }
    done = event("case.completed.v1", 40, after=9_000_000, sale_flow="handset", **said)
    for _ in range(2):
        await ReportsConsumer(reports, store).take(done)
    counts = await everything(reports)
    found = {
        one.measure: many for part in counts for one, many in part.items() if one.topic == "revenue"
    }
    assert found == {"given_back": 900, "returns": 1}


class Watched(MemoryReportCounts):
    """Reports that say whose journey was read."""

    def __init__(self) -> None:
        super().__init__(lambda: None)
        self.read: list[str] = []

    async def journey(self, checkout: str) -> Journey | None:
        self.read.append(checkout)
        return await super().journey(checkout)


async def test_only_journeys_that_go_on_are_remembered() -> None:
    """An open one is read once; what comes after the end is rare and reads it again."""
    store, reports = await opened(), Watched()
    consumer = ReportsConsumer(reports, store)
    await consumer.take(begun("a"))
    await consumer.take(event("step.ready.v1", 1, after=1, step="a", digest=None))
    await consumer.take(event("checkout.canceled.v1", 2, code="expired", by="clock"))
    assert reports.read == ["chk_1"]
    await consumer.take(event("checkout.repriced.v1", 3, package={}, quote={}))
    assert reports.read == ["chk_1", "chk_1"]
