"""What the reports keep: a journey for each checkout, and counts, written together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal, NamedTuple, Protocol, TypeAlias

from unshackled.domain.records import Record
from unshackled.store.side_tables.journeys import Journey

Topic = Literal["funnel", "answers", "latency", "revenue"]
# A journey as it was, None before its first event, and as it is now.
Move: TypeAlias = tuple[Journey | None, Journey]


class CounterKey(NamedTuple):
    """What a number is about; an empty text is "none" or "all".

    `day` is UTC: in the topic `funnel` the day on which the checkout began, so that its numbers
    are about the same checkouts; elsewhere the day of the event. `code` is the code of a decline,
    `by:code` of what was dropped, or the bucket of a latency.
    """

    retailer: str
    topic: Topic
    day: str
    flow: str
    measure: str
    step: str = ""
    provider: str = ""
    code: str = ""
    currency: str = ""


Counts: TypeAlias = Mapping[CounterKey, int]


class ReportQuery(Record):
    """What a report is about: an account, and days in UTC (`2026-11-22`), both included."""

    retailer: str
    first: str
    last: str


class AsOf(Record):
    """The newest event that is counted, and its time (RFC 3339, UTC)."""

    event: str
    at: str


class ReportCounts(Protocol):
    """The journeys and counts of all accounts."""

    async def journey(self, checkout: str) -> Journey | None:
        """A checkout as it was folded last."""
        ...

    async def put(self, moves: Sequence[Move], counts: Counts) -> None:
        """Write journeys over those they were folded from, and add to the counts.

        Raises `Conflict`, with nothing written, when another folded an event of them meanwhile.
        Without a move nothing is counted.
        """
        ...

    async def counts(self, query: ReportQuery, topic: Topic, *, daily: bool = False) -> Counts:
        """What was counted, summed up over the days, or `daily`; without days the key has none."""
        ...

    async def as_of(self, retailer: str) -> AsOf | None:
        """The newest of the account's events that is counted; None before the first."""
        ...

    async def flows(self, retailer: str) -> Sequence[str]:
        """The flows that anything was counted of, those that are not sold any more too, sorted."""
        ...

    async def prune(self, *, before: datetime, limit: int) -> int:
        """Delete journeys that ended before a time; how many. What they counted stays.

        Only once their events can come no more, or those would be counted again. The newest of
        each account stays, as it says up to when reports count.
        """
        ...
