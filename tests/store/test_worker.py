"""The thread behind the store: batches, isolation, and what happens when a transaction fails."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from unshackled.errors import Conflict, StoreUnavailable
from unshackled.store.sqlite.worker import BATCH, Answer, Worker, together

Job = Callable[[sqlite3.Connection], None]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "numbers.db"


def _connect(path: Path, *, pages: int = 100_000) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute(f"PRAGMA max_page_count = {pages}")
    connection.execute("CREATE TABLE IF NOT EXISTS n (n INTEGER PRIMARY KEY, filling BLOB)")
    connection.execute("CREATE TABLE IF NOT EXISTS child (n INTEGER REFERENCES n (n))")
    return connection


def _numbers(path: Path) -> list[int]:
    connection = sqlite3.connect(path)
    found = [row[0] for row in connection.execute("SELECT n FROM n ORDER BY n")]
    connection.close()
    return found


def _insert(number: int, filling: bytes = b"") -> Job:
    def job(connection: sqlite3.Connection) -> None:
        connection.execute("INSERT INTO n VALUES (?, ?)", (number, filling))

    return job


async def _hold(worker: Worker) -> Callable[[], None]:
    """Keep the thread busy until the returned function is called."""
    held, go = threading.Event(), threading.Event()

    def job(_: sqlite3.Connection) -> None:
        held.set()
        go.wait()

    holding = asyncio.ensure_future(worker.run(job))
    await asyncio.to_thread(held.wait)
    holding.add_done_callback(lambda done: done.result())
    return go.set


async def _at_once(worker: Worker, jobs: list[Job]) -> list[BaseException | None]:
    """Run jobs that all wait while the thread is held up, so that they are one batch."""
    go_on = await _hold(worker)
    waiting = asyncio.gather(*(worker.run(job) for job in jobs), return_exceptions=True)
    await asyncio.sleep(0)
    go_on()
    return await waiting


async def test_what_comes_in_one_round_of_the_loop_is_one_batch(path: Path) -> None:
    """Though the thread is idle, and the round takes its time: one flush, one change of thread."""
    batches: list[int] = []

    def counting(connection: sqlite3.Connection, jobs: Sequence[Job]) -> Sequence[Answer]:
        batches.append(len(jobs))
        return together(connection, jobs)

    async def at_length(number: int) -> None:
        threading.Event().wait(0.02)  # what decides in between; the thread could begin
        await worker.run(_insert(number))

    worker = Worker("numbers", lambda: _connect(path), counting)
    await worker.start()
    await asyncio.gather(*map(at_length, range(3)))
    await worker.stop()
    assert batches == [3]
    assert _numbers(path) == [0, 1, 2]


async def test_what_waits_shares_a_transaction(path: Path) -> None:
    """Nothing of a batch is visible to others before all of it; at most `BATCH` jobs share."""
    worker = Worker("numbers", lambda: _connect(path), together)
    await worker.start()
    seen: list[int] = []

    def counting(number: int) -> Job:
        def job(connection: sqlite3.Connection) -> None:
            _insert(number)(connection)
            seen.append(len(_numbers(path)))

        return job

    jobs = [counting(number) for number in range(BATCH + 2)]
    assert await _at_once(worker, jobs) == [None] * len(jobs)
    assert seen == [0] * BATCH + [BATCH, BATCH]
    await worker.stop()


async def test_a_failed_job_takes_back_only_itself(path: Path) -> None:
    """What a job wrote before it failed is gone; its neighbours' writes stay."""
    worker = Worker("numbers", lambda: _connect(path), together)
    await worker.start()

    def half(connection: sqlite3.Connection) -> None:
        _insert(2)(connection)
        raise Conflict("lost")

    ends = await _at_once(worker, [_insert(1), half, _insert(3)])
    assert [type(end) for end in ends] == [type(None), Conflict, type(None)]
    assert _numbers(path) == [1, 3]
    await worker.stop()


async def test_a_failed_commit_fails_every_job(path: Path) -> None:
    """When the transaction cannot be committed nobody is told that it was; the next one works."""
    worker = Worker("numbers", lambda: _connect(path), together)
    await worker.start()

    def orphan(connection: sqlite3.Connection) -> None:
        connection.execute("PRAGMA defer_foreign_keys = ON")
        connection.execute("INSERT INTO child VALUES (77)")

    ends = await _at_once(worker, [_insert(1), orphan])
    assert [type(end) for end in ends] == [StoreUnavailable] * 2
    assert _numbers(path) == []
    await worker.run(_insert(2))
    assert _numbers(path) == [2]
    await worker.stop()


async def test_a_job_that_ends_the_transaction_fails_the_batch(path: Path) -> None:
    """When SQLite rolls everything back in the middle, no neighbour is told it was written."""
    worker = Worker("numbers", lambda: _connect(path), together)
    await worker.start()

    def rolled_back(connection: sqlite3.Connection) -> None:
        connection.execute("INSERT OR ROLLBACK INTO n VALUES (1, NULL)")

    def ended(connection: sqlite3.Connection) -> None:
        connection.execute("ROLLBACK")

    for end in (rolled_back, ended):
        ends = await _at_once(worker, [_insert(1), end, _insert(3)])
        assert [type(one) for one in ends] == [StoreUnavailable] * 3
        assert _numbers(path) == []
    await worker.stop()


async def test_a_full_disk_is_unavailability(path: Path) -> None:
    """Who was told yes is there, who was told that the store is away is not."""
    worker = Worker("numbers", lambda: _connect(path, pages=20), together)
    await worker.start()
    jobs = [_insert(1), _insert(2, b"x" * 1_000_000), _insert(3)]
    ends = await _at_once(worker, jobs)
    assert isinstance(ends[1], StoreUnavailable)
    written = [number for number, end in zip((1, 2, 3), ends, strict=True) if end is None]
    assert _numbers(path) == written
    await worker.stop()


async def test_stopping_finishes_what_waits(path: Path) -> None:
    """Jobs handed over before the stop are done."""
    worker = Worker("numbers", lambda: _connect(path), together)
    await worker.start()
    numbers = range(BATCH + 3)
    go_on = await _hold(worker)
    waiting = asyncio.gather(*(worker.run(_insert(number)) for number in numbers))
    await asyncio.sleep(0)
    stopping = asyncio.ensure_future(worker.stop())
    await asyncio.sleep(0)
    go_on()
    await stopping
    await waiting
    assert _numbers(path) == list(numbers)


async def test_a_connection_that_fails_is_told_to_who_starts(tmp_path: Path) -> None:
    """Starting raises what connecting raised, in our words."""
    worker = Worker("numbers", lambda: _connect(tmp_path), together)
    with pytest.raises(StoreUnavailable, match="unable to open"):
        await worker.start()
