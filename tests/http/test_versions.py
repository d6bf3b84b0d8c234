"""Two versions of the service on one store: the older one leaves alone what the newer wrote."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.http.world import ApiHarness, Customer
from unshackled.store.snapshot import WITHOUT_RUNS
from unshackled.store.sqlite import SqliteStore
from unshackled.testing.known_keys import KEYS


@pytest.fixture
async def path(tmp_path: Path) -> Path:
    """Where the store is."""
    return tmp_path / "data.db"


@pytest.fixture
async def customer(path: Path) -> AsyncIterator[Customer]:
    """A customer whose checkout lies in the store, at a process that has not seen it yet."""
    first, second = (
        ApiHarness(store=SqliteStore(path, keys=KEYS)),
        ApiHarness(store=SqliteStore(path, keys=KEYS)),
    )
    await first.open()
    begun = await first.customer()
    await first.store.close()
    await second.store.open()
    second.keys = first.keys
    yield Customer(second, begun.made)
    await second.store.close()


def stored(path: Path) -> tuple[Any, ...]:
    """Its row, and how many events there are."""
    with closing(sqlite3.connect(path)) as connection:
        row = connection.execute("SELECT version, snapshot, personal, status FROM checkouts")
        events = connection.execute("SELECT count(*) FROM events").fetchone()
        return (*row.fetchone(), *events)


def change(path: Path, **fields: Any) -> None:
    """Write something into its snapshot as another version does."""
    with closing(sqlite3.connect(path)) as connection, connection:
        (snapshot,) = connection.execute("SELECT snapshot FROM checkouts").fetchone()
        newer = orjson.dumps({**orjson.loads(snapshot), **fields}).decode()
        connection.execute("UPDATE checkouts SET snapshot = ?", (newer,))


@pytest.mark.parametrize(
    "fields", [{"format": 99}, {"mood": "glad"}], ids=["newer_format", "unknown_field"]
)
async def test_what_a_newer_version_wrote_is_answered_503_and_kept(
    path: Path, customer: Customer, fields: dict[str, Any]
) -> None:
    """Read, form, change and cancel are all refused for now, and nothing at all is written."""
    change(path, **fields)
    before = stored(path)
    cancel = customer.client.post(f"{customer.href}/cancel", json={})
    answers = [
        await customer.client.get(customer.href),
        await customer.put("contact"),
        await customer.patch({"credit": None}),
        await cancel,
    ]
    assert [answer.status_code for answer in answers] == [503] * 4
    assert {answer.json()["type"] for answer in answers} == {"/problems/store-unavailable"}
    assert all("Retry-After" in answer.headers for answer in answers)
    assert "glad" not in "".join(answer.text for answer in answers)
    assert stored(path) == before


async def test_a_snapshot_of_before_formats_had_numbers_goes_on(
    path: Path, customer: Customer
) -> None:
    """It is read, and written with the number of today."""
    with closing(sqlite3.connect(path)) as connection, connection:
        (snapshot,) = connection.execute("SELECT snapshot FROM checkouts").fetchone()
        older = {key: value for key, value in orjson.loads(snapshot).items() if key != "format"}
        text = orjson.dumps(older).decode()
        connection.execute("UPDATE checkouts SET snapshot = ?", (text,))
    answer = await customer.put("contact")
    assert answer.status_code == 200, answer.text
    assert orjson.loads(stored(path)[1])["format"] == WITHOUT_RUNS
