"""Webhook endpoints and deliveries.

`types` and `old_secrets` are JSON lists. `hold_until` is empty while an endpoint is well. A
delivery's id is (endpoint, event), so the same event twice is one delivery; (version, idx) is its
order within its checkout.
"""

from __future__ import annotations

from typing import Final

TABLES: Final[tuple[str, ...]] = (
    """
    CREATE TABLE IF NOT EXISTS webhook_endpoints (
        id TEXT NOT NULL PRIMARY KEY,
        retailer TEXT NOT NULL,
        url TEXT NOT NULL,
        types TEXT NOT NULL,
        description TEXT NOT NULL,
        state TEXT NOT NULL,
        why TEXT,
        secret TEXT NOT NULL,
        old_secrets TEXT NOT NULL,
        failures BIGINT NOT NULL,
        failing_since TEXT,
        hold_until TEXT NOT NULL,
        made_of TEXT NOT NULL,
        created_at TEXT NOT NULL,
        updated_at TEXT NOT NULL
    )
    """,
    """
    CREATE INDEX IF NOT EXISTS webhook_endpoints_listed
    ON webhook_endpoints (retailer, created_at, id)
    """,
    """
    CREATE TABLE IF NOT EXISTS webhook_deliveries (
        id TEXT NOT NULL PRIMARY KEY,
        endpoint TEXT NOT NULL,
        retailer TEXT NOT NULL,
        event TEXT NOT NULL,
        checkout TEXT NOT NULL,
        version BIGINT NOT NULL,
        idx BIGINT NOT NULL,
        type TEXT NOT NULL,
        at TEXT NOT NULL,
        body TEXT NOT NULL,
        state TEXT NOT NULL,
        attempts BIGINT NOT NULL,
        next_at TEXT NOT NULL,
        status BIGINT,
        error TEXT,
        tried_at TEXT,
        delivered_at TEXT,
        created_at TEXT NOT NULL
    )
    """,
    """
    CREATE INDEX IF NOT EXISTS webhook_deliveries_due
    ON webhook_deliveries (endpoint, next_at, id) WHERE state = 'pending'
    """,
    """
    CREATE INDEX IF NOT EXISTS webhook_deliveries_heads
    ON webhook_deliveries (endpoint, checkout, version, idx) WHERE state = 'pending'
    """,
    """
    CREATE INDEX IF NOT EXISTS webhook_deliveries_listed
    ON webhook_deliveries (endpoint, at, id)
    """,
    """
    CREATE INDEX IF NOT EXISTS webhook_deliveries_old
    ON webhook_deliveries (created_at) WHERE state <> 'pending'
    """,
)
