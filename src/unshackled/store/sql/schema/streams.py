"""How far each consumer has come in a broker's stream.

Not among the cursors of the event log: those say what may be deleted there.
"""

from __future__ import annotations

from typing import Final

TABLES: Final[tuple[str, ...]] = (
    "CREATE TABLE IF NOT EXISTS stream_places (name TEXT PRIMARY KEY, place TEXT NOT NULL)",
)
