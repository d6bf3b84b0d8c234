"""When and by whom a case may be opened: what its flow says under `opens`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

from unshackled.domain.case import CaseKind
from unshackled.domain.records import Record

CaseStart = Literal["completed", "dispatched", "delivered", "agreement"]
CaseBound = Literal["received", "payment"]


class CaseTerms(Record):
    """A kind of case, who may open it, and for how long.

    `within` are whole days on the market's calendar, counted from the day after the one on which
    what `from_` names happened; None has no end. `up_to` says how much may be given back: of all
    that came in for the sale, or of the customer's payment alone.
    """

    kind: CaseKind
    by: tuple[str, ...]
    within: timedelta | None = None
    from_: CaseStart = "completed"
    up_to: CaseBound = "received"

    def last_day(self, started: Mapping[str, datetime], now: datetime) -> date | None:
        """The last day on which it may be opened; None where there is no end, or not yet.

        `now` is in the market's zone. What has not happened starts no time: a customer may give
        up what was not delivered yet.
        """
        start = started.get(self.from_)
        if self.within is None or start is None:
            return None
        return start.astimezone(now.tzinfo).date() + timedelta(days=self.within.days)

    def until(self, started: Mapping[str, datetime], now: datetime) -> datetime | None:
        """The moment (UTC) from which on it cannot be opened: the last day's end in the market."""
        last = self.last_day(started, now)
        if last is None:
            return None
        return datetime.combine(last + timedelta(days=1), time(), now.tzinfo).astimezone(UTC)
