"""Requests of operators, and selections of bulks, in SQL."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, cast

from unshackled.store import encoding
from unshackled.store.side_tables.operator_requests import ApprovalRequest, BulkSelection
from unshackled.store.sql.tables import Row, Statement, Tables, Value

TABLES: Final[tuple[str, ...]] = (
    """
    CREATE TABLE IF NOT EXISTS operator_requests (
        id TEXT PRIMARY KEY,
        at TEXT NOT NULL,
        expires_at TEXT NOT NULL,
        operator TEXT NOT NULL,
        action TEXT NOT NULL,
        retailer TEXT NOT NULL,
        subject TEXT NOT NULL,
        step TEXT NOT NULL,
        reason TEXT NOT NULL,
        evidence TEXT NOT NULL,
        seen TEXT NOT NULL,
        body TEXT NOT NULL,
        state TEXT NOT NULL,
        decided_by TEXT NOT NULL,
        decided_at TEXT NOT NULL,
        code TEXT NOT NULL
    )
    """,
    "CREATE INDEX IF NOT EXISTS operator_requests_by_state ON operator_requests (state, at, id)",
    """
    CREATE TABLE IF NOT EXISTS operator_selections (
        digest TEXT PRIMARY KEY,
        at TEXT NOT NULL,
        asked TEXT NOT NULL,
        targets TEXT NOT NULL
    )
    """,
)
COLUMNS: Final = (
    "id, at, expires_at, operator, action, retailer, subject, step, reason, evidence, seen, body,"
    " state, decided_by, decided_at, code"
)
PUT: Final = f"""
    INSERT INTO operator_requests ({COLUMNS})
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'waiting', '', '', '')
    ON CONFLICT (id) DO NOTHING RETURNING id
"""  # noqa: S608 - the names above
DECIDE: Final = """
    UPDATE operator_requests SET state = ?, decided_by = ?, decided_at = ?
    WHERE id = ? AND state = 'waiting' AND expires_at > ? RETURNING id
"""
# What was asked is needed no more, and may hold what a provider said of a customer.
CLOSE: Final = """
    UPDATE operator_requests SET state = ?, code = ?, body = '{}' WHERE id = ?
"""
EXPIRE: Final = """
    UPDATE operator_requests SET state = 'expired', body = '{}'
    WHERE state = 'waiting' AND expires_at <= ?
"""
# Of a checkout that was erased, in the transaction that erased it.
ERASE: Final = """
    UPDATE operator_requests SET state = 'expired', body = '{}'
    WHERE state = 'waiting' AND subject = ?
"""
KEEP: Final = """
    INSERT INTO operator_selections (digest, at, asked, targets) VALUES (?, ?, ?, ?)
    ON CONFLICT (digest) DO UPDATE SET at = excluded.at
"""
FORGET: Final = "DELETE FROM operator_selections WHERE at < ?"


class SqlOperatorRequests:
    """The requests and selections of a database."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def put(self, request: ApprovalRequest) -> None:
        """Keep a new request."""
        values = (
            request.id,
            encoding.stamp(request.at),
            encoding.stamp(request.expires_at),
            *(request.operator, request.action, request.retailer, request.subject, request.step),
            *(request.reason, request.evidence, request.seen, json.dumps(dict(request.body))),
        )
        await self._tables.write(Statement(PUT, values, must=True))

    async def get(self, request: str) -> ApprovalRequest | None:
        """One request."""
        sql = f"SELECT {COLUMNS} FROM operator_requests WHERE id = ?"  # noqa: S608 - names above
        rows = await self._tables.read(sql, request)
        return _request(rows[0]) if rows else None

    async def page(
        self, *, state: str | None, now: datetime, limit: int = 100
    ) -> Sequence[ApprovalRequest]:
        """The newest first; those whose time is over are marked so."""
        await self._tables.write(Statement(EXPIRE, (encoding.stamp(now),)))
        where, values = ("WHERE state = ?", [state]) if state else ("", list[Value]())
        sql = f"""
            SELECT {COLUMNS} FROM operator_requests {where} ORDER BY at DESC, id DESC LIMIT ?
        """  # noqa: S608 - the names above
        return [_request(row) for row in await self._tables.read(sql, *values, limit)]

    async def decide(self, request: str, state: str, by: str, *, now: datetime) -> bool:
        """Take a waiting request for approval or rejection; False when it waits no more."""
        at = encoding.stamp(now)
        ((*rows,),) = await self._tables.write(Statement(DECIDE, (state, by, at, request, at)))
        return bool(rows)

    async def close(self, request: str, state: str, *, code: str = "") -> None:
        """What came of it; its parameters are forgotten."""
        await self._tables.write(Statement(CLOSE, (state, code, request)))

    async def keep(self, selection: BulkSelection, *, forget: datetime) -> None:
        """Keep a selection, and forget those older than `forget`."""
        values = (
            selection.digest,
            encoding.stamp(selection.at),
            json.dumps(dict(selection.asked), sort_keys=True),
            json.dumps(selection.targets),
        )
        old = Statement(FORGET, (encoding.stamp(forget),))
        await self._tables.write(old, Statement(KEEP, values))

    async def selection(self, digest: str) -> BulkSelection | None:
        """A selection by its digest."""
        sql = "SELECT digest, at, asked, targets FROM operator_selections WHERE digest = ?"
        rows = await self._tables.read(sql, digest)
        if not rows:
            return None
        key, at, asked, targets = cast("tuple[Any, ...]", rows[0])
        return BulkSelection(
            digest=key,
            at=datetime.fromisoformat(at),
            asked=json.loads(asked),
            targets=[(checkout, step, seen) for checkout, step, seen in json.loads(targets)],
        )


def _request(row: Row) -> ApprovalRequest:
    (key, at, expires, *texts, body, state, decided_by, decided_at, code) = cast(
        "tuple[Any, ...]", row
    )
    operator, action, retailer, subject, step, reason, evidence, seen = texts
    return ApprovalRequest(
        id=key,
        at=datetime.fromisoformat(at),
        expires_at=datetime.fromisoformat(expires),
        operator=operator,
        action=action,
        retailer=retailer,
        subject=subject,
        step=step,
        reason=reason,
        evidence=evidence,
        seen=seen,
        body=json.loads(body),
        state=state,
        decided_by=decided_by,
        decided_at=datetime.fromisoformat(decided_at) if decided_at else None,
        code=code,
    )
