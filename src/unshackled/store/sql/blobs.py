"""Sealed bytes in SQL, as base64."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, cast

from unshackled.domain.documents.signed_copy import SignedCopy
from unshackled.store.encoding import stamp
from unshackled.store.side_tables.blobs import StoredBlob
from unshackled.store.sql.retailer_keys import SCHEMA
from unshackled.store.sql.tables import Row, Statement, Tables

TABLES: Final[tuple[str, ...]] = (
    """
    CREATE TABLE IF NOT EXISTS blobs (
        checkout TEXT NOT NULL,
        digest TEXT NOT NULL,
        retailer TEXT NOT NULL,
        step TEXT NOT NULL,
        content_type TEXT NOT NULL,
        size INTEGER NOT NULL,
        at TEXT NOT NULL,
        sealed TEXT NOT NULL,
        PRIMARY KEY (checkout, digest)
    )
    """,
)
KNOWN: Final = "step, digest, content_type, size, at"
# Not of a checkout that was erased.
PUT: Final = f"""
    INSERT INTO blobs (checkout, retailer, {KNOWN}, sealed)
    SELECT ?, ?, ?, ?, ?, ?, ?, ?
    WHERE NOT EXISTS (
        SELECT 1 FROM {SCHEMA}.data_keys WHERE subject = ? AND wrapped = ''
    )
    ON CONFLICT (checkout, digest) DO NOTHING
    RETURNING digest
"""  # noqa: S608 - the names above
GET: Final = f"""
    SELECT {KNOWN}, sealed FROM blobs WHERE checkout = ? AND digest = ? AND retailer = ?
"""  # noqa: S608 - the names above
OF: Final = f"""
    SELECT {KNOWN} FROM blobs WHERE checkout = ? AND retailer = ? ORDER BY at, digest
"""  # noqa: S608 - the names above
# Of a checkout that is erased, in the transaction that erases it: the bytes, and their key.
ERASE: Final = "DELETE FROM blobs WHERE checkout = ?"
ERASE_KEY: Final = f"""
    UPDATE {SCHEMA}.data_keys SET wrapped = '', wrapped_by = '', erased_at = ?
    WHERE subject = ? AND wrapped <> ''
"""  # noqa: S608 - the names above


class SqlBlobStore:
    """The bytes of a database."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def put(self, blob: StoredBlob) -> bool:
        """Insert one; False where it is there, or nothing of its checkout is kept any more."""
        one = blob.copy
        values = (
            *(blob.checkout, blob.account, one.step, one.digest, one.content_type, one.size),
            *(stamp(one.at), b64encode(blob.sealed).decode(), blob.checkout),
        )
        (rows,) = await self._tables.write(Statement(PUT, values))
        return bool(rows)

    async def get(self, account: str, checkout: str, digest: str) -> StoredBlob | None:
        """One of a checkout of an account, by its digest."""
        for row in await self._tables.read(GET, checkout, digest, account):
            sealed = b64decode(cast("str", row[-1]))
            return StoredBlob(
                checkout=checkout, account=account, copy=_copy(row[:-1]), sealed=sealed
            )
        return None

    async def of(self, account: str, checkout: str) -> Sequence[SignedCopy]:
        """What there is of a checkout of an account, the oldest first, without the bytes."""
        return [_copy(row) for row in await self._tables.read(OF, checkout, account)]

    async def erase(self, checkout: str) -> int:
        """Delete all of a checkout; how many there were."""
        (rows,) = await self._tables.write(Statement(f"{ERASE} RETURNING digest", (checkout,)))
        return len(rows)


def _copy(row: Row) -> SignedCopy:
    step, digest, content_type, size, at = cast("tuple[Any, ...]", row)
    return SignedCopy(
        step=step,
        digest=digest,
        content_type=content_type,
        size=int(size),
        at=datetime.fromisoformat(at),
    )
