"""The audit log only grows; requests are decided once. The same in memory and in PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from unshackled.store.audit import AuditLog, Entry
from unshackled.store.postgres.store import PostgresStore
from unshackled.store.requests import OperatorRequest, Requests, Selection
from unshackled.store.sql.tables import Tables
from unshackled.store.sqlite.tables import LocalTables

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ENTRY = Entry(
    id="aud_1",
    at=NOW,
    operator="alice",
    action="retry",
    retailer="northstar",
    subject="chk_1",
    step="credit",
    reason="it is back",
    detail={"verdict": "passed"},
)
REQUEST = OperatorRequest(
    id="req_1",
    at=NOW,
    expires_at=NOW + timedelta(hours=24),
    operator="alice",
    action="cancel",
    retailer="northstar",
    subject="chk_1",
    step="",
    reason="asked for by telephone",
    evidence="",
    seen="open",
    body={"verdict": "passed"},
)


@pytest.fixture(params=["memory", "postgres"])
def url(request: pytest.FixtureRequest) -> str | None:
    """Where PostgreSQL is; None for memory."""
    found: str = request.getfixturevalue("postgres_url") if request.param == "postgres" else ""
    return found or None


@pytest.fixture
async def tables(url: str | None) -> AsyncIterator[Tables]:
    """Tables of each kind of database."""
    if url is None:
        yield LocalTables()
        return
    store = PostgresStore(url)
    await store.open()
    yield store.tables
    await store.close()


async def test_an_entry_comes_back_as_it_was(tables: Tables) -> None:
    """Without an outcome at first; the first outcome stays."""
    log = AuditLog(tables)
    await log.begin(ENTRY)
    assert list((await log.page({})).entries) == [ENTRY]
    later = NOW + timedelta(seconds=2)
    await log.end(ENTRY.id, "refused", at=later, code="too_late")
    await log.end(ENTRY.id, "done", at=later)
    (found,) = (await log.page({"subject": "chk_1"})).entries
    assert found == replace(ENTRY, ended_at=later, outcome="refused", code="too_late")


async def test_entries_are_found_by_what_they_say(tables: Tables) -> None:
    """By each filter and by time; pages follow each other without gaps."""
    log = AuditLog(tables)
    for number in range(5):
        at = NOW + timedelta(minutes=number)
        name = "alice" if number % 2 else "bob"
        await log.begin(replace(ENTRY, id=f"aud_{number}", at=at, operator=name))
        await log.end(f"aud_{number}", "done", at=at)
    found, after = [], None
    while True:
        page = await log.page({}, after=after, limit=2)
        found += [entry.id for entry in page.entries]
        after = page.next
        if after is None:
            break
    assert found == [f"aud_{number}" for number in (4, 3, 2, 1, 0)]
    assert len((await log.page({"operator": "alice", "outcome": "done"})).entries) == 2
    assert (await log.page({"outcome": ""})).entries == []
    since, until = NOW + timedelta(minutes=1), NOW + timedelta(minutes=3)
    assert len((await log.page({}, since=since, until=until)).entries) == 2


async def test_a_request_is_decided_once_and_in_time(tables: Tables) -> None:
    """Of two decisions one counts; what was asked is forgotten then."""
    requests = Requests(tables)
    await requests.put(REQUEST)
    assert await requests.get("req_1") == REQUEST
    assert await requests.decide("req_1", "approved", "bob", now=NOW)
    assert not await requests.decide("req_1", "rejected", "carol", now=NOW)
    await requests.close("req_1", "refused", code="too_late")
    found = await requests.get("req_1")
    assert found == replace(
        REQUEST, state="refused", code="too_late", decided_by="bob", decided_at=NOW, body={}
    )
    await requests.put(replace(REQUEST, id="req_2"))
    assert not await requests.decide("req_2", "approved", "bob", now=REQUEST.expires_at)
    assert await requests.page(state="waiting", now=REQUEST.expires_at) == []
    (expired,) = await requests.page(state="expired", now=REQUEST.expires_at)
    assert (expired.id, expired.body) == ("req_2", {})


async def test_a_selection_is_kept_for_as_long_as_it_counts(tables: Tables) -> None:
    """The same again is the same; old ones are forgotten."""
    requests = Requests(tables)
    old = Selection(digest="sha256:1", at=NOW, asked={"action": "retry"}, targets=[("c", "s", "x")])
    await requests.keep(old, forget=NOW)
    await requests.keep(old, forget=NOW)
    assert await requests.selection("sha256:1") == old
    new = replace(old, digest="sha256:2", at=NOW + timedelta(days=2))
    await requests.keep(new, forget=NOW + timedelta(days=1))
    assert await requests.selection("sha256:1") is None
    assert await requests.selection("sha256:2") == new
