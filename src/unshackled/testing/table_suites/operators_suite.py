"""What the audit log, and requests for a second person, promise in every store."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from unshackled.domain.records import replace
from unshackled.errors import Conflict
from unshackled.store.side_tables import SideTables
from unshackled.store.side_tables.audit_log import AuditRecord
from unshackled.store.side_tables.operator_requests import ApprovalRequest, BulkSelection
from unshackled.testing.samples import NOW

LATER = NOW + timedelta(seconds=2)
ENTRY = AuditRecord(
    id="aud_1",
    at=NOW,
    operator="alice",
    action="retry",
    retailer="northstar",
    subject="chk_1",
    step="credit",
    reason="it is back",
    detail={"verdict": "passed", "more": [1, {"a": None}]},
)
REQUEST = ApprovalRequest(
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


class AuditPromises:
    """The audit log only grows."""

    async def test_an_entry_comes_back_as_it_was(self, tables: SideTables) -> None:
        """Without an outcome at first; the first outcome stays."""
        log = tables.audit_log
        await log.begin(ENTRY)
        assert list((await log.page({})).entries) == [ENTRY]
        await log.end(ENTRY.id, "refused", at=LATER, code="too_late")
        await log.end(ENTRY.id, "done", at=LATER)
        await log.end("aud_none", "done", at=LATER)
        (found,) = (await log.page({"subject": "chk_1"})).entries
        assert found == replace(ENTRY, ended_at=LATER, outcome="refused", code="too_late")

    async def test_an_id_is_given_once(self, tables: SideTables) -> None:
        """A second entry under it changes nothing of the first."""
        await tables.audit_log.begin(ENTRY)
        with pytest.raises(Conflict):
            await tables.audit_log.begin(replace(ENTRY, reason="another"))
        assert list((await tables.audit_log.page({})).entries) == [ENTRY]

    async def test_entries_are_found_by_what_they_say(self, tables: SideTables) -> None:
        """By each filter and by time; pages follow each other without gaps."""
        log = tables.audit_log
        for number in range(5):
            at = NOW + timedelta(minutes=number)
            name = "alice" if number % 2 else "bob"
            await log.begin(replace(ENTRY, id=f"aud_{number}", at=at, operator=name))
            await log.end(f"aud_{number}", "done", at=at)
        await log.begin(replace(ENTRY, id="aud_9", at=NOW, part_of="aud_1", subject="chk_2"))
        found, after = [], None
        while True:
            page = await log.page({"part_of": ""}, after=after, limit=2)
            found += [entry.id for entry in page.entries]
            after = page.next
            if after is None:
                break
        assert found == [f"aud_{number}" for number in (4, 3, 2, 1, 0)]
        asked: list[tuple[dict[str, str | None], dict[str, Any], int]] = [
            ({"operator": "alice", "outcome": "done", "action": None}, {}, 2),
            ({"outcome": ""}, {}, 1),
            ({"part_of": "aud_1"}, {}, 1),
            ({"action": "cancel"}, {}, 0),
            ({"retailer": "northstar", "subject": "chk_2"}, {}, 1),
            ({}, {"since": NOW + timedelta(minutes=1), "until": NOW + timedelta(minutes=3)}, 2),
        ]
        for wanted, span, count in asked:
            assert len((await log.page(wanted, **span)).entries) == count
        with pytest.raises(ValueError, match="cursor"):
            await log.page({}, after="!")


class RequestPromises:
    """Requests are decided once and in time; then nobody can read what was asked."""

    async def test_a_request_is_decided_once(self, tables: SideTables) -> None:
        """Of two who decide at the same time one does; its parameters go with its end."""
        requests = tables.requests
        await requests.put(REQUEST)
        assert await requests.get("req_1") == REQUEST
        assert await requests.get("req_none") is None
        ends = await asyncio.gather(
            *(requests.decide("req_1", "approved", "bob", now=NOW) for _ in range(2))
        )
        assert sorted(ends) == [False, True]
        approved = replace(REQUEST, state="approved", decided_by="bob", decided_at=NOW)
        assert await requests.get("req_1") == approved
        await requests.close("req_1", "refused", code="too_late")
        closed = replace(approved, state="refused", code="too_late", body={})
        assert await requests.get("req_1") == closed

    async def test_a_request_ends_with_its_time(self, tables: SideTables) -> None:
        """Nobody decides on it any more, and it is listed as expired, without parameters."""
        requests, over = tables.requests, REQUEST.expires_at
        await requests.put(REQUEST)
        await requests.put(replace(REQUEST, id="req_2", at=LATER, expires_at=over + (LATER - NOW)))
        assert not await requests.decide("req_1", "approved", "bob", now=over)
        assert not await requests.decide("req_none", "approved", "bob", now=NOW)
        assert [one.id for one in await requests.page(state=None, now=NOW)] == ["req_2", "req_1"]
        assert [one.id for one in await requests.page(state="waiting", now=over)] == ["req_2"]
        (expired,) = await requests.page(state="expired", now=over)
        assert expired == replace(REQUEST, state="expired", body={})
        assert len(await requests.page(state=None, now=over, limit=1)) == 1

    async def test_a_selection_is_kept_for_as_long_as_it_counts(self, tables: SideTables) -> None:
        """The same again is the same, only younger; old ones are deleted."""
        requests = tables.requests
        old = BulkSelection(
            digest="sha256:1", at=NOW, asked={"action": "retry"}, targets=[("c", "s", "x")]
        )
        await requests.keep(old, forget=NOW)
        young = replace(old, at=LATER)
        await requests.keep(replace(young, targets=[]), forget=NOW)
        assert await requests.selection("sha256:1") == young
        new = replace(old, digest="sha256:2", at=NOW + timedelta(days=2))
        await requests.keep(new, forget=NOW + timedelta(days=1))
        assert await requests.selection("sha256:1") is None
        assert await requests.selection("sha256:2") == new
