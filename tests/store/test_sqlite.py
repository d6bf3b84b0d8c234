"""The SQLite store keeps what every store promises, and what a file of its own asks for."""

import os
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from dataclasses import fields
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from unshackled.domain.checkout import Private
from unshackled.domain.erasure import ERASED
from unshackled.domain.events.checkout_events import CheckoutCreated, InputReceived
from unshackled.domain.events.event import Event
from unshackled.domain.events.step_events import StepPassed
from unshackled.domain.personal import has_personal
from unshackled.domain.records import replace
from unshackled.errors import StoreUnavailable
from unshackled.store.memory import MemoryStore
from unshackled.store.snapshot import NOTHING
from unshackled.store.snapshot_sealer import SnapshotSealer
from unshackled.store.sql.tables import Statement
from unshackled.store.sqlite import SqliteStore, connect, reads, sharing
from unshackled.store.stored_records import EventRow
from unshackled.testing.known_keys import KEYS
from unshackled.testing.made_up_checkouts import change_of, checkout_of, next_of
from unshackled.testing.samples import NOW, TRADE_IN
from unshackled.testing.store_contract import Opener, StoreContract
from unshackled.testing.store_queries import KEY
from unshackled.testing.table_suites.quotes_suite import LIMIT, quote_at

BUSY = timedelta(milliseconds=20)
CHECKOUT = checkout_of()
SECRETS = (TRADE_IN.imei, "c-1", "Featherstone", "+447700900123", "00012345")
EVENTS: tuple[Event, ...] = (
    CheckoutCreated(
        id=CHECKOUT.id,
        retailer=CHECKOUT.retailer,
        flow=CHECKOUT.flow,
        digest=CHECKOUT.digest,
        currency="GBP",
        locale="en-GB",
        bucket=1,
        expires_at=NOW,
        selection=CHECKOUT.selection,
        package=CHECKOUT.package,
        quote=CHECKOUT.quote,
        steps=tuple(CHECKOUT.steps),
        customer_ref="c-1",
    ),
    InputReceived(step="contact", data={"family_name": "Featherstone"}),
    StepPassed(step="step_0", output={"check": "kyc_1"}, personal={"account": "00012345"}),
)
SEALER = SnapshotSealer(MemoryStore().key_ring, MemoryStore().tables.data_keys)


class TestSqliteStore(StoreContract):
    @pytest.fixture
    def opener(self, tmp_path: Path) -> Opener:
        return lambda: SqliteStore(tmp_path / "data" / "checkouts.db", keys=KEYS)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "checkouts.db"


@pytest.fixture
async def store(path: Path) -> AsyncIterator[SqliteStore]:
    made = SqliteStore(path, busy=BUSY, keys=KEYS)
    await made.open()
    yield made
    await made.close()


def _rows(path: Path, sql: str) -> list[Any]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(sql).fetchall()


def test_every_commit_reaches_the_disk(path: Path) -> None:
    """The writer logs ahead, flushes each commit and keeps foreign keys; the reader only reads."""
    with closing(connect.writer(path, BUSY)) as writer, closing(connect.reader(path, BUSY)) as it:
        assert writer.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert writer.execute("PRAGMA synchronous").fetchone() == (2,)
        assert writer.execute("PRAGMA foreign_keys").fetchone() == (1,)
        assert writer.execute("PRAGMA busy_timeout").fetchone() == (20,)
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            it.execute("DELETE FROM checkouts")


def test_the_events_table_has_no_personal_column(path: Path) -> None:
    """An event row is what `EventRow` has, and nothing in that is marked as personal."""
    connect.writer(path, BUSY).close()
    columns = {row[1] for row in _rows(path, "PRAGMA table_info(events)")}
    assert columns == {field.name for field in fields(EventRow)} - {"index"} | {"idx", "seq"}
    assert not has_personal(EventRow)


async def test_nothing_personal_lies_in_clear(store: SqliteStore, path: Path) -> None:
    """Of everything that is written for a checkout, no column shows anything personal."""
    rows = [
        EventRow(
            checkout=CHECKOUT.id,
            retailer=CHECKOUT.retailer,
            version=1,
            index=index,
            type=event.type,
            at=NOW,
            data=event.public(),
        )
        for index, event in enumerate(EVENTS)
    ]
    await store.append(replace(change_of(CHECKOUT, references=["REF"]), events=rows))
    with closing(sqlite3.connect(path)) as connection:
        left = "\n".join(connection.iterdump())
    assert [secret for secret in SECRETS if secret in left] == []


async def test_nothing_personal_of_a_quote_is_in_the_file(store: SqliteStore, path: Path) -> None:
    """Its raw pages, also those that wait in the log, have the device and not its number."""
    quote = quote_at(NOW)
    assert (await store.tables.quotes.add(quote, LIMIT)).new
    raw = b"".join(one.read_bytes() for one in sorted(path.parent.glob(f"{path.name}*")))
    assert (quote.id.encode() in raw, TRADE_IN.model.encode() in raw) == (True, True)
    assert [secret for secret in SECRETS if secret.encode() in raw] == []


async def test_a_quote_of_a_newer_version_is_refused(store: SqliteStore, path: Path) -> None:
    """With what it has and this version does not know, named; nothing is written over it."""
    quote = quote_at(NOW)
    await store.tables.quotes.add(quote, LIMIT)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE quotes SET body = json_set(body, '$.quote.colour', 'red')")
    with pytest.raises(ValueError, match="colour"):
        await store.tables.quotes.get("northstar", quote.id)
    assert not (await store.tables.quotes.add(quote, LIMIT)).new


async def test_what_was_erased_before_there_were_keys_is_erased(
    store: SqliteStore, path: Path
) -> None:
    """A checkout whose personal part was overwritten loads, goes on, and keeps its events."""
    await store.append(change_of(CHECKOUT))
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE checkouts SET personal = ?", (NOTHING.decode(),))
    erased = await store.load("chk_1")
    assert erased is not None
    assert erased.private == Private()
    assert erased.package.trade_in is not None
    assert erased.package.trade_in.imei == ERASED
    await store.append(change_of(next_of(erased)))
    assert len(await store.events("chk_1", after=None, limit=10)) == 4


async def test_followers_are_given_what_the_file_has(path: Path, store: SqliteStore) -> None:
    """What was appended a moment ago comes out of memory, the same as it is read from the file."""
    first, second = change_of(CHECKOUT), change_of(next_of(CHECKOUT))
    for change in (first, second):
        await store.append(change)
    handed_on = await store.feed(after=None, limit=100)
    another = SqliteStore(path, busy=BUSY, keys=KEYS)
    await another.open()
    try:
        assert await another.feed(after=None, limit=100) == handed_on
        assert list(handed_on.rows) == [*first.events, *second.events]
        # What another process appends is read, beside what this one remembers.
        third = change_of(next_of(next_of(CHECKOUT)))
        await another.append(third)
        later = await store.feed(after=None, limit=100)
    finally:
        await another.close()
    assert list(later.rows) == [*handed_on.rows, *third.events]


COMPLETED = {"retailer": "northstar", "status": "completed"}
ATTENTION = {"retailer": "northstar", "attention": "in_doubt"}
QUERIES: dict[str, Callable[[sqlite3.Connection], object]] = {
    "load": lambda it: reads.checkout(it, "chk_1", SEALER),
    "by_reference": lambda it: reads.by_reference(it, "REF"),
    "claim": lambda it: sharing.claim(it, "a", ("2026", "2026"), 10),
    "list": lambda it: reads.page(it, {"retailer": "northstar"}, None, 10, SEALER),
    "list after": lambda it: reads.page(
        it, {"retailer": "northstar"}, ("2026", "chk_1"), 10, SEALER
    ),
    "list of a status": lambda it: reads.page(it, COMPLETED, ("2026", "c"), 10, SEALER),
    "list of attention": lambda it: reads.page(it, ATTENTION, ("2026", "c"), 10, SEALER),
    "places": lambda it: reads.places(it, 7, 10),
    "feed": lambda it: reads.feed(it, 7, 10),
    "cursor": lambda it: reads.cursor_of(it, "relay"),
    "release": lambda it: sharing.release(it, "a"),
    "events": lambda it: reads.events(it, "chk_1", (1, 1), 10),
    "idempotency": lambda it: reads.idempotency(it, "scope", "key"),
    "key": lambda it: reads.key(it, "key_1"),
    "token": lambda it: reads.token(it, "hash"),
    "flow": lambda it: reads.flow(it, "digest"),
    "open_digests": reads.open_digests,
}


@pytest.mark.parametrize("name", QUERIES)
def test_no_query_grows_with_the_store(path: Path, name: str) -> None:
    """Every query goes by an index and sorts nothing: a million checkouts cost what ten cost."""
    with closing(connect.writer(path, BUSY)) as connection:
        asked: list[str] = []
        connection.set_trace_callback(asked.append)
        QUERIES[name](connection)
        connection.set_trace_callback(None)
        plan = connection.execute(f"EXPLAIN QUERY PLAN {asked[0]}").fetchall()
    steps = [row[3] for row in plan]
    fine = ("SEARCH", "LIST SUBQUERY", "checkouts_open")
    assert [step for step in steps if not any(word in step for word in fine)] == []


@pytest.fixture(params=["a folder", "below a file", "not a database"])
def unusable(request: pytest.FixtureRequest, path: Path) -> Path:
    """A path that no database can be at."""
    if request.param == "a folder":
        path.mkdir()
    else:
        path.write_bytes(b"no database at all" * 100)
    return path / "checkouts.db" if request.param == "below a file" else path


async def test_a_file_that_cannot_be_used_is_unavailable(unusable: Path) -> None:
    """Opening says that the store is away, in our words."""
    with pytest.raises(StoreUnavailable, match="database"):
        await SqliteStore(unusable, keys=KEYS).open()


async def test_a_locked_file_is_unavailable(store: SqliteStore, path: Path) -> None:
    """While another process holds the write lock for too long nothing is written; then it is."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnavailable, match="locked"):
            await store.append(change_of(CHECKOUT))
        with pytest.raises(StoreUnavailable):
            await store.ping()
        assert await store.load("chk_1") is None
    await store.append(change_of(CHECKOUT))
    assert await store.load("chk_1") == CHECKOUT


async def test_a_full_or_read_only_file_is_not_ready(store: SqliteStore) -> None:
    """The ping needs what an append needs; once there is room again it passes."""
    await store.sql.write(Statement("PRAGMA max_page_count = 1"))
    with pytest.raises(StoreUnavailable, match="full"):
        await store.ping()
    await store.sql.write(Statement("PRAGMA max_page_count = 1000000"))
    await store.ping()
    await store.sql.write(Statement("PRAGMA query_only = ON"))
    with pytest.raises(StoreUnavailable):
        await store.ping()


async def test_the_file_is_readable_by_its_owner_alone(tmp_path: Path) -> None:
    """Those beside it too, whatever the umask, and one that was made with another mode."""
    for name in ("new.db", "old.db"):
        path = tmp_path / "folder" / name
        if name == "old.db":
            path.touch(0o644)
        before = os.umask(0)
        try:
            store = SqliteStore(path, keys=KEYS)
            await store.open()
            await store.put_key(KEY)
            modes = {one.name: one.stat().st_mode & 0o777 for one in path.parent.glob(f"{name}*")}
        finally:
            os.umask(before)
            await store.close()
        assert modes.keys() >= {name, f"{name}-wal"}
        assert set(modes.values()) == {0o600}


async def test_one_server_has_a_file_at_a_time(tmp_path: Path) -> None:
    """A second one does not open it; a command may, and a server after the first ended."""
    first, second = (SqliteStore(tmp_path / "a.db", alone=True, keys=KEYS) for _ in range(2))
    await first.open()
    with pytest.raises(StoreUnavailable, match="another server"):
        await second.open()
    command = SqliteStore(tmp_path / "a.db", keys=KEYS)
    await command.open()
    await command.ping()
    await command.close()
    await first.close()
    await second.open()
    await second.ping()
    await second.close()
