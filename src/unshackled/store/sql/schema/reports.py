"""Journeys and counts of the reports.

`body` is a journey as JSON, `at` the time of the event it was folded up to: (version, idx);
`ended` is 1 once the checkout was completed or canceled.
"""

from __future__ import annotations

from typing import Final

TABLES: Final[tuple[str, ...]] = (
    """
    CREATE TABLE IF NOT EXISTS report_journeys (
        checkout TEXT NOT NULL PRIMARY KEY,
        retailer TEXT NOT NULL,
        version BIGINT NOT NULL,
        idx BIGINT NOT NULL,
        at TEXT NOT NULL,
        ended INTEGER NOT NULL,
        body TEXT NOT NULL
    )
    """,
    """
    CREATE INDEX IF NOT EXISTS report_journeys_newest ON report_journeys (retailer, at, checkout)
    """,
    """
    CREATE TABLE IF NOT EXISTS report_counts (
        retailer TEXT NOT NULL,
        topic TEXT NOT NULL,
        day TEXT NOT NULL,
        flow TEXT NOT NULL,
        measure TEXT NOT NULL,
        step TEXT NOT NULL,
        provider TEXT NOT NULL,
        code TEXT NOT NULL,
        currency TEXT NOT NULL,
        amount BIGINT NOT NULL,
        PRIMARY KEY (retailer, topic, day, flow, measure, step, provider, code, currency)
    )
    """,
)
