"""What the service is compared with: as many requests, calls and durable writes, no features.

FastAPI and a store, one durable write for each request that changes something and for each backend
call: sqlite3 with one writer thread, group commit and `synchronous=FULL`, or asyncpg where a
`store` is given. No tenants, keys, flows, prices, retries, checks or logs.
`python -m benchmarks.featureless '{"library": "aiohttp", "backends": <url>, "store": null}'`.
"""

from __future__ import annotations

import json
import sqlite3
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final
from uuid import uuid4

import asyncpg
from fastapi import FastAPI
from pydantic import BaseModel

from benchmarks.by_hand import Post, charge, poster
from benchmarks.serve import serve
from unshackled.store.postgres.pool import SIZE, PlainConnection
from unshackled.store.sqlite.worker import Worker, together

Json = Any
Put = Callable[[Sequence[Any]], Awaitable[object]]
Writing = AbstractAsyncContextManager[Put]
Posting = AbstractAsyncContextManager[Post]
TABLES: Final = """
    CREATE TABLE checkouts (id TEXT PRIMARY KEY, version INTEGER, data TEXT);
    CREATE TABLE events (checkout TEXT, version INTEGER, data TEXT, PRIMARY KEY (checkout, version))
"""
BOTH: Final = """
    WITH w AS (
        INSERT INTO checkouts VALUES ($1, $2, $3)
        ON CONFLICT (id) DO UPDATE SET version = $2, data = $3
    )
    INSERT INTO events VALUES ($1, $2, $4)
"""
# How many backend calls each form leads to; three more follow the customer's yes.
CALLS: Final = {"address": 1, "contact": 1, "income": 1, "payment_method": 1, "consent": 1}
AFTER_YES: Final = 3


class Body(BaseModel):
    """Whatever a customer sends."""

    data: dict[str, Any]


class Checkout(BaseModel):
    """What is answered."""

    id: str
    version: int
    status: str
    data: dict[str, Any]


class Desk:
    """Checkouts in memory, each change written through."""

    def __init__(self) -> None:
        self.checkouts: dict[str, Checkout] = {}
        self.put: Put
        self.post: Post

    async def write(self, checkout: Checkout, event: Json) -> None:
        """The document and one event in one transaction."""
        checkout.version += 1
        await self.put((checkout.id, checkout.version, checkout.model_dump_json(), event))

    async def call(self, checkout: Checkout, times: int) -> None:
        """Backend calls in sequence, each written."""
        for _ in range(times):
            await charge(self.post, checkout.id)
            await self.write(checkout, '{"type": "called"}')


def _write(connection: sqlite3.Connection, row: Sequence[Any]) -> None:
    checkout, version, data, event = row
    connection.execute(
        "INSERT INTO checkouts VALUES (?, ?, ?) "
        "ON CONFLICT (id) DO UPDATE SET version = ?, data = ?",
        (checkout, version, data, version, data),
    )
    connection.execute("INSERT INTO events VALUES (?, ?, ?)", (checkout, version, event))


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.executescript(TABLES)
    return connection


@asynccontextmanager
async def sqlite(path: Path) -> AsyncIterator[Put]:
    """Writes to a file, several in one commit where they come together."""
    writer = Worker("writer", partial(_connect, path), together)
    await writer.start()
    yield lambda row: writer.run(partial(_write, row=row))
    await writer.stop()


@asynccontextmanager
async def postgres(url: str) -> AsyncIterator[Put]:
    """Writes to PostgreSQL, one statement each, on as many connections as a replica has."""
    async with asyncpg.create_pool(
        url, min_size=1, max_size=SIZE, connection_class=PlainConnection
    ) as pool:
        await pool.execute(TABLES)
        yield lambda row: pool.execute(BOTH, *row)


def application(posting: Posting, writing: Writing) -> FastAPI:
    """The application with what posts its calls and what writes its rows."""
    desk = Desk()

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        async with writing as desk.put, posting as desk.post:
            yield

    app = FastAPI(lifespan=life)
    routes(app, desk)
    return app


def routes(app: FastAPI, desk: Desk) -> None:
    """Create, send a form, complete, read."""

    @app.post("/checkouts", status_code=201)
    async def create(body: Body) -> Checkout:
        made = Checkout(id=uuid4().hex, version=0, status="open", data={"package": body.data})
        desk.checkouts[made.id] = made
        await desk.write(made, '{"type": "created"}')
        return made

    @app.put("/checkouts/{checkout}/steps/{step}")
    async def submit(checkout: str, step: str, body: Body) -> Checkout:
        found = desk.checkouts[checkout]
        found.data[step] = body.data
        await desk.write(found, '{"type": "submitted"}')
        await desk.call(found, CALLS.get(step, 0))
        return found

    @app.post("/checkouts/{checkout}/complete")
    async def complete(checkout: str) -> Checkout:
        found = desk.checkouts[checkout]
        found.status = "completed"
        await desk.write(found, '{"type": "completed"}')
        await desk.call(found, AFTER_YES)
        return found

    @app.get("/checkouts/{checkout}")
    async def read(checkout: str) -> Checkout:
        return desk.checkouts[checkout]


def main() -> None:
    """Serve until stopped."""
    asked = json.loads(sys.argv[1])
    with TemporaryDirectory() as folder:
        store = asked.get("store")
        writing = postgres(store) if store else sqlite(Path(folder) / "plain.db")
        serve(application(poster(asked["library"], asked["backends"]), writing))


if __name__ == "__main__":
    main()
