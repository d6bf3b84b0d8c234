"""Portable statements mean the same in PostgreSQL as in SQLite."""

import asyncio
import importlib
import pkgutil
import re
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from unshackled.errors import Conflict
from unshackled.store import sql
from unshackled.store.postgres import PostgresStore
from unshackled.store.postgres.tables import prepared
from unshackled.store.sql.tables import Row, Statement, Tables
from unshackled.store.sqlite import SqliteStore
from unshackled.testing.known_keys import KEYS

SQL = re.compile(r"\s*(SELECT|INSERT|UPDATE|DELETE|WITH)\s")
FILL = "INSERT INTO stream_places (name, place) VALUES (?, ?)"
MOVE = "UPDATE stream_places SET place = ? WHERE name = ? AND place = ? RETURNING name"
ALL = "SELECT name, place FROM stream_places ORDER BY name"


@pytest.fixture
async def store(emptied_url: str) -> AsyncIterator[PostgresStore]:
    made = PostgresStore(emptied_url, keys=KEYS)
    await made.open()
    yield made
    await made.close()


@pytest.fixture
async def single(emptied_url: str) -> AsyncIterator[PostgresStore]:
    """A store with one connection for all."""
    made = PostgresStore(emptied_url, size=1, keys=KEYS)
    await made.open()
    yield made
    await made.close()


@pytest.fixture(params=["postgres", "sqlite"])
def made(request: pytest.FixtureRequest, tmp_path: Path) -> PostgresStore | SqliteStore:
    """A store of each kind, not opened yet."""
    if request.param == "sqlite":
        return SqliteStore(tmp_path / "tables.db", keys=KEYS)
    return PostgresStore(request.getfixturevalue("emptied_url"), keys=KEYS)


@pytest.fixture
async def tables(made: PostgresStore | SqliteStore) -> AsyncIterator[Tables]:
    """Both, so that what is told of one is told of the other."""
    await made.open()
    yield made.sql
    await made.close()


@pytest.mark.parametrize(
    ("statement", "values", "found"),
    [
        ("SELECT ?, ?, ?", ("a?b", 7, None), ("a?b", 7, None)),
        ('SELECT \'?\', "name" FROM (SELECT ? AS "name") AS t -- ?', ("a",), ("?", "a")),
        ("SELECT sum(n) FROM (SELECT ? AS n UNION ALL SELECT ?) AS t", (2**40, 1), (2**40 + 1,)),
        ("SELECT count(*) FROM (SELECT 1) AS t WHERE ? IS NULL OR ? = 'x'", (None, "y"), (1,)),
        ("SELECT ? < ?", ("2026-11-22", "2026-11-23"), (1,)),
        ("SELECT max(w) FROM (SELECT ? AS w UNION ALL SELECT ?) AS t", ("B", "a"), ("a",)),
        ("SELECT 1 LIMIT ?", (1,), (1,)),
    ],
)
async def test_a_statement_means_the_same(
    tables: Tables, statement: str, values: tuple[str | int | None, ...], found: Row
) -> None:
    """Question marks, NULL, sums, comparisons and limits."""
    assert await tables.read(statement, *values) == [found]


async def test_what_must_be_undoes_all_of_it(tables: Tables) -> None:
    """A statement that gives no row takes the ones before it back."""
    fill = [Statement(FILL, ("a", "1")), Statement(FILL + " RETURNING name", ("b", "1"))]
    assert await tables.write(*fill) == [[], [("b",)]]
    with pytest.raises(Conflict):
        await tables.write(Statement(FILL, ("c", "1")), Statement(MOVE, ("2", "a", "0"), must=True))
    with pytest.raises(Conflict):
        await tables.write(Statement(MOVE, ("2", "a", "0"), must=True))
    written = await tables.write(Statement(MOVE, ("2", "a", "1"), must=True))
    assert written == [[("a",)]]
    assert await tables.read(ALL) == [("a", "2"), ("b", "1")]


async def test_a_mistake_leaves_no_transaction_open(single: PostgresStore) -> None:
    """Whatever goes wrong half way, the next one on the same connection begins anew."""
    for wrong, error in (
        (Statement(FILL, ("b",)), ValueError),
        (Statement("SELECT 1 / 0"), asyncpg.DivisionByZeroError),
        (Statement("SELECT ?", (2**70,)), asyncpg.DataError),
    ):
        with pytest.raises(error):
            await single.sql.write(Statement(FILL, ("a", "1")), wrong)
        assert await single.sql.read(ALL) == []
        assert await single.sql.read("SELECT txid_current_if_assigned()") == [(None,)]


async def test_text_sorts_by_its_bytes(tables: Tables) -> None:
    """Capitals before small letters, in whatever language the database was made."""
    for name in ("a", "B", "_", "Z", "ä"):
        await tables.write(Statement(FILL, (name, "1")))
    assert [row[0] for row in await tables.read(ALL)] == ["B", "Z", "_", "a", "ä"]


async def test_one_of_two_who_move_the_same_row_wins(store: PostgresStore) -> None:
    """The other finds it moved, and nothing of it is left."""
    await store.sql.write(Statement(FILL, ("a", "1")))
    ends = await asyncio.gather(
        *(
            store.sql.write(Statement(MOVE, (f"{number}", "a", "1"), must=True))
            for number in (2, 3)
        ),
        return_exceptions=True,
    )
    assert [type(end) for end in ends if isinstance(end, Exception)] == [Conflict]


async def test_writers_who_wait_for_each_other_try_again(postgres_url: str) -> None:
    """A deadlock is nobody's error: the one that PostgreSQL ends is done again."""
    database = postgres_url.rpartition("/")[2]
    link = await asyncpg.connect(postgres_url)
    await link.execute(f"ALTER DATABASE {database} SET deadlock_timeout = '20ms'")
    await link.close()
    store = PostgresStore(postgres_url, keys=KEYS)
    await store.open()
    await store.sql.write(Statement(FILL, ("a", "1")), Statement(FILL, ("b", "1")))
    touch = "UPDATE stream_places SET place = place || '.' WHERE name = ?"
    slowly = Statement("SELECT pg_sleep(0.01)::text")
    there = [Statement(touch, ("a",)), slowly, Statement(touch, ("b",))]
    for _ in range(3):
        await asyncio.gather(store.sql.write(*there), store.sql.write(*reversed(there)))
    rows = await store.sql.read(ALL)
    await store.close()
    assert rows == [("a", "1......"), ("b", "1......")]


async def test_writes_alone_can_count(tables: Tables) -> None:
    """Each sees what those before it wrote, so a limit holds when all come at once."""
    at_most = """
        INSERT INTO stream_places (name, place)
        SELECT ?, ? WHERE (SELECT count(*) FROM stream_places) < ? RETURNING name
    """
    wanted = [
        tables.write(Statement(at_most, (f"alone {n:02}", "", 20)), alone="places")
        for n in range(30)
    ]
    taken = [rows for (rows,) in await asyncio.gather(*wanted) if rows]
    found = await tables.read("SELECT count(*) FROM stream_places")
    assert (len(taken), found[0][0]) == (20, 20)


@pytest.mark.parametrize("values", [("a",), ("a", "b", "c")])
def test_values_that_do_not_fit_their_statement_are_refused(values: tuple[str, ...]) -> None:
    """As SQLite does."""
    with pytest.raises(ValueError, match=f"{len(values)} values for"):
        prepared("SELECT ?, ?", values)


def statements() -> dict[str, str]:
    """Every whole portable statement that a module of ours keeps as a constant, by its name."""
    found: dict[str, str] = {}
    for module in pkgutil.iter_modules(sql.__path__, f"{sql.__name__}."):
        inside = vars(importlib.import_module(module.name))
        found |= {
            f"{module.name}.{name}": value
            for name, value in inside.items()
            if isinstance(value, str) and SQL.match(value) and "{" not in value
        }
    return found


async def test_every_portable_statement_is_understood(postgres_url: str) -> None:
    """What the features write for both databases, PostgreSQL can prepare."""
    link = await asyncpg.connect(postgres_url)
    asked = statements()
    for name, statement in asked.items():
        first, *rest = statement.split("?")
        numbered = first + "".join(f"${place}{part}" for place, part in enumerate(rest, 1))
        try:
            await link.prepare(numbered)
        except asyncpg.PostgresError as error:
            pytest.fail(f"{name}: {error}")
    await link.close()
    assert len(asked) > 40
