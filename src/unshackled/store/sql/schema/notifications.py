"""Messages to customers: one row for each event and template, without anything personal."""

from __future__ import annotations

from typing import Final

TABLES: Final[tuple[str, ...]] = (
    """
    CREATE TABLE IF NOT EXISTS notifications (
        event TEXT NOT NULL,
        template TEXT NOT NULL,
        retailer TEXT NOT NULL,
        checkout TEXT NOT NULL,
        provider TEXT NOT NULL,
        reference TEXT NOT NULL,
        state TEXT NOT NULL,
        code TEXT,
        message TEXT,
        tries BIGINT NOT NULL,
        first_at TEXT NOT NULL,
        last_at TEXT NOT NULL,
        give_up_at TEXT NOT NULL,
        PRIMARY KEY (event, template)
    )
    """,
    "CREATE INDEX IF NOT EXISTS notifications_reference ON notifications (reference)",
)
