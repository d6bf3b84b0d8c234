"""One thread that owns one SQLite connection, and does at once what waits for it.

The event loop hands over in one go what came together in one of its rounds, and gets all answers
of a batch back in one call: so there are fewer flushes, and fewer changes of thread.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any, Final, TypeAlias, TypeVar

from unshackled.errors import StoreUnavailable

T = TypeVar("T")
Job: TypeAlias = Callable[[sqlite3.Connection], Any]
Answer: TypeAlias = tuple[Any, Exception | None]
Carry: TypeAlias = Callable[[sqlite3.Connection, Sequence[Job]], Sequence[Answer]]

BATCH: Final = 64


def translated(error: Exception) -> Exception:
    """What SQLite could not do as `StoreUnavailable`; our own mistakes stay what they are."""
    ours = sqlite3.IntegrityError | sqlite3.ProgrammingError | sqlite3.InterfaceError
    if isinstance(error, sqlite3.Error) and not isinstance(error, ours):
        return StoreUnavailable(f"the database is not available: {error}")
    return error


def one_by_one(connection: sqlite3.Connection, jobs: Sequence[Job]) -> Sequence[Answer]:
    """Each job by itself: for reading."""
    return [_attempt(connection, job) for job in jobs]


def together(connection: sqlite3.Connection, jobs: Sequence[Job]) -> Sequence[Answer]:
    """All jobs in one transaction, so one flush to disk; a job that fails takes back only itself.

    When the transaction itself fails, nothing was written and every job gets the error.
    """
    try:
        connection.execute("BEGIN IMMEDIATE")
        answers = [_isolated(connection, job) for job in jobs]
        connection.execute("COMMIT")
    except Exception as error:  # noqa: BLE001 - whatever it was, each caller must hear of it
        take_back(connection)
        return [(None, StoreUnavailable(f"nothing was written: {error}")) for _ in jobs]
    return answers


def take_back(connection: sqlite3.Connection) -> None:
    """Roll back, unless SQLite already has."""
    with suppress(sqlite3.Error):
        connection.execute("ROLLBACK")


def _isolated(connection: sqlite3.Connection, job: Job) -> Answer:
    connection.execute("SAVEPOINT job")
    answer = _attempt(connection, job)
    if not connection.in_transaction:
        raise answer[1] or StoreUnavailable("the transaction ended early")
    if answer[1] is not None:
        connection.execute("ROLLBACK TO job")
    connection.execute("RELEASE job")
    return answer


def _attempt(connection: sqlite3.Connection, job: Job) -> Answer:
    try:
        return job(connection), None
    except Exception as error:  # noqa: BLE001 - it belongs to the caller, not to the thread
        return None, translated(error)


@dataclass(slots=True)
class _Waiting:
    job: Job
    future: asyncio.Future[Any]


class Worker:
    """A thread, its connection and its queue; every method is called from one event loop."""

    def __init__(self, name: str, connect: Callable[[], sqlite3.Connection], carry: Carry) -> None:
        self._connect = connect
        self._carry = carry
        self._queue: SimpleQueue[_Waiting | None] = SimpleQueue()
        self._coming: list[_Waiting] = []
        self._thread = threading.Thread(target=self._main, name=name, daemon=True)

    async def start(self) -> None:
        """Connect; raises what connecting raised."""
        self._loop = asyncio.get_running_loop()
        self._ended: asyncio.Future[None] = self._loop.create_future()
        self._started: asyncio.Future[None] = self._loop.create_future()
        self._thread.start()
        await self._started

    async def run(self, job: Callable[[sqlite3.Connection], T]) -> T:
        """Do a job in the thread; answers once its batch is done."""
        future: asyncio.Future[T] = self._loop.create_future()
        if not self._coming:
            self._loop.call_soon(self._hand_over)
        self._coming.append(_Waiting(job, future))
        return await future

    async def stop(self) -> None:
        """Finish what waits, then let go of the file."""
        self._hand_over()
        self._queue.put(None)
        await self._ended
        self._thread.join()

    def _hand_over(self) -> None:
        coming, self._coming = self._coming, []
        for waiting in coming:
            self._queue.put(waiting)

    def _main(self) -> None:
        try:
            connection = self._connect()
        except Exception as error:  # noqa: BLE001 - raised again by `start`
            self._tell([(self._started, (None, translated(error)))])
            return
        self._tell([(self._started, (None, None))])
        with closing(connection):
            while batch := self._batch():
                answers = self._carry(connection, [waiting.job for waiting in batch])
                futures = [waiting.future for waiting in batch]
                self._tell(list(zip(futures, answers, strict=True)))
        self._tell([(self._ended, (None, None))])

    def _batch(self) -> list[_Waiting]:
        """What waits, at least one, at most `BATCH`; nothing once the worker is to stop."""
        first = self._queue.get()
        batch = [first] if first is not None else []
        while batch and len(batch) < BATCH:
            try:
                following = self._queue.get_nowait()
            except Empty:
                break
            if following is None:
                self._queue.put(None)
                break
            batch.append(following)
        return batch

    def _tell(self, answers: Sequence[tuple[asyncio.Future[Any], Answer]]) -> None:
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            self._loop.call_soon_threadsafe(_resolve, answers)


def _resolve(answers: Sequence[tuple[asyncio.Future[Any], Answer]]) -> None:
    for future, (result, error) in answers:
        if future.done():
            continue
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(result)
