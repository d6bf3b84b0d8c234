"""Erasing personal data: what keeps it until when, and what is left of a checkout afterwards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any, Final, TypeVar
from zoneinfo import ZoneInfo

from unshackled.domain.codec import decode, encode
from unshackled.domain.package import Package
from unshackled.domain.periods import add_months
from unshackled.domain.personal import dataclasses_in, fields_of, is_personal, split
from unshackled.domain.records import Record, declared

Json = Any
Path = tuple[str, ...]
T = TypeVar("T")

ERASED: Final = "erased"  # what a required personal field reads as, once erased

# Why personal data is still needed, in the order in which it is told.
OPEN: Final = "checkout_open"
UNSETTLED: Final = "checkout_unsettled"
CASE: Final = "case_open"
CONTRACT: Final = "contract_term"
LAW: Final = "legal_retention"
REASONS: Final = (OPEN, UNSETTLED, CASE, CONTRACT, LAW)


class RetentionDuty(Record):
    """Why personal data may not be erased yet: a reason of `REASONS`, until when, by what law.

    Without `until` nobody can say: it ends with what somebody does.
    """

    reason: str
    until: datetime | None = None
    basis: str | None = None


class RetentionPeriods(Record):
    """How long the records of an order are kept after its contracts ended, and by what law.

    `years` count from the end of the longest contract, or of the calendar year that it ends in.
    `idle` is how long data is kept that neither a contract nor the law asks for, after the end.
    """

    years: int = 6
    basis: str = "Limitation Act 1980, section 5"
    from_year_end: bool = False
    idle: timedelta = timedelta(days=30)


class Erasure(Record, omit_defaults=True):
    """What was erased, and who asked for it: retailer, operator or clock.

    `steps` are those whose data is gone. Without `duties` nothing personal is left at all.
    """

    at: datetime
    by: str
    reason: str
    steps: tuple[str, ...] = ()
    duties: tuple[RetentionDuty, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether nothing personal is left."""
        return not self.duties


def contract_end(package: Package, began: date, last_payment: date | None = None) -> date:
    """The last day of the longest contract of an order of this day: of credit or of airtime.

    A payment that is dated later, since the first one was put off, is of a contract too.
    """
    months = [0]
    months += [package.credit.months] if package.credit is not None else []
    months += [package.tariff.term_months] if package.tariff is not None else []
    return max(add_months(began, max(months)), last_payment or began)


def duties_of_order(
    package: Package,
    began: date,
    periods: RetentionPeriods,
    zone: str,
    last_payment: date | None = None,
) -> tuple[RetentionDuty, ...]:
    """What keeps the data of an order of this day: its contracts, then the law on its records.

    Each ends with a day of the retailer's `zone`; `last_payment` is the last one that has a date.
    """
    ends = contract_end(package, began, last_payment)
    records_from = date(ends.year, 12, 31) if periods.from_year_end else ends
    law = RetentionDuty(
        reason=LAW,
        until=_end_of(add_months(records_from, 12 * periods.years), zone),
        basis=periods.basis,
    )
    if ends == began:
        return (law,)
    return (RetentionDuty(reason=CONTRACT, until=_end_of(ends, zone)), law)


def _end_of(day: date, zone: str) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), ZoneInfo(zone)).astimezone(UTC)


def anonymous(fact: T) -> T:
    """The same without its personal fields; those that it cannot be without read `ERASED`."""
    shape: Any = type(fact)
    public = split(shape, encode(fact))[0]
    for path in required_personal(shape):
        fill(public, path)
    found: T = decode(shape, public)
    return found


@cache
def required_personal(shape: type) -> tuple[Path, ...]:
    """Where a personal field without a default lies in a record, at any depth."""
    return tuple(_required(shape))


def _required(shape: type) -> Iterator[Path]:
    optional = {one.name for one in declared(shape) if not one.required}
    for name, annotation in fields_of(shape).items():
        if is_personal(annotation):
            yield from () if name in optional else [(name,)]
        else:
            for inner in dataclasses_in(annotation):
                yield from ((name, *path) for path in required_personal(inner))


def fill(whole: dict[str, Json], path: Path) -> None:
    """Mark the field as erased where what it belongs to is still there."""
    *way, last = path
    part: Json = whole
    for name in way:
        part = part.get(name) if isinstance(part, Mapping) else None
    if isinstance(part, dict):
        part.setdefault(last, ERASED)
