"""The tables beside the checkouts, in portable SQL: see `store.sql.tables`."""

from __future__ import annotations

from typing import Final

from unshackled.store.sql.schema import (
    audit,
    catalogues,
    letters,
    notifications,
    reports,
    routing,
    streams,
    webhooks,
)

TABLES: Final = (
    *letters.TABLES,
    *streams.TABLES,
    *webhooks.TABLES,
    *reports.TABLES,
    *notifications.TABLES,
    *audit.TABLES,
    *routing.TABLES,
    *catalogues.TABLES,
)
