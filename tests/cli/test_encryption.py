"""`unshackled encryption …`, and the master key that `unshackled up` makes beside its store."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.cli.shell import told
from unshackled.cli.master_key_file import master_key_beside
from unshackled.encryption.master_keys import master_keys
from unshackled.store.signing_keys import SigningKeys
from unshackled.store.sqlite import SqliteStore
from unshackled.testing.known_keys import KEYS, MASTER_KEY
from unshackled.testing.made_up_checkouts import change_of, checkout_of
from unshackled.testing.samples import NOW


def test_a_key_is_made_and_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """Another one each time, in the form that the setting takes."""
    made = [told(capsys, "encryption", "make-key").out.strip() for _ in range(2)]
    assert len({master_keys(one).current for one in made}) == 2


def test_a_demo_has_a_key_beside_its_store(tmp_path: Path) -> None:
    """Made once, readable by its owner alone, and the same at the next start."""
    store = tmp_path / "folder" / "demo.db"
    first, again = master_key_beside(store), master_key_beside(store)
    assert (first.new, again.new) == (True, False)
    assert first.key == again.key
    assert master_keys(first.key).current
    assert first.path.stat().st_mode & 0o777 == 0o600
    assert first.path.parent == store.parent


def test_the_signing_key_is_renewed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another one each time, in the store that the settings name; the two newest count."""
    path = tmp_path / "data.db"
    monkeypatch.setenv("UNSHACKLED_STORE", f"sqlite:///{path}")
    monkeypatch.setenv("UNSHACKLED_MASTER_KEY", MASTER_KEY)
    told_of = [told(capsys, "encryption", "renew-signing-key").out for _ in range(3)]
    assert all(one.endswith(": published now, signs in 10 minutes\n") for one in told_of)

    async def counting() -> list[str]:
        store = SqliteStore(path, keys=KEYS)
        await store.open()
        keys = await SigningKeys(store.key_ring, store.tables.retailer_keys).counting(NOW)
        await store.close()
        return [key.id for key in keys]

    made = [one.partition(":")[0] for one in told_of]
    assert asyncio.run(counting()) == [made[2], made[1]]


def test_the_search_index_is_filled_anew(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was written before is found again, with progress; the same again finds nothing to do."""
    path = tmp_path / "data.db"

    async def write() -> None:
        store = SqliteStore(path, keys=KEYS)
        await store.open()
        for number in range(3):
            await store.append(change_of(checkout_of(f"chk_{number}", steps=1)))
        await store.close()

    asyncio.run(write())
    monkeypatch.setenv("UNSHACKLED_STORE", f"sqlite:///{path}")
    monkeypatch.setenv("UNSHACKLED_MASTER_KEY", MASTER_KEY)
    monkeypatch.setenv("UNSHACKLED_FLOWS", str(Path(__file__).parents[2] / "flows"))
    first = told(capsys, "encryption", "reindex")
    assert first.out.splitlines()[-2:] == ["3 checkouts indexed", "done: 3 checkouts indexed"]
    assert told(capsys, "encryption", "reindex").out == "done: 0 checkouts indexed\n"
