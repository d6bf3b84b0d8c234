"""The tables of the SQLite store, as numbered steps; `PRAGMA user_version` counts those applied.

The file of keys has steps, and a count, of its own. A step that was released never changes: what
comes later is a new step. Times are text in UTC of one width, so that they sort; JSON is text.
Nothing in `events` is personal, ever.
"""

from __future__ import annotations

import sqlite3
from typing import Final

from unshackled.errors import StoreError
from unshackled.store import device_claims, sql
from unshackled.store.sql import data_keys, retailer_keys
from unshackled.store.sqlite import indexing
from unshackled.store.sqlite.worker import take_back

TABLES: Final = (
    """
    CREATE TABLE checkouts (
        id TEXT NOT NULL PRIMARY KEY,
        retailer TEXT NOT NULL,
        version INTEGER NOT NULL,
        status TEXT NOT NULL,
        settled INTEGER NOT NULL,
        ended INTEGER NOT NULL,
        created_at TEXT NOT NULL,
        updated_at TEXT NOT NULL,
        wake_at TEXT,
        digest TEXT NOT NULL,
        snapshot TEXT NOT NULL,
        personal TEXT NOT NULL
    )
    """,
    "CREATE INDEX checkouts_due ON checkouts (wake_at, id) WHERE wake_at IS NOT NULL",
    "CREATE INDEX checkouts_list ON checkouts (retailer, created_at DESC, id DESC)",
    "CREATE INDEX checkouts_status ON checkouts (retailer, status, created_at DESC, id DESC)",
    "CREATE INDEX checkouts_open ON checkouts (digest) WHERE ended = 0",
    """
    CREATE TABLE events (
        checkout TEXT NOT NULL REFERENCES checkouts (id),
        version INTEGER NOT NULL,
        idx INTEGER NOT NULL,
        retailer TEXT NOT NULL,
        type TEXT NOT NULL,
        at TEXT NOT NULL,
        data TEXT NOT NULL,
        PRIMARY KEY (checkout, version, idx)
    )
    """,
    """
    CREATE TABLE refs (
        reference TEXT NOT NULL PRIMARY KEY,
        checkout TEXT NOT NULL REFERENCES checkouts (id)
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE idempotency (
        scope TEXT NOT NULL,
        key TEXT NOT NULL,
        body_digest TEXT NOT NULL,
        resource TEXT NOT NULL,
        status INTEGER NOT NULL,
        created_at TEXT NOT NULL,
        PRIMARY KEY (scope, key)
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE api_keys (
        id TEXT NOT NULL PRIMARY KEY,
        retailer TEXT NOT NULL,
        kind TEXT NOT NULL,
        secret_hash TEXT NOT NULL,
        scopes TEXT NOT NULL,
        origins TEXT NOT NULL,
        created_at TEXT NOT NULL,
        revoked_at TEXT
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE tokens (
        token_hash TEXT NOT NULL PRIMARY KEY,
        kind TEXT NOT NULL,
        checkout TEXT NOT NULL,
        retailer TEXT NOT NULL,
        expires_at TEXT NOT NULL,
        redeemed_at TEXT,
        browser TEXT
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE flows (
        digest TEXT NOT NULL PRIMARY KEY,
        retailer TEXT NOT NULL,
        name TEXT NOT NULL,
        resolved TEXT NOT NULL,
        stored_at TEXT NOT NULL
    )
    """,
)

# AUTOINCREMENT: a place in the feed is never given twice, though its event was pruned.
REPLICAS: Final = (
    "ALTER TABLE checkouts ADD COLUMN attention TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE checkouts ADD COLUMN claimed_by TEXT",
    "ALTER TABLE checkouts ADD COLUMN claimed_until TEXT",
    """
    CREATE INDEX checkouts_attention ON checkouts (retailer, created_at DESC, id DESC)
    WHERE attention <> ''
    """,
    "CREATE INDEX checkouts_claims ON checkouts (claimed_by) WHERE claimed_by IS NOT NULL",
    "ALTER TABLE events RENAME TO events_1",
    """
    CREATE TABLE events (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        checkout TEXT NOT NULL REFERENCES checkouts (id),
        version INTEGER NOT NULL,
        idx INTEGER NOT NULL,
        retailer TEXT NOT NULL,
        type TEXT NOT NULL,
        at TEXT NOT NULL,
        data TEXT NOT NULL,
        UNIQUE (checkout, version, idx)
    )
    """,
    """
    INSERT INTO events (checkout, version, idx, retailer, type, at, data)
    SELECT checkout, version, idx, retailer, type, at, data FROM events_1 ORDER BY rowid
    """,
    "DROP TABLE events_1",
    "CREATE TABLE cursors (name TEXT NOT NULL PRIMARY KEY, place TEXT NOT NULL) WITHOUT ROWID",
    """
    CREATE TABLE leases (
        name TEXT NOT NULL PRIMARY KEY,
        owner TEXT NOT NULL,
        until TEXT NOT NULL
    ) WITHOUT ROWID
    """,
    "CREATE INDEX idempotency_age ON idempotency (created_at)",
    "CREATE INDEX tokens_expiry ON tokens (expires_at)",
)

# `flow` is in the snapshot too. `lookups` holds keyed hashes only, and its key is made here, once.
LISTS: Final = (
    "ALTER TABLE checkouts ADD COLUMN flow TEXT NOT NULL DEFAULT ''",
    "UPDATE checkouts SET flow = json_extract(snapshot, '$.flow')",
    "CREATE INDEX checkouts_flow ON checkouts (retailer, flow, created_at DESC, id DESC)",
    """
    CREATE TABLE lookups (
        retailer TEXT NOT NULL,
        kind TEXT NOT NULL,
        hash TEXT NOT NULL,
        checkout TEXT NOT NULL REFERENCES checkouts (id),
        PRIMARY KEY (hash, checkout)
    ) WITHOUT ROWID
    """,
    "CREATE INDEX lookups_checkout ON lookups (checkout)",
    "CREATE TABLE lookup_key (key TEXT NOT NULL)",
    "INSERT INTO lookup_key (key) VALUES (lower(hex(randomblob(32))))",
)

# A personal part that is sealed is no text but bytes; one byte stands for an erased one.
SEALED: Final = ("CREATE INDEX checkouts_erased ON checkouts (id) WHERE personal = x'00'",)
# When personal data may be erased; what ended before there was such a time is looked at at once.
ERASURES: Final = (
    "ALTER TABLE checkouts ADD COLUMN erase_at TEXT",
    "UPDATE checkouts SET erase_at = updated_at WHERE ended = 1",
    "CREATE INDEX checkouts_erasable ON checkouts (erase_at, id) WHERE erase_at IS NOT NULL",
)

STEPS: Final[tuple[tuple[str, ...], ...]] = (
    TABLES,
    (*REPLICAS, *sql.TABLES),
    LISTS,
    indexing.TABLES,
    sql.stored_quotes.TABLES,
    SEALED,
    ERASURES,
    sql.blobs.TABLES,
    device_claims.TABLES,
    sql.stored_eligibilities.TABLES,
    sql.waiting_rooms.TABLES,
)
KEY_STEPS: Final[tuple[tuple[str, ...], ...]] = (
    (
        *retailer_keys.TABLES,
        *data_keys.TABLES,
        f"CREATE INDEX {retailer_keys.SCHEMA}.data_keys_wrapped_by ON data_keys (wrapped_by)",
    ),
    # Keys of rows that were in clear when the key was written, until they are sealed: `keys.py`.
    (
        f"""
        CREATE TABLE {retailer_keys.SCHEMA}.first_keys (
            subject TEXT PRIMARY KEY, id TEXT NOT NULL
        ) WITHOUT ROWID
        """,
    ),
)


def migrate_keys(connection: sqlite3.Connection) -> None:
    """The same for the file of keys, which is attached under the name of their schema."""
    migrate(connection, KEY_STEPS, f"{retailer_keys.SCHEMA}.")


def migrate(
    connection: sqlite3.Connection, steps: tuple[tuple[str, ...], ...] = STEPS, file: str = ""
) -> None:
    """Apply the steps a file has not seen, all or none; raises `StoreError` on a newer file."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        (applied,) = connection.execute(f"PRAGMA {file}user_version").fetchone()
        if applied > len(steps):
            raise StoreError(
                f"the database has schema {applied}, this version of unshackled knows up to "
                f"{len(steps)}: run the version that wrote it, or a later one"
            )
        for statement in (statement for step in steps[applied:] for statement in step):
            connection.execute(statement)
        connection.execute(f"PRAGMA {file}user_version = {len(steps)}")
        connection.execute("COMMIT")
    except BaseException:
        take_back(connection)
        raise
