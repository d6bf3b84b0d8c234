"""From which age on a package is sold: by law where it is on credit, else as its catalogue says."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any, Final

from unshackled.domain.package import Package
from unshackled.domain.records import Record

ADULT: Final = 18  # CONC 2.5.8R; German Civil Code sections 2 and 104 to 113


class AgeLimit(Record):
    """A part of a package that is sold from an age on, in whole years, and what it is called."""

    part: str
    title: str
    years: int

    @property
    def code(self) -> str:
        """The code of what is said to somebody who is too young."""
        return "under_age" if self.part == "credit" else "too_young"

    @property
    def params(self) -> dict[str, Any]:
        """What fills that sentence."""
        if self.part == "credit":
            return {"years": self.years}
        return {"least_age": self.years, "title": self.title}

    def refuses(self, born: date, today: date) -> bool:
        """Whether somebody has not reached the age yet."""
        return younger(born, self.years, today)


def age_limits(package: Package) -> tuple[AgeLimit, ...]:
    """The limits of a package's parts, in their order; credit is for adults whatever its plan."""
    return tuple(_limits(package))


def _limits(package: Package) -> Iterator[AgeLimit]:
    if package.credit is not None:
        years = max(ADULT, package.credit.min_age or 0)
        yield AgeLimit(part="credit", title=package.credit.title, years=years)
    for part, line in (("handset", package.handset), ("tariff", package.tariff)):
        if line is not None and line.min_age:
            yield AgeLimit(part=part, title=line.title, years=line.min_age)


def younger(born: date, years: int, today: date) -> bool:
    """Whether a customer has not had that birthday yet; of 29 February on 1 March.

    Family Law Reform Act 1969 section 9: at the beginning of the day.
    """
    return (today.year - born.year, today.month, today.day) < (years, born.month, born.day)
