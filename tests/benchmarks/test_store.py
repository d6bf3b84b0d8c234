"""The measured store is a real one, however many checkouts were made up in it."""

from __future__ import annotations

from pathlib import Path

from benchmarks.store import CHANGES, SCATTER, filled, lives, name


async def test_made_up_checkouts_are_loaded_and_changed_as_any(tmp_path: Path) -> None:
    """With the columns that the store has today, and their events."""
    store = await filled(tmp_path / "bench.db", 20)
    try:
        made = await store.events(name(20), after=None, limit=10)
        assert {row.checkout for row in made} == {name(20)}
        live = lives(store, 20)
        for _ in range(2):
            await live()
        old = await store.load(name(SCATTER % 20 + 1))
        assert old is not None
        assert old.version == 2
        assert len(await store.events("chk_b00000001", after=None, limit=10)) == CHANGES * len(made)
    finally:
        await store.close()
