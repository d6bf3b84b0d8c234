"""The schema of the PostgreSQL store: who may use it, how it is brought up to date."""

import asyncio
from pathlib import Path

import asyncpg
import pytest
from alembic.script import ScriptDirectory

from unshackled.cli.root import run
from unshackled.errors import StoreError
from unshackled.store import open_store, sql
from unshackled.store.postgres import append, prune, reads, sharing, writes
from unshackled.store.postgres.migrate import SCRIPTS, migrate, script
from unshackled.store.postgres.schema import REVISIONS, portable
from unshackled.store.stored_records import Filter
from unshackled.testing.known_keys import KEYS
from unshackled.testing.made_up_checkouts import change_of, checkout_of, created
from unshackled.testing.samples import NOW
from unshackled.testing.servers import PostgresServer


async def _do(url: str, statement: str) -> list[str]:
    link = await asyncpg.connect(url)
    try:
        return [row[0] for row in await link.fetch(statement)]
    finally:
        await link.close()


def test_every_revision_is_known() -> None:
    """What start-up compares with, without Alembic, is what Alembic has."""
    there = ScriptDirectory(str(SCRIPTS)).walk_revisions()
    assert tuple(found.revision for found in there)[::-1] == REVISIONS
    assert script(REVISIONS[-1]).strip() == ""


async def test_a_database_that_needs_migrating_is_refused(postgres: PostgresServer) -> None:
    """No schema, an older one, a newer one: each says what to do."""
    url = postgres.create_database()
    store = open_store(url, keys=KEYS)
    with pytest.raises(StoreError, match="has no tables of unshackled yet: run `unshackled migrat"):
        await store.open()
    await migrate(url)
    await store.open()
    await store.close()
    await _do(url, "UPDATE alembic_version SET version_num = '9999'")
    for asked in (store.open(), migrate(url)):
        with pytest.raises(StoreError, match=r"has schema 9999, .* run the version that made it"):
            await asked


async def test_replicas_may_migrate_at_once(postgres: PostgresServer) -> None:
    """One does it, the others wait and find it done; doing it again is harmless."""
    url = postgres.create_database()
    told = await asyncio.gather(*(migrate(url) for _ in range(4)))
    assert all(line.startswith("the database test_") for line in told)
    assert (
        await migrate(url)
        == f"{told[0].partition(' now')[0]} is up to date: schema {REVISIONS[-1]}"
    )
    names = await _do(url, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    assert {"checkouts", "events", "dead_letters", "alembic_version"} <= set(names)


# As it was before there were keys; what the personal part held is gone here.
PLAIN = "ALTER COLUMN personal TYPE text USING '{}'"


async def test_checkouts_of_the_schema_before_are_listed_by_flow(postgres_url: str) -> None:
    """Their flow is read from the snapshot; the key of the index is made once and kept.

    Those that had ended are looked at by who erases.
    """
    store = open_store(postgres_url, keys=KEYS)
    await store.open()
    for change in created(["one", "two"]):
        await store.append(change)
    await store.close()
    for statement in ("lookups", "lookup_key", "device_claims"):
        await _do(postgres_url, f"DROP TABLE {statement}")
    await _do(postgres_url, "DROP SCHEMA unshackled_keys CASCADE")
    await _do(postgres_url, f"ALTER TABLE checkouts {PLAIN}")
    for column in ("flow", "erase_at"):
        await _do(postgres_url, f"ALTER TABLE checkouts DROP COLUMN {column}")
    await _do(postgres_url, "UPDATE checkouts SET ended = true WHERE id = 'two'")
    await _do(postgres_url, "UPDATE alembic_version SET version_num = '0001'")
    await migrate(postgres_url)
    await store.open()
    mine = Filter(flow="handset-on-credit")
    page = await store.checkouts("northstar", status=None, after=None, limit=9, only=mine)
    assert [row.checkout.id for row in page.rows] == ["two", "one"]
    assert await store.erasable(now=NOW, limit=9) == ["two"]
    await store.close()
    assert [len(key) for key in await _do(postgres_url, "SELECT key FROM lookup_key")] == [64]


async def test_a_migration_that_fails_leaves_nothing(postgres: PostgresServer) -> None:
    """It is one transaction: whoever repairs the cause migrates again."""
    url = postgres.create_database()
    await _do(url, "CREATE TABLE leases (in_the_way text)")
    with pytest.raises(asyncpg.DuplicateTableError):
        await migrate(url)
    assert await _do(url, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'") == [
        "leases"
    ]


async def test_a_dump_restored_elsewhere_loses_no_event(postgres_url: str) -> None:
    """Where transactions are counted anew, a replica waits for `migrate`; then all events come."""
    store = open_store(postgres_url, keys=KEYS)
    await store.open()
    for change in created(["one", "two", "three"]):
        await store.append(change)
    far = "(tx::text::bigint + 1000000000)::text::xid8"
    await _do(postgres_url, f"UPDATE events SET tx = {far}")  # noqa: S608 - the words above
    rows = await _do(postgres_url, "SELECT tx || '-' || seq FROM events ORDER BY tx, seq")
    await store.move_cursor("half", expected=None, to=rows[2])
    await store.move_cursor("done", expected=None, to=rows[-1])
    await store.move_cursor("else", expected=None, to="elsewhere")
    await store.close()
    with pytest.raises(StoreError, match="was restored from another server's dump: run `unshack"):
        await store.open()
    await migrate(postgres_url)
    await store.open()
    await store.append(change_of(checkout_of("new"), events=1))
    left = {}
    for name in ("half", "done"):
        page = await store.feed(after=await store.cursor(name), limit=9)
        left[name] = [row.id for row in page.rows]
    assert left == {"half": ["two-1-1", "three-1-0", "three-1-1", "new-1-0"], "done": ["new-1-0"]}
    assert await store.cursor("else") == "elsewhere"
    assert len((await store.feed(after=None, limit=9)).rows) == 7
    await store.close()


def test_the_command_says_no_password(
    postgres: PostgresServer, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor does its error."""
    url = postgres.create_database().replace("postgres@", "postgres:hunter2@")
    for address, code in ((url, 0), (url, 0), (url.replace("/test", "/no"), 2)):
        monkeypatch.setenv("UNSHACKLED_STORE", address)
        assert run(["migrate"]) == code
    seen = capsys.readouterr()
    assert "hunter2" not in seen.out + seen.err
    assert seen.out.splitlines()[0].endswith(f"now has schema {REVISIONS[-1]}, before: none")
    assert seen.err.startswith("UNSHACKLED_STORE: the database no_")


def test_widths_and_sorting_are_those_of_sqlite() -> None:
    """Amounts have 64 bits, text sorts by bytes."""
    assert portable("n INTEGER, t TEXT PRIMARY KEY") == 'n BIGINT, t TEXT COLLATE "C" PRIMARY KEY'
    assert all("INTEGER" not in portable(statement) for statement in sql.TABLES)


LIST = (
    f"SELECT {reads.SNAPSHOT} FROM {reads.WITH_KEYS}"  # noqa: S608 - the words above
    f" WHERE {reads.FILTERS['retailer'].format('$1')}"
)
NEWEST = " ORDER BY c.created_at DESC, c.id DESC LIMIT 10"
QUERIES = {
    "append": append.NEXT,
    "load": reads.CHECKOUT,
    "claim": sharing.CLAIM,
    "release": sharing.RELEASE,
    "postpone": sharing.POSTPONE,
    "feed": sharing.FEED,
    "list": f"{LIST} {NEWEST}",
    "list of a status": f"{LIST} AND {reads.FILTERS['status'].format('$2')} {NEWEST}",
    "list of a flow": f"{LIST} AND {reads.FILTERS['flow'].format('$2')} {NEWEST}",
    "list from a time": f"{LIST} AND {reads.FILTERS['created_from'].format('$2')} {NEWEST}",
    "list of attention": f"{LIST} AND {reads.FILTERS['attention'].format('$2')} {NEWEST}",
    "open digests": reads.OPEN_DIGESTS,
    "old events": prune.EVENTS,
    "old idempotency keys": prune.IDEMPOTENCY,
    "old tokens": prune.TOKENS,
    "token": writes.TOKEN_AS_EXPECTED,
}


@pytest.mark.parametrize("name", QUERIES)
async def test_every_query_has_an_index(postgres_url: str, name: str) -> None:
    """Whatever it looks for, no table is read from end to end."""
    link = await asyncpg.connect(postgres_url)
    await link.execute("SET enable_seqscan = off; SET plan_cache_mode = force_generic_plan")
    await link.execute(f"PREPARE asked AS {QUERIES[name]}")
    count = await link.fetchval(
        "SELECT cardinality(parameter_types) FROM pg_prepared_statements WHERE name = 'asked'"
    )
    nulls = ", ".join(["NULL"] * count)
    rows = await link.fetch(f"EXPLAIN EXECUTE asked{f'({nulls})' if count else ''}")
    await link.close()
    plan = "\n".join(row[0] for row in rows)
    assert "Seq Scan on" not in plan, plan
    assert "Sort Key: c.created_at" not in plan, plan


def test_the_migrations_are_in_the_package() -> None:
    """They are shipped beside the code that needs them."""
    assert SCRIPTS.parent == Path(append.__file__).parent
