"""Data keys in SQL, in the schema of keys; what is wrapped is base64, and empty once deleted."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, cast

from unshackled.store.encoding import stamp
from unshackled.store.side_tables.data_keys import StoredDataKey
from unshackled.store.sql.retailer_keys import SCHEMA
from unshackled.store.sql.tables import Row, Statement, Tables, Value

TABLES: Final[tuple[str, ...]] = (
    f"""
    CREATE TABLE {SCHEMA}.data_keys (
        subject TEXT NOT NULL PRIMARY KEY,
        retailer TEXT NOT NULL,
        id TEXT NOT NULL,
        wrapped_by TEXT NOT NULL,
        wrapped TEXT NOT NULL,
        created_at TEXT NOT NULL,
        erased_at TEXT NOT NULL
    )
    """,
)
COLUMNS: Final = "subject, retailer, id, wrapped_by, wrapped, created_at, erased_at"
SELECT: Final = f"SELECT {COLUMNS} FROM {SCHEMA}.data_keys"  # noqa: S608 - the names above
ADD: Final = f"""
    INSERT INTO {SCHEMA}.data_keys ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (subject) DO NOTHING RETURNING subject
"""  # noqa: S608 - the names above
DELETE: Final = f"""
    UPDATE {SCHEMA}.data_keys SET wrapped = '', wrapped_by = '', erased_at = ?
    WHERE subject = ? AND wrapped <> '' RETURNING subject
"""  # noqa: S608 - the names above
REWRAP: Final = f"""
    UPDATE {SCHEMA}.data_keys SET wrapped = ?, wrapped_by = ?
    WHERE subject = ? AND wrapped = ? RETURNING subject
"""  # noqa: S608 - the names above


class SqlDataKeys:
    """The data keys of a database."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def add(self, key: StoredDataKey) -> bool:
        """Insert one; False when its subject has, or had, one already."""
        (rows,) = await self._tables.write(Statement(ADD, values_of(key)))
        return bool(rows)

    async def get(self, subject: str) -> StoredDataKey | None:
        """The key of a subject, or the mark that it was deleted."""
        rows = await self._tables.read(f"{SELECT} WHERE subject = ?", subject)
        return data_key_of(rows[0]) if rows else None

    async def delete(self, subject: str, *, now: datetime) -> bool:
        """Delete a key for good, and leave a mark; False when there is none, or only a mark."""
        (rows,) = await self._tables.write(Statement(DELETE, (stamp(now), subject)))
        return bool(rows)

    async def under(self, retailer_key: str, *, limit: int) -> Sequence[StoredDataKey]:
        """Some of those that a retailer key wraps."""
        sql = f"{SELECT} WHERE wrapped_by = ? LIMIT ?"
        return [data_key_of(row) for row in await self._tables.read(sql, retailer_key, limit)]

    async def rewrap(self, keys: Sequence[tuple[StoredDataKey, StoredDataKey]]) -> int:
        """Replace how keys are wrapped, (before, after) each; how many still were as before."""
        changes = [
            Statement(REWRAP, (_text(after), after.wrapped_by, after.subject, _text(before)))
            for before, after in keys
        ]
        return sum(map(len, await self._tables.write(*changes))) if changes else 0


def values_of(key: StoredDataKey) -> tuple[Value, ...]:
    """The columns of a key."""
    return (
        *(key.subject, key.retailer, key.id, key.wrapped_by, _text(key)),
        *(stamp(key.created_at), stamp(key.erased_at) if key.erased_at is not None else ""),
    )


def data_key_of(row: Row | Sequence[Any]) -> StoredDataKey:
    """The key of `COLUMNS`."""
    subject, retailer, id_, wrapped_by, wrapped, created, erased = cast("tuple[str, ...]", row)
    return StoredDataKey(
        subject=subject,
        retailer=retailer,
        id=id_,
        wrapped_by=wrapped_by,
        wrapped=b64decode(wrapped) if wrapped else None,
        created_at=datetime.fromisoformat(created),
        erased_at=datetime.fromisoformat(erased) if erased else None,
    )


def _text(key: StoredDataKey) -> str:
    return b64encode(key.wrapped).decode() if key.wrapped is not None else ""
