"""The PostgreSQL store keeps what every store promises, on a real server."""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import fields
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from unshackled.domain.checkout import Private
from unshackled.domain.erasure import ERASED
from unshackled.domain.records import replace
from unshackled.errors import Conflict
from unshackled.store import encoding
from unshackled.store.postgres import PostgresStore
from unshackled.store.snapshot import NOTHING
from unshackled.store.stored_records import EventRow
from unshackled.testing.known_keys import KEYS
from unshackled.testing.made_up_checkouts import change_of, checkout_of, created, next_of
from unshackled.testing.samples import NOW, TRADE_IN
from unshackled.testing.servers import PostgresServer
from unshackled.testing.store_appends import RECORD
from unshackled.testing.store_contract import Opener, StoreContract
from unshackled.testing.store_queries import TOKEN

SOON = NOW + timedelta(minutes=1)
SECRETS = (TRADE_IN.imei, "c-1", "Featherstone", "+447700900123", "00012345")


class TestPostgresStore(StoreContract):
    @pytest.fixture
    def opener(self, emptied_url: str) -> Opener:
        return lambda: PostgresStore(emptied_url, keys=KEYS)


@pytest.fixture
async def store(postgres_url: str) -> AsyncIterator[PostgresStore]:
    made = PostgresStore(postgres_url, keys=KEYS)
    await made.open()
    yield made
    await made.close()


@pytest.fixture
async def link(postgres_url: str) -> AsyncIterator[Any]:
    """A connection of somebody else's."""
    made = await asyncpg.connect(postgres_url)
    yield made
    await made.close()


async def test_an_append_is_one_statement(
    postgres: PostgresServer, postgres_url: str, link: Any
) -> None:
    """Row, events, references and idempotency record go in one round trip and nothing besides."""
    database = postgres_url.rpartition("/")[2]
    await link.execute(f"ALTER DATABASE {database} SET log_statement = 'all'")
    store = PostgresStore(postgres_url, size=1, keys=KEYS)
    await store.open()
    await store.append(change_of(checkout_of("chk_0")))  # the driver asks once what arrays are
    checkout = checkout_of()
    before = len(postgres.log.read_text())
    await store.append(change_of(checkout, references=["REF"], idempotency=RECORD))
    again = replace(RECORD, key="order-2")
    await store.append(change_of(next_of(checkout), references=["REF2"], idempotency=again))
    said = postgres.log.read_text()[before:]
    await store.close()
    assert re.findall(r"LOG:  (?:execute|statement)[^:]*:\s+(\w+ \w+)", said) == ["WITH w"] * 2


async def test_a_conflict_writes_nothing_whichever_it_is(store: PostgresStore, link: Any) -> None:
    """An outdated version, a foreign reference and a used key leave each table as it was."""
    await store.append(change_of(checkout_of("old"), references=["REF"], idempotency=RECORD))
    await store.append(change_of(checkout_of("chk_1")))
    before = await _everything(link)
    following = next_of(checkout_of("chk_1"))
    free = replace(RECORD, key="free")
    for wrong in (
        change_of(replace(following, version=5), references=["NEW"], idempotency=free),
        change_of(following, references=["NEW", "REF"], idempotency=free),
        change_of(following, references=["NEW"], idempotency=RECORD),
    ):
        with pytest.raises(Conflict):
            await store.append(wrong)
    assert await _everything(link) == before


async def _everything(link: Any) -> list[Sequence[Any]]:
    tables = ("checkouts", "events", "refs", "idempotency")
    return [await link.fetch(f"SELECT * FROM {table} ORDER BY 1, 2") for table in tables]  # noqa: S608


async def test_stores_never_share_a_claim(postgres_url: str, store: PostgresStore) -> None:
    """Replicas with connections of their own, in rounds, get each due checkout exactly once."""
    names = [f"chk_{number:03}" for number in range(120)]
    for change in created(names, wake_at=NOW):
        await store.append(change)
    async with AsyncExitStack() as opened:
        replicas = [PostgresStore(postgres_url, size=3, keys=KEYS) for _ in range(3)]
        for replica in replicas:
            await replica.open()
            opened.push_async_callback(replica.close)

        async def work(replica: PostgresStore, owner: str) -> list[str]:
            got: list[str] = []
            while found := await replica.claim(owner, now=NOW, until=SOON, limit=7):
                got += found
            return got

        shares = await asyncio.gather(
            *(
                work(replica, f"{number}-{half}")
                for number, replica in enumerate(replicas)
                for half in "ab"
            )
        )
    assert sorted(name for share in shares for name in share) == names


async def test_a_checkout_that_is_being_written_is_not_claimed(
    store: PostgresStore, link: Any
) -> None:
    """Whoever looks for work does not wait for a writer; it takes the others."""
    for change in created(["busy", "free"], wake_at=NOW):
        await store.append(change)
    async with link.transaction():
        await link.execute("SELECT 1 FROM checkouts WHERE id = 'busy' FOR UPDATE")
        assert await store.claim("a", now=NOW, until=SOON, limit=9) == ["free"]
    assert await store.claim("a", now=NOW, until=SOON, limit=9) == ["busy"]


LATE = """
    INSERT INTO events (checkout, version, idx, retailer, type, at, data)
    VALUES ('late', 1, 0, 'northstar', 'step.passed.v1', now(), '{}')
"""


async def test_the_feed_waits_for_what_is_not_committed(store: PostgresStore, link: Any) -> None:
    """An event written earlier and committed later is not passed by; then both come in order."""
    late = link.transaction()
    await late.start()
    await link.execute(LATE)
    await store.append(change_of(checkout_of("early"), events=1))
    held = await store.feed(after=None, limit=9)
    assert (list(held.rows), held.cursor) == ([], None)
    await late.commit()
    page = await store.feed(after=held.cursor, limit=9)
    assert [row.id for row in page.rows] == ["late-1-0", "early-1-0"]


async def test_the_feed_misses_nothing_of_writers_that_take_their_time(
    store: PostgresStore, postgres_url: str
) -> None:
    """Followed all the while, transactions that overlap in every way are each seen once."""
    pool = await asyncpg.create_pool(postgres_url, min_size=8, max_size=8)

    async def write(number: int) -> None:
        async with pool.acquire() as link, link.transaction():
            await link.execute(LATE.replace("late", f"w{number}"))
            for _ in range(number * 7 % 5):
                await link.execute("SELECT pg_sleep(0.002)")

    writing = asyncio.gather(*(write(number) for number in range(150)))
    seen: list[str] = []
    place = None
    while True:
        done = writing.done()
        page = await store.feed(after=place, limit=11)
        seen += [row.id for row in page.rows]
        place = page.cursor
        if done and not page.rows:
            break
    await writing
    await pool.close()
    assert sorted(seen) == sorted(f"w{number}-1-0" for number in range(150))


async def test_a_cursor_of_something_else_is_refused(store: PostgresStore) -> None:
    """It is our own mistake, and said as one."""
    with pytest.raises(ValueError, match="not a cursor that the feed gave"):
        await store.feed(after="chk_1", limit=1)


async def test_the_events_table_has_no_personal_column(link: Any) -> None:
    """An event row is what `EventRow` has, and its place in the feed."""
    rows = await link.fetch(
        "SELECT attname FROM pg_attribute WHERE attnum > 0 AND attrelid = 'events'::regclass"
    )
    columns = {row[0] for row in rows}
    assert columns == {field.name for field in fields(EventRow)} - {"index"} | {"idx", "tx", "seq"}


async def test_what_was_erased_before_there_were_keys_is_erased(
    store: PostgresStore, link: Any
) -> None:
    """No column shows anything personal; a checkout without its personal part goes on."""
    await store.append(change_of(checkout_of(), references=["REF"]))
    left = str(await _everything(link))
    assert [secret for secret in SECRETS if secret in left] == []
    await link.execute("UPDATE checkouts SET personal = $1", NOTHING)
    erased = await store.load("chk_1")
    assert erased is not None
    assert erased.private == Private()
    assert erased.package.trade_in is not None
    assert erased.package.trade_in.imei == ERASED
    await store.append(change_of(next_of(erased)))


@pytest.mark.parametrize("wanted", ["a\0b", "\ud800"])
async def test_what_no_row_can_hold_is_not_found(store: PostgresStore, wanted: str) -> None:
    """Ids come from addresses: those that PostgreSQL cannot store are unknown, not errors."""
    assert await store.load(wanted) is None
    assert await store.by_reference(wanted) is None
    assert await store.key(wanted) is None
    assert await store.token(wanted) is None
    assert await store.idempotency("scope", wanted) is None
    assert await store.events(wanted, after=None, limit=1) == []
    after = encoding.encode(encoding.stamp(NOW), "a\0b")
    page = await store.checkouts(wanted[:1], status=wanted, after=after, limit=1)
    assert page.rows == ()
    assert await store.sql.read("SELECT 1 WHERE ? = 'x'", wanted) == []


async def test_replicas_prune_at_once(postgres_url: str, store: PostgresStore) -> None:
    """Nobody waits for another, nothing is counted twice."""
    for change in created([f"chk_{number:02}" for number in range(30)], status="canceled"):
        await store.append(change)
    other = PostgresStore(postgres_url, keys=KEYS)
    await other.open()
    pruned = [0]
    while sum(pruned) < 60:
        ends = await asyncio.gather(
            *(one.prune(before=SOON, now=NOW, limit=7) for one in (store, other, store, other))
        )
        pruned += [end.events for end in ends]
    await other.close()
    assert sum(pruned) == 60
    assert (await store.feed(after=None, limit=1)).rows == []


async def test_a_token_of_another_is_not_as_expected(store: PostgresStore) -> None:
    """Every field of what is expected counts, empty ones too."""
    await store.put_token(TOKEN)
    used = replace(TOKEN, redeemed_at=NOW, browser="a")
    for other in (used, replace(TOKEN, token_hash="another"), replace(TOKEN, expires_at=NOW)):
        with pytest.raises(Conflict):
            await store.put_token(used, expected=other)
    await store.put_token(used, expected=TOKEN)
    assert await store.token(TOKEN.token_hash) == used
