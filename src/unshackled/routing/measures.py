"""How providers have done lately: a success rate that forgets, by provider and operation.

Each process measures what it sent itself; nothing is shared between replicas.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from unshackled.domain.clock import Clock
from unshackled.domain.records import Record
from unshackled.flow.engine.route_choice import Score

HALF_LIFE: Final = timedelta(minutes=10)
# As if it had passed this many calls before the first: two unlucky customers prove nothing.
PRIOR: Final = 5.0
LEAST_RATE: Final = 0.01


class ProviderCost(Record):
    """What a provider takes: `fixed` minor units for each call, `percent` of what is paid."""

    fixed: float = 0.0
    percent: float = 0.0


@dataclass(slots=True)
class _Count:
    good: float = 0.0
    calls: float = 0.0
    at: float = 0.0

    def fade(self, now: float) -> None:
        kept = 0.5 ** ((now - self.at) / HALF_LIFE.total_seconds())
        self.good, self.calls, self.at = self.good * kept, self.calls * kept, now


class Measures:
    """Success rates of every provider of every retailer.

    A call succeeded when the backend said yes, or asks the customer or a person. A decline and a
    failure both are none: for a payment that is what a retailer means by success.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._counts: dict[tuple[str, str, str], _Count] = {}

    def note(self, retailer: str, provider: str, operation: str, *, good: bool) -> None:
        """One call ended."""
        now = self._clock.monotonic()
        count = self._counts.setdefault((retailer, provider, operation), _Count(at=now))
        count.fade(now)
        count.good += good
        count.calls += 1

    def rates_of(self, retailer: str, provider: str) -> Iterator[tuple[str, Score]]:
        """The rate of each operation of a provider that was called."""
        for one, other, operation in sorted(self._counts):
            if (one, other) == (retailer, provider):
                yield operation, self.score(retailer, provider, operation, price=ProviderCost())

    def score(
        self, retailer: str, provider: str, operation: str, *, price: ProviderCost, amount: int = 0
    ) -> Score:
        """The rate so far, and what one success of `amount` minor units costs at this price."""
        count = self._counts.get((retailer, provider, operation))
        good, calls = 0.0, 0.0
        if count is not None:
            count.fade(self._clock.monotonic())
            good, calls = count.good, count.calls
        rate = (good + PRIOR) / (calls + PRIOR)
        cost = price.fixed / max(rate, LEAST_RATE) + price.percent * amount / 100
        return Score(rate=rate, calls=calls, cost=cost)
