"""The waiting room: when a new checkout may begin where more come than a retailer lets in.

Virtual scheduling, as of the generic cell rate algorithm (ITU-T I.371): a retailer has one moment
`next_at`, when the next place is. A place taken moves it by one interval of the rate; a place whose
moment has come lets in at once. So that an uneven flow below the rate never waits, `next_at` may
lag behind the clock by a burst. Over any span no more are let in than its rate and one burst.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final

from unshackled.domain.records import Record

MINUTE: Final = timedelta(minutes=1)
# How much of the future a replica takes at a time, and how long it keeps what it took.
BLOCK_SPAN: Final = timedelta(seconds=1)
# A place whose turn came is kept so long for somebody who does nothing.
UNUSED_FOR: Final = timedelta(minutes=10)
# So many may come at once without waiting, where a second of the rate is not more.
BURST: Final = 5


class AdmissionRate(Record, kw_only=False):
    """How many new checkouts a minute are let in, above 0."""

    per_minute: float

    @property
    def interval(self) -> timedelta:
        """From one place to the next."""
        return MINUTE / self.per_minute

    @property
    def second(self) -> int:
        """The places of one second, one at least: the largest block that a replica takes."""
        return max(1, math.floor(self.per_minute / 60))

    @property
    def burst(self) -> int:
        """How many may come at once: a tenth of a minute's, 5 at most, or a second's if more."""
        return max(self.second, min(BURST, math.ceil(self.per_minute / 10)))


class QueuePlace(Record, omit_defaults=True):
    """A checkout's place: nothing is begun for it before `admit_at`.

    `per_minute` is the rate when it was given, 0 where nobody waited. It is gone as soon as the
    customer used their turn; without that `lapsed_at` says since when it counts no more.
    """

    admit_at: datetime
    joined_at: datetime
    per_minute: float
    admitted_at: datetime | None = None
    lapsed_at: datetime | None = None

    @property
    def waiting(self) -> bool:
        """Whether its turn is still to come."""
        return self.admitted_at is None and self.lapsed_at is None

    def position(self, now: datetime) -> int:
        """How many are let in until it is its turn, itself included; 0 once it has come."""
        if not self.per_minute or not self.waiting:
            return 0
        return queue_length(self.admit_at, AdmissionRate(self.per_minute), now)


class Block(Record, kw_only=False):
    """Places of one room that were taken together: the moment of each, and what is next."""

    places: tuple[datetime, ...]
    next_at: datetime


def queue_length(next_at: datetime | None, rate: AdmissionRate, now: datetime) -> int:
    """How many places there are from now until a moment; 0 where it has come."""
    if next_at is None or next_at <= now:
        return 0
    return math.ceil((next_at - now) / rate.interval)


def advanced(
    next_at: datetime | None, entries: Iterable[datetime], rate: AdmissionRate
) -> datetime | None:
    """`next_at` after those who came in at these moments, the earliest first, without a place."""
    for at in entries:
        next_at = _base(next_at, at, rate) + rate.interval
    return next_at


def take(next_at: datetime | None, now: datetime, rate: AdmissionRate, count: int = 1) -> Block:
    """The next places of a room, in order; those that are not later than `now` let in at once."""
    base = _base(next_at, now, rate)
    places = tuple(base + number * rate.interval for number in range(count))
    return Block(places, base + count * rate.interval)


def _base(next_at: datetime | None, now: datetime, rate: AdmissionRate) -> datetime:
    idle = now - (rate.burst - 1) * rate.interval
    return idle if next_at is None else max(next_at, idle)


class RoomShare(Record):
    """What a retailer's file says: a rate of its own, None for no other than the deployment's.

    `share` is its weight in the deployment's rate.
    """

    per_minute: float | None = None
    share: int = 1


def admission_rates(
    deployment: float | None, retailers: Mapping[str, RoomShare]
) -> Mapping[str, AdmissionRate]:
    """The rate of each retailer that has one.

    Without a `deployment` rate (a minute) each has its own. With one, each is reserved its share of
    it by weight, and what those leave who have a lower rate of their own goes to the others, again
    by weight. Nobody's crowd takes anything of another's rate, and together they never exceed it.
    """
    own = {name: one.per_minute for name, one in retailers.items()}
    if deployment is not None:
        own = dict(_shared(deployment, retailers))
    return {name: AdmissionRate(rate) for name, rate in own.items() if rate is not None}


def _shared(deployment: float, retailers: Mapping[str, RoomShare]) -> Mapping[str, float]:
    """Fill up by weight; who has enough with its own rate leaves the rest to the others."""
    found: dict[str, float] = {}
    left, open_ = deployment, dict(retailers)
    while open_:
        weights = sum(one.share for one in open_.values())
        part = {name: left * one.share / weights for name, one in open_.items()}
        content = {
            name: one.per_minute
            for name, one in open_.items()
            if one.per_minute is not None and one.per_minute <= part[name]
        }
        if not content:
            return {**found, **part}
        found |= content
        left -= sum(content.values())
        open_ = {name: one for name, one in open_.items() if name not in content}
    return found
