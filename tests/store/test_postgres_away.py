"""What happens while PostgreSQL is away: a clear error soon, nothing half done, then it goes on."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest

from unshackled.errors import StoreUnavailable
from unshackled.proving.own_processes import OwnProcess
from unshackled.store.postgres import PostgresStore
from unshackled.store.postgres.database_errors import is_away, translated
from unshackled.store.postgres.pool import named
from unshackled.store.sql.tables import Statement
from unshackled.testing.known_keys import KEYS
from unshackled.testing.made_up_checkouts import change_of, checkout_of, created, next_of
from unshackled.testing.servers import PostgresServer

ROOT = Path(__file__).parents[2]
PATIENCE = timedelta(seconds=0.5)


@pytest.fixture
async def store(postgres_url: str) -> AsyncIterator[PostgresStore]:
    made = PostgresStore(postgres_url, keys=KEYS)
    await made.open()
    yield made
    await made.close()


@pytest.fixture
async def hasty(postgres_url: str) -> AsyncIterator[PostgresStore]:
    """A store that does not wait long."""
    made = PostgresStore(postgres_url, patience=PATIENCE, keys=KEYS)
    await made.open()
    yield made
    await made.close()


async def test_a_killed_database_is_found_again(
    postgres: PostgresServer, store: PostgresStore
) -> None:
    """Every call says that it is away; once it is back, the same store goes on."""
    checkout = checkout_of()
    await store.append(change_of(checkout))
    postgres.kill()
    for _ in range(2):
        for asked in (
            store.append(change_of(next_of(checkout))),
            store.load("chk_1"),
            store.ping(),
            store.sql.read("SELECT 1"),
            store.sql.write(Statement("SELECT 1", must=True)),
        ):
            with pytest.raises(StoreUnavailable, match="the database test_"):
                await asked
    postgres.start()
    assert await store.load("chk_1") == checkout
    await store.append(change_of(next_of(checkout)))


async def test_what_was_under_way_at_a_kill_is_whole_or_not_there(
    postgres: PostgresServer, store: PostgresStore
) -> None:
    """What was acknowledged is there; the rest has all of its rows, or none."""
    names = [f"chk_{number:03}" for number in range(400)]
    changes = created(names)
    ends: dict[str, bool] = {}

    async def append(number: int) -> None:
        name = names[number]
        try:
            await store.append(changes[number])
        except StoreUnavailable:
            ends[name] = False
        else:
            ends[name] = True
        if len(ends) == 100:
            postgres.kill()

    await asyncio.gather(*(append(number) for number in range(400)))
    postgres.start()
    assert {True, False} == set(ends.values())
    for name in names:
        there = await store.load(name) is not None
        assert there or not ends[name]
        assert len(await store.events(name, after=None, limit=9)) == (2 if there else 0)


async def test_a_database_that_is_silent_counts_as_away(
    postgres: PostgresServer, hasty: PostgresStore
) -> None:
    """No call waits for ever, however many there are; nor does closing."""
    await hasty.append(change_of(checkout_of()))
    postgres.pause()
    asked = [hasty.load("chk_1") for _ in range(30)]
    ends = await asyncio.gather(*asked, return_exceptions=True)
    assert {type(end) for end in ends} == {StoreUnavailable}
    assert "did not answer in time" in str(ends[0])
    postgres.resume()
    assert await hasty.load("chk_1") == checkout_of()
    postgres.pause()
    await hasty.close()
    postgres.resume()


async def test_a_caller_who_leaves_a_silent_database_leaves_at_once(
    postgres: PostgresServer, hasty: PostgresStore
) -> None:
    """Its connection is dropped, for nobody knows what is on it; the others go on."""
    postgres.pause()
    for _ in range(20):
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(hasty.load("chk_1"), 0.01)
    postgres.resume()
    assert await hasty.load("chk_1") is None


async def test_opening_without_a_database_says_so(postgres: PostgresServer) -> None:
    """In one line that names it, without the password."""
    wrong = {
        postgres.url_of("nowhere"): 'database "nowhere" does not exist',
        "postgresql://shop:hunter2@127.0.0.1:1/checkouts": "checkouts at 127.0.0.1:1 cannot be",
        "postgresql://shop:hunter2@shop.invalid:1/c": "the database c at shop.invalid:1",
        postgres.url.replace("postgres@", "shop:hunter2@"): 'role "shop" does not exist',
    }
    for url, says in wrong.items():
        with pytest.raises((StoreUnavailable, AssertionError)) as raised:
            await PostgresStore(url, keys=KEYS).open()
        assert "hunter2" not in str(raised.value)
        if isinstance(raised.value, StoreUnavailable):
            assert says in str(raised.value)


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("postgresql://u:hunter2@db:5432/c?password=hunter2", "the database c at db:5432"),
        ("postgresql://u:hunter2@a:1,b:2/c", "the database c at a:1,b:2"),
        ("postgresql://u:hunter2@[::1]:5432/c", "the database c at [::1]:5432"),
        ("postgresql:///?host=/tmp", "the database (default) at this machine"),
        ("postgresql://u:hun/ter2@db/c", "the database"),
        ("postgresql://u:hun#ter2@db/c", "the database"),
        ("postgresql://u:hunter2", "the database"),
    ],
)
def test_a_database_is_shown_without_its_secrets(url: str, name: str) -> None:
    """Where a password is in doubt, nothing is shown."""
    assert named(url) == name


async def test_a_url_that_means_nothing_is_our_mistake() -> None:
    """What asyncpg says about it may hold the password, so it is not repeated."""
    with pytest.raises(ValueError, match="cannot be understood") as raised:
        await PostgresStore("postgresql://u:hunter2@127.0.0.1/x?sslmode=hunter2", keys=KEYS).open()
    assert "hunter2" not in str(raised.value)
    assert raised.value.__cause__ is None


@pytest.mark.parametrize(
    ("error", "away"),
    [
        (asyncpg.CannotConnectNowError("the database system is starting up"), True),
        (asyncpg.AdminShutdownError("terminating connection"), True),
        (asyncpg.TooManyConnectionsError("too many clients"), True),
        (asyncpg.ReadOnlySQLTransactionError("cannot execute INSERT"), True),
        (asyncpg.ConnectionDoesNotExistError("closed in the middle"), True),
        (asyncpg.InterfaceError("pool is closing"), True),
        (ConnectionResetError("reset"), True),
        (asyncpg.DataError("invalid input"), False),
        (asyncpg.UndefinedTableError("no such table"), False),
        (asyncpg.UniqueViolationError("duplicate"), False),
    ],
)
def test_our_own_mistakes_are_not_taken_for_an_outage(error: Exception, away: bool) -> None:
    """What the machine does is unavailable; what we did wrong stays as it is."""
    assert is_away(error) is away
    with pytest.raises(StoreUnavailable if away else type(error)), translated("the database"):
        raise error


async def _ready(url: str) -> Any:
    async with httpx.AsyncClient() as web:
        return await web.get(f"{url}/readyz")


async def test_a_replica_without_its_database_is_not_ready(
    postgres: PostgresServer, postgres_url: str, tmp_path: Path
) -> None:
    """It lives on and says what is missing; ready again as soon as the database is."""
    replica = OwnProcess(
        command="serve",
        log=tmp_path / "serve.log",
        environ={
            "UNSHACKLED_STORE": postgres_url,
            "UNSHACKLED_FLOWS": str(ROOT / "flows"),
            "UNSHACKLED_DEMO": "true",
        },
    )
    await replica.start()
    try:
        assert (await _ready(replica.url)).status_code == 200
        postgres.kill()
        away = await _ready(replica.url)
        assert (away.status_code, away.json()["errors"][0]["path"]) == (503, "store")
        postgres.start()
        assert (await _ready(replica.url)).status_code == 200
        postgres.pause()
        assert (await _ready(replica.url)).status_code == 503
        postgres.resume()
        assert (await _ready(replica.url)).status_code == 200
    finally:
        replica.stop()
