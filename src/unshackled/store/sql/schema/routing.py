"""What operators said about routes and providers, and how the answers of shadows compared.

`data` is JSON; `version` grows by one with each change, so that two operators cannot overwrite
each other. Parity is counted by hour.
"""

from __future__ import annotations

from typing import Final

TABLES: Final[tuple[str, ...]] = (
    """
    CREATE TABLE IF NOT EXISTS routing_settings (
        retailer TEXT NOT NULL,
        kind TEXT NOT NULL,
        name TEXT NOT NULL,
        data TEXT NOT NULL,
        version BIGINT NOT NULL,
        changed_at TEXT NOT NULL,
        changed_by TEXT NOT NULL,
        reason TEXT NOT NULL,
        PRIMARY KEY (retailer, kind, name)
    )
    """,
    """
    CREATE TABLE IF NOT EXISTS parity_counts (
        retailer TEXT NOT NULL,
        route TEXT NOT NULL,
        live TEXT NOT NULL,
        candidate TEXT NOT NULL,
        operation TEXT NOT NULL,
        hour TEXT NOT NULL,
        field TEXT NOT NULL,
        verdict TEXT NOT NULL,
        amount BIGINT NOT NULL,
        example TEXT,
        PRIMARY KEY (retailer, route, live, candidate, operation, hour, field, verdict)
    )
    """,
)
