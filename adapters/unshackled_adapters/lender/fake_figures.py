"""What pays an agreement off at the stand-in lender, by its own sums: a running account.

Interest is added at the end of each month and for the days of a broken one, each payment is taken
off when it is due; one that was missed stays owed, one that came early counts from its due day.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any, Final

# A figure is asked for a day four weeks on where no day is named, and holds for a week.
NOTICE: Final = timedelta(days=28)
HOLDS: Final = timedelta(days=7)


def payments_of(agreement: Mapping[str, Any]) -> Sequence[int]:
    """Every payment of an agreement in order."""
    told: Sequence[int] = agreement.get("payments") or ()
    return told or [agreement["regular_payment"]] * agreement["months"]


def figure_of(agreement: Mapping[str, Any], on: date) -> int:
    """What pays it off on a day: the account that far, and never more than all that is unpaid."""
    payments, made = payments_of(agreement), agreement["repayments_made"]
    unpaid = sum(payments[made:])
    if not float(agreement["apr"]):
        return unpaid
    owed = _owed(agreement, payments[:made], on)
    return max(0, min(unpaid, int(owed + Fraction(1, 2))))


def _owed(agreement: Mapping[str, Any], paid: Sequence[int], on: date) -> Fraction:
    """The account month by month, then for the days of the month that the day is in."""
    growth = 1 + float(agreement["apr"]) / 100
    monthly = Fraction(round((growth ** (1 / 12) - 1) * 10**6), 10**6)
    began = datetime.fromisoformat(agreement["started"]).date()
    account, months = Fraction(agreement["amount"]), 0
    while _later(began, months + 1) <= on:
        account += account * monthly
        account -= paid[months] if months < len(paid) else 0
        months += 1
    last = _later(began, months)
    part = (on - last).days / (_later(began, months + 1) - last).days
    early = sum(paid[months:])
    return account * Fraction(float(1 + monthly) ** part) - early


def _later(day: date, months: int) -> date:
    """The same day of a later month, or its last day."""
    years, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(years, month + 1, min(day.day, monthrange(years, month + 1)[1]))
