"""A row of before there were keys gets its first one: whenever the process dies, it is readable."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from unshackled.domain.checkout import Checkout
from unshackled.store import snapshot
from unshackled.store.snapshot_sealer import KeyMark, SnapshotSealer
from unshackled.store.sqlite import SqliteStore, connect, writes
from unshackled.store.sqlite.keys import delete_left, keys_first
from unshackled.store.sqlite.sealing import SealRow
from unshackled.store.sqlite.worker import Job, together
from unshackled.testing.known_keys import KEYS
from unshackled.testing.made_up_checkouts import change_of, checkout_of, next_of

BUSY = timedelta(seconds=1)
POINTS = 40  # more statements than any of it has


class Killed(BaseException):
    """The process is no more: nothing catches it."""


class DyingConnection:
    """A connection of a process that is killed before its statement number `lives`."""

    def __init__(self, connection: sqlite3.Connection, lives: int) -> None:
        self._connection = connection
        self.lives = lives

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def execute(self, *said: Any) -> sqlite3.Cursor:
        """One statement more, or the end."""
        self._live()
        return self._connection.execute(*said)

    def executemany(self, *said: Any) -> sqlite3.Cursor:
        """The same of many at once."""
        self._live()
        return self._connection.executemany(*said)

    def _live(self) -> None:
        if not self.lives:
            raise Killed
        self.lives -= 1


@pytest.fixture
async def plain(tmp_path: Path) -> Path:
    """A file whose one checkout is in clear, and has no key."""
    path = tmp_path / "first.db"
    store = SqliteStore(path, keys=KEYS)
    await store.open()
    await store.append(change_of(checkout_of()))
    await store.close()
    public, personal = snapshot.dump(checkout_of())
    with closing(sqlite3.connect(path)) as link, link:
        link.execute(
            "UPDATE checkouts SET snapshot = ?, personal = ?", (public.decode(), personal.decode())
        )
    with closing(sqlite3.connect(connect.keys_beside(path))) as link, link:
        link.execute("DELETE FROM data_keys")
    return path


async def _job(path: Path, kind: str) -> Job:
    """What seals the row for the first time: an append, or the sealing of old rows."""
    store = SqliteStore(path, keys=KEYS)
    await store.open()
    sealer = SnapshotSealer(store.key_ring, store.tables.data_keys)
    if kind == "append":
        change = change_of(next_of(checkout_of()))
        job: Job = writes.append(change, b"k" * 32, await sealer.sealed(change), None)
    else:
        sealed = await sealer.resealed(checkout_of(), KeyMark.NONE)
        job = SealRow(checkout="chk_1", version=checkout_of().version, sealed=sealed)
    await store.close()
    return job


@contextmanager
def _process(path: Path, lives: int) -> Iterator[Any]:
    """A process that may be killed: what it did not commit is gone with it."""
    connection = connect.writer(path, BUSY)
    try:
        yield DyingConnection(connection, lives)
    finally:
        connection.close()


def _killed(path: Path, lives: int, jobs: Sequence[Job], *, starting: bool = False) -> bool:
    carry = together if starting else keys_first
    with _process(path, lives) as connection:
        try:
            for _, error in carry(connection, jobs):
                assert error is None, error
        except Killed:
            return True
    return False


async def _after(path: Path, expected: Sequence[Checkout]) -> None:
    """The next start reads it as it was, or as it was to be, and it goes on."""
    store = SqliteStore(path, keys=KEYS)
    await store.open()
    seen = await store.load("chk_1")
    assert seen in expected
    assert seen is not None
    later = next_of(seen, bucket=3)
    await store.append(change_of(later))
    assert await store.load("chk_1") == later
    await store.close()
    with closing(sqlite3.connect(path)) as link:
        assert link.execute("SELECT typeof(personal) FROM checkouts").fetchall() == [("blob",)]
    with closing(sqlite3.connect(connect.keys_beside(path))) as link:
        assert link.execute("SELECT count(*) FROM first_keys").fetchall() == [(0,)]
        assert link.execute("SELECT count(*) FROM data_keys").fetchall() == [(1,)]


@pytest.mark.parametrize("kind", ["append", "seal"])
async def test_whenever_the_process_dies_the_row_is_readable(plain: Path, kind: str) -> None:
    """Before each statement that writes the key, the mark and the row, and after the last."""
    before = {one: one.read_bytes() for one in (plain, connect.keys_beside(plain))}
    points = 0
    for lives in range(POINTS):
        for file, content in before.items():
            file.write_bytes(content)
        job = await _job(plain, kind)
        died = _killed(plain, lives, [job])
        await _after(plain, [checkout_of(), next_of(checkout_of())])
        if not died:
            break
        points += 1
    assert 8 <= points < POINTS


async def test_a_start_that_dies_while_it_mends_is_mended_by_the_next(plain: Path) -> None:
    """Whatever of the left key and its mark was deleted by then."""
    job = await _job(plain, "append")
    lives = next(n for n in range(POINTS) if _left_a_key(plain, n, job))
    for starts in range(POINTS):
        if not _killed(plain, starts, [delete_left], starting=True):
            break
    assert starts > 3
    await _after(plain, [checkout_of()])
    assert lives


def _left_a_key(path: Path, lives: int, job: Job) -> bool:
    """Whether a process that is killed there leaves a key beside a row in clear."""
    assert _killed(path, lives, [job])
    with closing(sqlite3.connect(connect.keys_beside(path))) as link:
        (found,) = link.execute("SELECT count(*) FROM data_keys").fetchone()
    return bool(found)


async def test_what_somebody_put_in_clear_beside_a_key_is_refused_as_before(
    tmp_path: Path,
) -> None:
    """No start takes the key of a sealed row away because the row was exchanged."""
    path = tmp_path / "exchanged.db"
    store = SqliteStore(path, keys=KEYS)
    await store.open()
    await store.append(change_of(checkout_of()))
    await store.append(change_of(next_of(checkout_of())))
    await store.close()
    public, personal = snapshot.dump(checkout_of())
    with closing(sqlite3.connect(path)) as link, link:
        link.execute(
            "UPDATE checkouts SET snapshot = ?, personal = ?", (public.decode(), personal.decode())
        )
    await store.open()
    with pytest.raises(Exception, match="chk_1"):
        await store.load("chk_1")
    await store.close()
