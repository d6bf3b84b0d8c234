"""How far each consumer has come in a broker's stream, kept in the store, moved by CAS."""

from __future__ import annotations

from typing import Final

from unshackled.store.sql.tables import Statement, Tables

READ: Final = "SELECT place FROM stream_places WHERE name = ?"
BEGIN: Final = """
    INSERT INTO stream_places (name, place) VALUES (?, ?) ON CONFLICT (name) DO NOTHING
    RETURNING name
"""
MOVE: Final = "UPDATE stream_places SET place = ? WHERE name = ? AND place = ? RETURNING name"


class Places:
    """Places by the name of the consumer."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def place(self, name: str) -> str | None:
        """Where a consumer stands; None before its first event."""
        rows = await self._tables.read(READ, name)
        return str(rows[0][0]) if rows else None

    async def move(self, name: str, *, expected: str | None, to: str) -> None:
        """Go on; raises `Conflict` when the consumer is not at `expected` any more."""
        if expected is None:
            statement = Statement(BEGIN, (name, to), must=True)
        else:
            statement = Statement(MOVE, (to, name, expected), must=True)
        await self._tables.write(statement)
