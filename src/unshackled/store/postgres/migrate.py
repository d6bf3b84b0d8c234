"""`unshackled migrate` on PostgreSQL: Alembic writes the SQL, asyncpg carries it out.

Alembic knows the revisions and their order; in its offline mode it needs no connection, and so no
second driver. Everything happens in one transaction under one lock: a migration is there whole or
not at all, and replicas that migrate at the same time wait for each other.
"""

from __future__ import annotations

from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Final

from unshackled.store.postgres import restored
from unshackled.store.postgres.pool import Link, Pool
from unshackled.store.postgres.schema import REVISIONS, require_current, revision

SCRIPTS: Final = Path(__file__).parent / "migrations"
LOCK: Final = 7_817_246_139_001  # any number that nobody else locks by
PATIENCE: Final = timedelta(minutes=30)  # a large table may take its time
CURRENT: Final = "SELECT version_num FROM alembic_version"
THERE: Final = "SELECT to_regclass('alembic_version') IS NOT NULL"


async def migrate(url: str) -> str:
    """Bring a database up to date; says what was done, in a line."""
    pool = Pool(url, size=1, patience=PATIENCE)
    await pool.open()
    try:
        before = await revision(pool)
        if before not in {None, *REVISIONS}:
            await require_current(pool)
        await pool.transaction(_up_to_date)
        await require_current(pool)
    finally:
        await pool.close()
    if before == REVISIONS[-1]:
        return f"{pool.name} is up to date: schema {REVISIONS[-1]}"
    return f"{pool.name} now has schema {REVISIONS[-1]}, before: {before or 'none'}"


async def _up_to_date(link: Link) -> None:
    await link.execute("SELECT pg_advisory_xact_lock($1)", LOCK)
    before = await link.fetchval(CURRENT) if await link.fetchval(THERE) else None
    if before != REVISIONS[-1]:
        await link.execute(script(before))
    if await link.fetchval(restored.AHEAD):
        for statement in restored.REPAIR:
            await link.execute(statement)


def script(before: str | None) -> str:
    """The SQL from one revision to the newest."""
    from alembic import command  # noqa: PLC0415 - it brings SQLAlchemy, which nothing else needs
    from alembic.config import Config  # noqa: PLC0415

    written = StringIO()
    config = Config(output_buffer=written)
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    command.upgrade(config, f"{before or 'base'}:head", sql=True)
    return written.getvalue()
