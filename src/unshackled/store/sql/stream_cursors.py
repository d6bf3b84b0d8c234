"""Places of consumers in a broker's stream, in SQL."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from unshackled.store.sql.tables import Statement, Tables

TABLES: Final[tuple[str, ...]] = (
    "CREATE TABLE IF NOT EXISTS stream_places (name TEXT PRIMARY KEY, place TEXT NOT NULL)",
)
READ: Final = "SELECT place FROM stream_places WHERE name = ?"
BEGIN: Final = """
    INSERT INTO stream_places (name, place) VALUES (?, ?) ON CONFLICT (name) DO NOTHING
    RETURNING name
"""
ALL: Final = "SELECT name, place FROM stream_places ORDER BY name"
MOVE: Final = "UPDATE stream_places SET place = ? WHERE name = ? AND place = ? RETURNING name"


class SqlStreamCursors:
    """The places of a database."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def place(self, name: str) -> str | None:
        """Where a consumer stands; None before its first event."""
        rows = await self._tables.read(READ, name)
        return str(rows[0][0]) if rows else None

    async def places(self) -> Mapping[str, str]:
        """Where each consumer stands."""
        return {str(name): str(place) for name, place in await self._tables.read(ALL)}

    async def move(self, name: str, *, expected: str | None, to: str) -> None:
        """Go on; raises `Conflict` when the consumer is not at `expected` any more."""
        if expected is None:
            statement = Statement(BEGIN, (name, to), must=True)
        else:
            statement = Statement(MOVE, (to, name, expected), must=True)
        await self._tables.write(statement)
