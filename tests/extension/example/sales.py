"""Sales: keeps every checkout that was completed in a table of its own, each once."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Mapping
from contextlib import closing
from datetime import datetime, timedelta
from typing import Any

from unshackled.domain.account import is_live
from unshackled.events.consumer_registry import ConsumerDeps, ConsumerRegistration
from unshackled.store.side_tables import Retention
from unshackled.store.stored_records import EventRow

PRUNE = """
    DELETE FROM sales WHERE event IN (SELECT event FROM sales WHERE at < ? LIMIT ?) RETURNING event
"""
Tell = Callable[[str, Mapping[str, Any]], Awaitable[None]]


class SalesConsumer:
    """Hands each sale on under the id of its event, of which the receiver takes one only."""

    name = "sales"

    def __init__(self, tell: Tell) -> None:
        """`tell` raises where the receiver did not take it."""
        self._tell = tell

    async def take(self, event: EventRow) -> None:
        """The same event again has the same id; what a test key began is no sale."""
        if event.type == "checkout.completed.v1" and is_live(event.retailer):
            sale = {"checkout": event.checkout, "at": event.at.timestamp(), **event.data}
            await self._tell(event.id, sale)


class SalesTable:
    """Sales by their event, in a database file of its own; every call is in a thread."""

    def __init__(self, file: str) -> None:
        """The file is made by the first sale."""
        self._file = file

    async def add(self, event: str, sale: Mapping[str, Any]) -> None:
        """The same event again changes nothing."""
        row = (event, sale["checkout"], sale["at"])
        await asyncio.to_thread(self._run, "INSERT OR IGNORE INTO sales VALUES (?, ?, ?)", row)

    async def prune(self, *, before: datetime, limit: int) -> int:
        """Delete at most `limit` sales of before a time; how many."""
        return len(await asyncio.to_thread(self._run, PRUNE, (before.timestamp(), limit)))

    async def events(self) -> list[str]:
        """The events of all sales."""
        rows = await asyncio.to_thread(self._run, "SELECT event FROM sales ORDER BY event", ())
        return [event for (event,) in rows]

    def _run(self, statement: str, values: tuple[Any, ...]) -> list[Any]:
        with closing(sqlite3.connect(self._file)) as database, database:
            database.execute("CREATE TABLE IF NOT EXISTS sales (event PRIMARY KEY, checkout, at)")
            return database.execute(statement, values).fetchall()


def build(deps: ConsumerDeps) -> ConsumerRegistration:
    """The table is where `ACME_SALES` says; sales are kept for a quarter."""
    sales = SalesTable(deps.environ["ACME_SALES"])
    return ConsumerRegistration(
        consumer=SalesConsumer(sales.add),
        retention=[Retention(table=sales, keep=timedelta(days=91))],
    )


CONSUMER = build
