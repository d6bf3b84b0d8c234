"""What is counted: one number by retailer, day, flow, step, provider and what it is about."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Final

from unshackled.events.reports.histogram import bucket_of
from unshackled.store.side_tables.report_counts import CounterKey, Counts, Topic

# Between who ended a checkout and why, in the code of `dropped`; before a colon stands one word.
BY: Final = ":"


def day_of(at: datetime) -> str:
    """The day of a time in UTC, which every time of an event is in."""
    return at.date().isoformat()


class CountIncrements:
    """Increments of one event: same retailer, flow and day."""

    def __init__(self, *, retailer: str, flow: str, began: str, day: str) -> None:
        self._retailer = retailer
        self._flow = flow
        self._began = began
        self._day = day
        self._found: Counter[CounterKey] = Counter()

    def funnel(self, measure: str, step: str = "", provider: str = "", *, code: str = "") -> None:
        """One checkout more, among those that began when it did."""
        self._add("funnel", measure, step, provider, code)

    def left(self, step: str, provider: str) -> None:
        """One checkout fewer waits at a step."""
        self._add("funnel", "waiting", step, provider, "", amount=-1)

    def answer(self, measure: str, step: str, provider: str, *, code: str = "") -> None:
        """One answer, or one outage, of a provider."""
        self._add("answers", measure, step, provider, code)

    def latency(self, measure: str, span: timedelta, step: str = "", provider: str = "") -> None:
        """One more in the bucket of a span; clocks of two machines may make it negative: none."""
        self._add("latency", measure, step, provider, str(bucket_of(span)))

    def revenue(self, measure: str, currency: str, amount: int = 1) -> None:
        """An amount in minor units, or a number of checkouts."""
        if amount:
            self._add("revenue", measure, "", "", "", currency=currency, amount=amount)

    def counts(self) -> Counts:
        """Everything that is not zero."""
        return {key: amount for key, amount in self._found.items() if amount}

    def _add(
        self,
        topic: Topic,
        measure: str,
        step: str,
        provider: str,
        code: str,
        *,
        currency: str = "",
        amount: int = 1,
    ) -> None:
        day = self._began if topic == "funnel" else self._day
        key = CounterKey(
            self._retailer, topic, day, self._flow, measure, step, provider, code, currency
        )
        self._found[key] += amount
