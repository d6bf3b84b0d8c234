"""Offers as TM Forum's TMF620 writes them: which hold now, and which cannot be read.

A price or an offering is in force from its start on and before its end (`start <= now < end`); of
several prices in force the one that started last counts. A day or a time without an offset is one
of the retailer's zone. What cannot be read is left out and logged, so that one offering never makes
the whole catalogue unreadable.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, time
from typing import Any, Final, TypeVar
from zoneinfo import ZoneInfo

from unshackled.domain.bounds import longest
from unshackled.domain.catalogue import Catalogue
from unshackled.domain.records import Record
from unshackled.domain.time_zones import local
from unshackled.ports.catalogue import LeftOut
from unshackled.sdk.answers import UNREADABLE

T = TypeVar("T")
Json = Mapping[str, Any]
_A_DAY: Final = len("2026-11-30")


class OfferPeriod(Record, kw_only=False):
    """From `start` on, before `end`; None is open."""

    start: datetime | None = None
    end: datetime | None = None

    def holds(self, now: datetime) -> bool:
        """Whether it has begun and not ended."""
        begun = self.start is None or self.start <= now
        return begun and (self.end is None or now < self.end)


def moment_in(text: str, time_zone: str) -> datetime:
    """A time, or the beginning of a day, in the zone where it names no offset."""
    if len(text) == _A_DAY:
        return datetime.combine(date.fromisoformat(text), time.min, ZoneInfo(time_zone))
    at = datetime.fromisoformat(text)
    return at if at.tzinfo is not None else at.replace(tzinfo=ZoneInfo(time_zone))


def period_of(thing: Json, time_zone: str) -> OfferPeriod:
    """The `validFor` of an offering or a price."""
    period = thing.get("validFor") or {}
    start, end = (
        moment_in(period[name], time_zone) if period.get(name) is not None else None
        for name in ("startDateTime", "endDateTime")
    )
    return OfferPeriod(start, end)


class Clocked(Record, kw_only=False):
    """The moment at which a catalogue is read, and the retailer's zone."""

    now: datetime
    time_zone: str

    def in_force(self, thing: Json) -> bool:
        """Whether an offering is sold now."""
        return period_of(thing, self.time_zone).holds(self.now)

    def current(self, prices: Iterable[Json]) -> Json | None:
        """The price in force that started last; None where none is.

        `ValueError` where two that differ started at once: which of them is asked is unknown.
        """
        found = [(period_of(price, self.time_zone), price) for price in prices]
        holding = [(period.start, price) for period, price in found if period.holds(self.now)]
        last = max((start for start, _ in holding if start is not None), default=None)
        latest = [price for start, price in holding if start == last]
        if any(price.get("price") != latest[0].get("price") for price in latest):
            raise ValueError("several prices at once")
        return latest[0] if latest else None

    def to_come(self, prices: Iterable[Json]) -> list[tuple[date, Json]]:
        """The prices that begin later, the soonest first, each with the retailer's day of it."""
        found = []
        for price in prices:
            period = period_of(price, self.time_zone)
            start = period.start
            lasts = start is not None and (period.end is None or start < period.end)
            if start is not None and lasts and start > self.now:
                found.append((start, price))
        ordered = sorted(found, key=lambda one: one[0])
        return [(local(start, self.time_zone).date(), price) for start, price in ordered]

    def next_change(self, things: Iterable[Json], rises: Iterable[Json] = ()) -> datetime | None:
        """When the next of `things` begins or ends, or one of `rises` ends.

        A rise that begins is known already. What cannot be read counts for nothing.
        """
        moments = [at for thing in things for at in self._moments(thing)]
        moments += [at for rise in rises for at in self._moments(rise)[1:]]
        return min((at for at in moments if at is not None and at > self.now), default=None)

    def _moments(self, thing: Json) -> list[datetime | None]:
        try:
            period = period_of(thing, self.time_zone)
        except UNREADABLE:
            return []
        return [period.start, period.end]


def whole(value: object) -> int:
    """A whole number that is not below 0, as JSON has it or in digits; `ValueError` for others."""
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    if isinstance(value, str) and value.isascii() and value.isdigit():
        return int(value)
    raise ValueError("not a whole number")


class Reading:
    """Reads the offerings of a catalogue one by one; `left_out` are those that it could not."""

    def __init__(self) -> None:
        """Nothing was read yet."""
        self.left_out: list[LeftOut] = []
        self._known: set[tuple[str, str]] = set()

    def all(
        self, kind: str, things: Sequence[Any], make: Callable[[Any], T | None]
    ) -> tuple[T, ...]:
        """What `make` makes of each; None is not sold now, and an error leaves one out.

        `TypeError` for what is no list at all.
        """
        if not isinstance(things, list | tuple):
            raise TypeError(kind)
        found = []
        for thing in things:
            try:
                made = make(thing)
                if made is not None:
                    self._require_new(kind, made)
                    found.append(made)
            except UNREADABLE as error:
                self.left_out.append(LeftOut(kind=kind, item=_name(thing), why=_why(error)))
        return tuple(found)

    def require_some(self, catalogue: Catalogue) -> None:
        """`ValueError` where there were offerings and not one of them could be read."""
        parts = (
            catalogue.handsets,
            catalogue.tariffs,
            catalogue.credit_plans,
            catalogue.accessories,
        )
        if self.left_out and not any((*parts, catalogue.trade_ins)):
            raise ValueError("no offering can be read")

    def _require_new(self, kind: str, item: object) -> None:
        name = name_of(item)
        if (kind, name) in self._known:
            raise ValueError("given more than once")
        if any(len(str(getattr(item, key, "") or "")) > longest(key) for key in ("sku", "title")):
            raise ValueError("too long")
        self._known.add((kind, name))


def name_of(item: object) -> str:
    """What an item of a catalogue is known by."""
    for keys in (("sku",), ("code",), ("model", "grade")):
        if hasattr(item, keys[0]):
            return " ".join(str(getattr(item, key)) for key in keys)
    return ""


def _name(thing: Any) -> str:
    """The id or name of what could not be read, as the backend has it."""
    for key in ("id", "sku", "code", "name", "model"):
        try:
            value = thing.get(key)
        except AttributeError:
            break
        if value and isinstance(value, str | int):
            return str(value)[: longest("sku")]
    return "?"


def _why(error: Exception) -> str:
    """The field that is missing, or what is wrong with it: of a catalogue nothing is personal."""
    text = str(error.args[0]) if error.args else ""
    return f"{type(error).__name__}: {text}"[: longest("why")].rstrip(": ")
