"""What operators did, and what waits for a second person.

`audit_entries` and `audit_outcomes` are only ever inserted into: an entry is written before its
action is carried out, its outcome after. An entry without an outcome was cut off in between.
"""

from __future__ import annotations

from typing import Final

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
