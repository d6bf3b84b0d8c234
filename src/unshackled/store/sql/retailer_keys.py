"""Keys of accounts in SQL, in the schema of keys; what is wrapped is base64."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, cast

from unshackled.store.encoding import stamp
from unshackled.store.side_tables.retailer_keys import KeyPurpose, StoredRetailerKey
from unshackled.store.sql.tables import Row, Statement, Tables

SCHEMA: Final = "unshackled_keys"
TABLES: Final[tuple[str, ...]] = (
    f"""
    CREATE TABLE {SCHEMA}.retailer_keys (
        id TEXT NOT NULL PRIMARY KEY,
        retailer TEXT NOT NULL,
        purpose TEXT NOT NULL,
        number INTEGER NOT NULL,
        master TEXT NOT NULL,
        wrapped TEXT NOT NULL,
        created_at TEXT NOT NULL,
        UNIQUE (retailer, purpose, number)
    )
    """,
)
COLUMNS: Final = "id, retailer, purpose, number, master, wrapped, created_at"
SELECT: Final = f"SELECT {COLUMNS} FROM {SCHEMA}.retailer_keys"  # noqa: S608 - the names above
ADD: Final = f"""
    INSERT INTO {SCHEMA}.retailer_keys ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT DO NOTHING RETURNING id
"""  # noqa: S608 - the names above
MASTERS: Final = f"SELECT DISTINCT master FROM {SCHEMA}.retailer_keys ORDER BY master"  # noqa: S608
REWRAP: Final = f"""
    UPDATE {SCHEMA}.retailer_keys SET master = ?, wrapped = ? WHERE id = ? AND wrapped = ?
    RETURNING id
"""  # noqa: S608 - the names above


class SqlRetailerKeys:
    """The keys of the accounts of a database."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def add(self, key: StoredRetailerKey) -> bool:
        """Insert one; False when its account has one of this number and purpose already."""
        values = (
            *(key.id, key.retailer, key.purpose, key.number),
            *(key.master, b64encode(key.wrapped).decode(), stamp(key.created_at)),
        )
        (rows,) = await self._tables.write(Statement(ADD, values))
        return bool(rows)

    async def get(self, key: str) -> StoredRetailerKey | None:
        """One by its id."""
        rows = await self._tables.read(f"{SELECT} WHERE id = ?", key)
        return _key(rows[0]) if rows else None

    async def of(self, retailer: str, purpose: KeyPurpose) -> Sequence[StoredRetailerKey]:
        """All of an account and purpose, the current one first."""
        sql = f"{SELECT} WHERE retailer = ? AND purpose = ? ORDER BY number DESC"
        return [_key(row) for row in await self._tables.read(sql, retailer, purpose)]

    async def page(self, *, after: str, limit: int) -> Sequence[StoredRetailerKey]:
        """Those of all accounts behind an id, by their ids."""
        sql = f"{SELECT} WHERE id > ? ORDER BY id LIMIT ?"
        return [_key(row) for row in await self._tables.read(sql, after, limit)]

    async def masters(self) -> Sequence[str]:
        """The master keys that something is wrapped by."""
        return [str(row[0]) for row in await self._tables.read(MASTERS)]

    async def rewrap(self, key: StoredRetailerKey, *, expected: bytes) -> bool:
        """Replace how a key is wrapped; False when it is not as `expected` any more."""
        wrapped, before = b64encode(key.wrapped).decode(), b64encode(expected).decode()
        (rows,) = await self._tables.write(Statement(REWRAP, (key.master, wrapped, key.id, before)))
        return bool(rows)


def _key(row: Row) -> StoredRetailerKey:
    id_, retailer, purpose, number, master, wrapped, created = cast("tuple[Any, ...]", row)
    return StoredRetailerKey(
        id=id_,
        retailer=retailer,
        purpose=cast("KeyPurpose", purpose),
        number=number,
        master=master,
        wrapped=b64decode(wrapped),
        created_at=datetime.fromisoformat(created),
    )
