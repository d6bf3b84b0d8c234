"""What reports look like: the same rows as JSON and as CSV."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import BaseModel, Field

from unshackled.events.reports.rows import (
    DeclineRow,
    DropOffRow,
    FallbackRow,
    FunnelRow,
    LatencyRow,
    RevenueRow,
)
from unshackled.http.described import Described


class ReportAsOf(Described):
    """The newest event that is counted."""

    event: str = Field(description="Its id.")
    at: datetime


class Report(Described):
    """What every report says of itself."""

    report: str
    livemode: bool = Field(description="Whether live checkouts were counted, or test ones.")
    first_day: date = Field(alias="from", description="The first day, UTC.")
    last_day: date = Field(alias="to", description="The last day, included.")
    flow: str | None = Field(description="Only this flow; null: all of them.")
    as_of: ReportAsOf | None = Field(
        description="Every checkout's events are counted in order, up to about this moment; "
        "null: nothing is counted yet."
    )


class FunnelReport(Report):
    """How far checkouts came that began in these days."""

    items: list[FunnelRow]


class DropOffReport(Report):
    """Where and why checkouts that began in these days ended without an order."""

    items: list[DropOffRow]


class DeclineReport(Report):
    """What providers declined in these days."""

    items: list[DeclineRow]


class LatencyReport(Report):
    """How long things took that ended in these days."""

    relative_error: float = Field(
        description="A percentile is at most this share away from the time that has its rank."
    )
    items: list[LatencyRow]


class FallbackReport(Report):
    """Who stepped in for whom in these days."""

    items: list[FallbackRow]


class RevenueReport(Report):
    """What was completed in these days."""

    items: list[RevenueRow]


REPORTS: tuple[type[BaseModel], ...] = (
    FunnelReport,
    DropOffReport,
    DeclineReport,
    LatencyReport,
    FallbackReport,
    RevenueReport,
)
