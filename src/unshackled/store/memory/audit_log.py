"""The audit log in memory."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from unshackled.domain.records import replace
from unshackled.errors import Conflict
from unshackled.store import encoding
from unshackled.store.memory.tables import Ping, page_of, plain
from unshackled.store.side_tables.audit_log import FILTERS, AuditRecord, AuditRecordPage


class MemoryAuditLog:
    """Entries by their ids."""

    def __init__(self, ping: Ping) -> None:
        self._ping = ping
        self._rows: dict[str, AuditRecord] = {}

    async def begin(self, entry: AuditRecord) -> None:
        """Write down what is about to be done."""
        self._ping()
        if entry.id in self._rows:
            raise Conflict(f"{entry.id}: the id of an entry is given once")
        self._rows[entry.id] = replace(
            entry, detail=plain(dict(entry.detail)), ended_at=None, outcome="", code=""
        )

    async def end(self, entry: str, outcome: str, *, at: datetime, code: str = "") -> None:
        """Write down what came of it; the first outcome stays."""
        self._ping()
        row = self._rows.get(entry)
        if row is not None and row.ended_at is None:
            self._rows[entry] = replace(row, ended_at=at, outcome=outcome, code=code)

    async def page(
        self,
        wanted: Mapping[str, str | None],
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        after: str | None = None,
        limit: int = 50,
    ) -> AuditRecordPage:
        """Entries in [since, until), the newest first."""
        self._ping()
        asked = {
            name: wanted[name] for name in (*FILTERS, "outcome") if wanted.get(name) is not None
        }
        rows = (
            one
            for one in self._rows.values()
            if all(getattr(one, name) == value for name, value in asked.items())
            and (since is None or one.at >= since)
            and (until is None or one.at < until)
        )
        found, following = page_of(rows, _place, after=after, limit=limit)
        return AuditRecordPage(entries=found, next=following)


def _place(one: AuditRecord) -> tuple[str, str]:
    return encoding.stamp(one.at), one.id
