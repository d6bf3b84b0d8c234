"""Places in a stream: moved by compare-and-swap, so that two processes cannot both go on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from unshackled.errors import Conflict
from unshackled.events.places import Places
from unshackled.store import SqliteStore


@pytest.fixture
async def places(tmp_path: Path) -> AsyncIterator[Places]:
    """In a database that is a file."""
    store = SqliteStore(tmp_path / "places.db")
    await store.open()
    yield Places(store.tables)
    await store.close()


async def test_a_place_is_moved_by_who_knows_it(places: Places) -> None:
    """From nowhere first, then from where it is; each consumer by itself."""
    assert await places.place("one") is None
    await places.move("one", expected=None, to="7")
    await places.move("one", expected="7", to="9")
    await places.move("two", expected=None, to="1")
    assert (await places.place("one"), await places.place("two")) == ("9", "1")


async def test_who_is_late_gets_a_conflict(places: Places) -> None:
    """Nothing moves."""
    await places.move("one", expected=None, to="7")
    for stale in (None, "6"):
        with pytest.raises(Conflict):
            await places.move("one", expected=stale, to="9")
    assert await places.place("one") == "7"
