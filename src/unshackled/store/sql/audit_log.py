"""The audit log in SQL: `audit_entries` and `audit_outcomes` are only ever inserted into.

An entry is written before its action is carried out, its outcome after: an entry without an outcome
was cut off in between.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, cast

from unshackled.store import encoding
from unshackled.store.side_tables.audit_log import FILTERS, AuditRecord, AuditRecordPage
from unshackled.store.sql.tables import Row, Statement, Tables, Value

TABLES: Final[tuple[str, ...]] = (
    """
    CREATE TABLE IF NOT EXISTS audit_entries (
        id TEXT PRIMARY KEY,
        at TEXT NOT NULL,
        operator TEXT NOT NULL,
        action TEXT NOT NULL,
        retailer TEXT NOT NULL,
        subject TEXT NOT NULL,
        step TEXT NOT NULL,
        reason TEXT NOT NULL,
        evidence TEXT NOT NULL,
        detail TEXT NOT NULL,
        trace TEXT NOT NULL,
        request TEXT NOT NULL,
        part_of TEXT NOT NULL
    )
    """,
    "CREATE INDEX IF NOT EXISTS audit_entries_by_time ON audit_entries (at, id)",
    "CREATE INDEX IF NOT EXISTS audit_entries_of ON audit_entries (subject, at, id)",
    """
    CREATE TABLE IF NOT EXISTS audit_outcomes (
        entry TEXT PRIMARY KEY,
        at TEXT NOT NULL,
        outcome TEXT NOT NULL,
        code TEXT NOT NULL
    )
    """,
)
COLUMNS: Final = (
    "id, at, operator, action, retailer, subject, step, reason, evidence, detail, trace, request,"
    " part_of"
)
READ: Final = (
    "e.id, e.at, e.operator, e.action, e.retailer, e.subject, e.step, e.reason, e.evidence,"
    " e.detail, e.trace, e.request, e.part_of, o.at, o.outcome, o.code"
)
PUT: Final = f"""
    INSERT INTO audit_entries ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (id) DO NOTHING RETURNING id
"""  # noqa: S608 - the names above
END: Final = """
    INSERT INTO audit_outcomes (entry, at, outcome, code) VALUES (?, ?, ?, ?)
    ON CONFLICT (entry) DO NOTHING
"""


class SqlAuditLog:
    """The audit log of a database."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def begin(self, entry: AuditRecord) -> None:
        """Write down what is about to be done."""
        values = (
            entry.id,
            encoding.stamp(entry.at),
            *(entry.operator, entry.action, entry.retailer, entry.subject, entry.step),
            *(entry.reason, entry.evidence, json.dumps(dict(entry.detail), sort_keys=True)),
            *(entry.trace, entry.request, entry.part_of),
        )
        await self._tables.write(Statement(PUT, values, must=True))

    async def end(self, entry: str, outcome: str, *, at: datetime, code: str = "") -> None:
        """Write down what came of it; the first outcome stays."""
        await self._tables.write(Statement(END, (entry, encoding.stamp(at), outcome, code)))

    async def page(
        self,
        wanted: Mapping[str, str | None],
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        after: str | None = None,
        limit: int = 50,
    ) -> AuditRecordPage:
        """Entries, the newest first; raises `ValueError` for a cursor that no page gave.

        `wanted` are exact values of `FILTERS` and of `outcome`.
        """
        wheres, values = ["1 = 1"], list[Value]()
        for name in FILTERS:
            if wanted.get(name) is not None:
                wheres.append(f"e.{name} = ?")
                values.append(wanted[name])
        if wanted.get("outcome") is not None:
            wheres.append("COALESCE(o.outcome, '') = ?")
            values.append(wanted["outcome"])
        for moment, compare in ((since, ">="), (until, "<")):
            if moment is not None:
                wheres.append(f"e.at {compare} ?")
                values.append(encoding.stamp(moment))
        if after is not None:
            wheres.append("(e.at, e.id) < (?, ?)")
            values.extend(encoding.decode(after))
        sql = f"""
            SELECT {READ} FROM audit_entries e LEFT JOIN audit_outcomes o ON o.entry = e.id
            WHERE {" AND ".join(wheres)} ORDER BY e.at DESC, e.id DESC LIMIT ?
        """  # noqa: S608 - the names above
        found = [_entry(row) for row in await self._tables.read(sql, *values, limit + 1)]
        last = found[limit - 1] if len(found) > limit else None
        return AuditRecordPage(
            entries=found[:limit],
            next=encoding.encode(encoding.stamp(last.at), last.id) if last else None,
        )


def _entry(row: Row) -> AuditRecord:
    (key, at, *texts, detail, trace, request, part_of, ended, outcome, code) = cast(
        "tuple[Any, ...]", row
    )
    operator, action, retailer, subject, step, reason, evidence = texts
    return AuditRecord(
        id=key,
        at=datetime.fromisoformat(at),
        operator=operator,
        action=action,
        retailer=retailer,
        subject=subject,
        step=step,
        reason=reason,
        evidence=evidence,
        detail=json.loads(detail),
        trace=trace,
        request=request,
        part_of=part_of,
        ended_at=datetime.fromisoformat(ended) if ended else None,
        outcome=outcome or "",
        code=code or "",
    )
