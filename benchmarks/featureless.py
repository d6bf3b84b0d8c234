"""What the service is compared with: as many requests, calls and durable writes, no features.

FastAPI and sqlite3, one writer thread with group commit and `synchronous=FULL`, one write for each
request that changes something and for each backend call. No tenants, keys, flows, prices, retries,
checks or logs. `python -m benchmarks.featureless '{"library": "aiohttp", "backends": <url>}'`.
"""

from __future__ import annotations

import json
import sqlite3
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final
from uuid import uuid4

from fastapi import FastAPI
from pydantic import BaseModel

from benchmarks.by_hand import Post, charge, poster
from benchmarks.serve import serve
from unshackled.store.worker import Worker, together

Json = Any
TABLES: Final = """
    CREATE TABLE checkouts (id TEXT PRIMARY KEY, version INTEGER, data TEXT);
    CREATE TABLE events (checkout TEXT, version INTEGER, data TEXT, PRIMARY KEY (checkout, version))
"""
# How many backend calls each form leads to; three more follow the customer's yes.
CALLS: Final = {"address": 1, "contact": 1, "income": 1, "payment_method": 2}
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

    def __init__(self, writer: Worker) -> None:
        self.writer = writer
        self.checkouts: dict[str, Checkout] = {}
        self.post: Post

    async def write(self, checkout: Checkout, event: Json) -> None:
        """The document and one event in one transaction."""
        checkout.version += 1
        job = partial(
            _write, row=(checkout.id, checkout.version, checkout.model_dump_json(), event)
        )
        await self.writer.run(job)

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


def application(library: str, backends: str, path: Path) -> FastAPI:
    """The application on one of the two HTTP libraries."""
    desk = Desk(Worker("writer", partial(_connect, path), together))

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        await desk.writer.start()
        async with poster(library, backends) as desk.post:
            yield
        await desk.writer.stop()

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
        serve(application(asked["library"], asked["backends"], Path(folder) / "plain.db"))


if __name__ == "__main__":
    main()
