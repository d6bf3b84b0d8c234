"""The last catalogue of each retailer that could be read; `body` is JSON."""

from __future__ import annotations

from typing import Final

TABLES: Final[tuple[str, ...]] = (
    """
    CREATE TABLE IF NOT EXISTS catalogues_kept (
        retailer TEXT NOT NULL PRIMARY KEY,
        body TEXT NOT NULL,
        read_at TEXT NOT NULL
    )
    """,
)
