"""Dead letters: events that a consumer could not take."""

from __future__ import annotations

from typing import Final

TABLES: Final[tuple[str, ...]] = (
    """
    CREATE TABLE IF NOT EXISTS dead_letters (
        id TEXT PRIMARY KEY,
        consumer TEXT NOT NULL,
        event TEXT NOT NULL,
        retailer TEXT NOT NULL,
        body TEXT NOT NULL,
        error TEXT NOT NULL,
        detail TEXT NOT NULL,
        tries INTEGER NOT NULL,
        state TEXT NOT NULL,
        first_at TEXT NOT NULL,
        last_at TEXT NOT NULL
    )
    """,
    "CREATE INDEX IF NOT EXISTS dead_letters_by_state ON dead_letters (state, first_at, id)",
)
