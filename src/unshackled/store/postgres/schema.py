"""The tables of the PostgreSQL store, and whether a database has them.

Unlike SQLite's file a database is shared: only `unshackled migrate` changes it, and a replica that
meets another schema than its own says so and does not start. Nothing in `events` is personal, ever.

No foreign keys: events and references are only ever written by the statement that writes their
checkout, and each key would be looked up once more for each row. Text sorts by its bytes, as in
Python and in SQLite, whatever the database's own collation is.
"""

from __future__ import annotations

import re
from typing import Final

import asyncpg

from unshackled.errors import StoreError
from unshackled.store.postgres import restored
from unshackled.store.postgres.pool import Pool
from unshackled.store.sql import data_keys, retailer_keys

REVISIONS: Final = (
    "0001",
    "0002",
    "0003",
    "0004",
    "0005",
    "0006",
    "0007",
    "0008",
    "0009",
    "0011",
)  # those in migrations/versions, in order
MIGRATE: Final = "run `unshackled migrate`"

# `tx` and `seq` are an event's place in the feed, see `sharing.FEED`.
TABLES: Final = (
    """
    CREATE TABLE checkouts (
        id text COLLATE "C" PRIMARY KEY,
        retailer text COLLATE "C" NOT NULL,
        version integer NOT NULL,
        status text COLLATE "C" NOT NULL,
        settled boolean NOT NULL,
        ended boolean NOT NULL,
        created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL,
        wake_at timestamptz,
        digest text COLLATE "C" NOT NULL,
        snapshot text NOT NULL,
        personal text NOT NULL,
        attention text[] NOT NULL,
        claimed_by text COLLATE "C",
        claimed_until timestamptz
    )
    """,
    "CREATE INDEX checkouts_due ON checkouts (wake_at, id) WHERE wake_at IS NOT NULL",
    "CREATE INDEX checkouts_list ON checkouts (retailer, created_at DESC, id DESC)",
    "CREATE INDEX checkouts_status ON checkouts (retailer, status, created_at DESC, id DESC)",
    """
    CREATE INDEX checkouts_attention ON checkouts (retailer, created_at DESC, id DESC)
    WHERE attention <> '{}'
    """,
    "CREATE INDEX checkouts_open ON checkouts (digest) WHERE NOT ended",
    "CREATE INDEX checkouts_claims ON checkouts (claimed_by) WHERE claimed_by IS NOT NULL",
    """
    CREATE TABLE events (
        checkout text COLLATE "C" NOT NULL,
        version integer NOT NULL,
        idx integer NOT NULL,
        retailer text COLLATE "C" NOT NULL,
        type text COLLATE "C" NOT NULL,
        at timestamptz NOT NULL,
        data text NOT NULL,
        tx xid8 NOT NULL DEFAULT pg_current_xact_id(),
        seq bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
        PRIMARY KEY (checkout, version, idx)
    )
    """,
    "CREATE INDEX events_feed ON events (tx, seq)",
    "CREATE INDEX events_age ON events (at)",
    """
    CREATE TABLE refs (
        reference text COLLATE "C" PRIMARY KEY,
        checkout text COLLATE "C" NOT NULL
    )
    """,
    """
    CREATE TABLE idempotency (
        scope text COLLATE "C" NOT NULL,
        key text COLLATE "C" NOT NULL,
        body_digest text COLLATE "C" NOT NULL,
        resource text COLLATE "C" NOT NULL,
        status integer NOT NULL,
        created_at timestamptz NOT NULL,
        PRIMARY KEY (scope, key)
    )
    """,
    "CREATE INDEX idempotency_age ON idempotency (created_at)",
    """
    CREATE TABLE api_keys (
        id text COLLATE "C" PRIMARY KEY,
        retailer text COLLATE "C" NOT NULL,
        kind text COLLATE "C" NOT NULL,
        secret_hash text COLLATE "C" NOT NULL,
        scopes text[] NOT NULL,
        origins text[] NOT NULL,
        created_at timestamptz NOT NULL,
        revoked_at timestamptz
    )
    """,
    """
    CREATE TABLE tokens (
        token_hash text COLLATE "C" PRIMARY KEY,
        kind text COLLATE "C" NOT NULL,
        checkout text COLLATE "C" NOT NULL,
        retailer text COLLATE "C" NOT NULL,
        expires_at timestamptz NOT NULL,
        redeemed_at timestamptz,
        browser text COLLATE "C"
    )
    """,
    "CREATE INDEX tokens_expiry ON tokens (expires_at)",
    """
    CREATE TABLE flows (
        digest text COLLATE "C" PRIMARY KEY,
        retailer text COLLATE "C" NOT NULL,
        name text COLLATE "C" NOT NULL,
        resolved text NOT NULL,
        stored_at timestamptz NOT NULL
    )
    """,
    """
    CREATE TABLE cursors (
        name text COLLATE "C" PRIMARY KEY,
        place text COLLATE "C" NOT NULL
    )
    """,
    """
    CREATE TABLE leases (
        name text COLLATE "C" PRIMARY KEY,
        owner text COLLATE "C" NOT NULL,
        until timestamptz NOT NULL
    )
    """,
)

# `lookups` holds keyed hashes only; its key is made here, once, of two random UUIDs.
LISTS: Final = (
    "ALTER TABLE checkouts ADD COLUMN flow text COLLATE \"C\" NOT NULL DEFAULT ''",
    "UPDATE checkouts SET flow = snapshot::jsonb ->> 'flow'",
    "CREATE INDEX checkouts_flow ON checkouts (retailer, flow, created_at DESC, id DESC)",
    """
    CREATE TABLE lookups (
        retailer text COLLATE "C" NOT NULL,
        kind text COLLATE "C" NOT NULL,
        hash text COLLATE "C" NOT NULL,
        checkout text COLLATE "C" NOT NULL,
        PRIMARY KEY (hash, checkout)
    )
    """,
    "CREATE INDEX lookups_checkout ON lookups (checkout)",
    "CREATE TABLE lookup_key (key text NOT NULL)",
    """
    INSERT INTO lookup_key (key)
    VALUES (replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''))
    """,
)


# How far the index was filled with checkouts of before it: `after` is NULL once it is whole.
FILL: Final = (
    """
    CREATE TABLE IF NOT EXISTS lookup_fill (
        mark text COLLATE "C" PRIMARY KEY,
        after text COLLATE "C"
    )
    """,
)

# Keys lie in a schema of their own, which a dump of the checkouts leaves out. A personal part that
# is sealed is no text but bytes.
KEYS: Final = (
    f"CREATE SCHEMA {retailer_keys.SCHEMA}",
    *(retailer_keys.TABLES + data_keys.TABLES),
    f"CREATE INDEX data_keys_wrapped_by ON {retailer_keys.SCHEMA}.data_keys (wrapped_by)",
    """
    ALTER TABLE checkouts ALTER COLUMN personal TYPE bytea USING convert_to(personal, 'UTF8')
    """,
)


# When personal data may be erased; what ended before there was such a time is looked at at once.
ERASURES: Final = (
    "ALTER TABLE checkouts ADD COLUMN erase_at timestamptz",
    "UPDATE checkouts SET erase_at = updated_at WHERE ended",
    "CREATE INDEX checkouts_erasable ON checkouts (erase_at, id) WHERE erase_at IS NOT NULL",
)


def portable(ddl: str) -> str:
    """A table of `store.sql.schema` with the widths and the sorting that SQLite gives it."""
    wide = re.sub(r"\bINTEGER\b", "BIGINT", ddl)
    return re.sub(r"\bTEXT\b", 'TEXT COLLATE "C"', wide)


async def require_current(pool: Pool) -> None:
    """Raise `StoreError` unless the tables are exactly what this code expects, on their server."""
    found = await revision(pool)
    if found == REVISIONS[-1]:
        row = await pool.row(restored.AHEAD)
        if row and row[0]:
            raise StoreError(f"{pool.name} was restored from another server's dump: {MIGRATE}")
        return
    if found is None:
        raise StoreError(f"{pool.name} has no tables of unshackled yet: {MIGRATE}")
    if found in REVISIONS:
        raise StoreError(f"{pool.name} has schema {found}, {REVISIONS[-1]} is needed: {MIGRATE}")
    raise StoreError(
        f"{pool.name} has schema {found}, this version of unshackled knows up to {REVISIONS[-1]}:"
        " run the version that made it, or a later one"
    )


async def revision(pool: Pool) -> str | None:
    """The schema of a database; None before the first."""
    try:
        row = await pool.row("SELECT version_num FROM alembic_version")
    except asyncpg.UndefinedTableError:
        return None
    return row[0] if row else None
