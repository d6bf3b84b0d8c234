"""Upgrade programmes: who may change the phone early, and what the old agreement then costs."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final, Literal

from unshackled.domain.catalogue import Grade
from unshackled.domain.facts import Fact, added
from unshackled.domain.periods import add_months
from unshackled.domain.records import Record
from unshackled.domain.settlement import Settlement

Reason = Literal[
    "other_term",
    "too_few_repayments",
    "window_closed",
    "in_arrears",
    "device_not_returned",
    "grade_too_low",
]

# Best first: a device in a grade is also in every later one.
GRADES: Final[tuple[Grade, ...]] = ("pristine", "good", "worn", "broken")


# Who pays what the device does not, what its value is set against, and what becomes of the rest.
PaidBy = Literal["customer", "retailer", "new_credit"]
Covers = Literal["settlement", "price", "none"]
SurplusUse = Literal["pay_out", "credit", "forfeit"]
Settles = Literal["at_order", "after_inspection"]
Silence = Literal["accept", "decline"]
# What a device that does not come back costs: its promised value, the whole settlement, or no more
# than that the old agreement goes on.
NotReturned = Literal["value", "settlement", "agreement_goes_on"]


class Programme(Record):
    """The rules of one programme: agreements of `months`, from `min_repayments` on.

    `window_months` counts from the month of the last repayment needed; `None` stays open to the
    end. `worst_grade` is the lowest grade that is taken back; `None` takes any. `most_arrears` are
    minor units that may be overdue.

    Of the settlement the device pays what it `trade_in_covers`, and `left_paid_by` the rest.
    `surplus` is what becomes of its value beyond that: paid to the customer, taken off what is due
    today (paid out where less is due), or lost. The old agreement is settled with the order or
    after the device was inspected. It comes back within `return_within` and is looked at
    within `inspect_within` from then; a lower value is answered within `answer_within`, and
    `silence` says what counts where it is not. `not_returned` is what
    the customer is charged for a device that stays away, or that they take back.
    """

    name: str
    months: int
    min_repayments: int
    window_months: int | None = None
    requires_return: bool = True
    worst_grade: Grade | None = "worn"
    most_arrears: int = added(0)
    left_paid_by: PaidBy = added("customer")
    trade_in_covers: Covers = added("settlement")
    surplus: SurplusUse = added("pay_out")
    settles: Settles = added("at_order")
    return_within: timedelta = added(timedelta(days=14))
    inspect_within: timedelta = added(timedelta(days=7))
    answer_within: timedelta = added(timedelta(days=7))
    silence: Silence = added("accept")
    not_returned: NotReturned = added("value")

    def __post_init__(self) -> None:
        if not 0 <= self.min_repayments <= self.months:
            raise ValueError(f"min_repayments: {self.min_repayments} is not 0 to {self.months}")
        if self.window_months is not None and self.window_months < 1:
            raise ValueError(f"window_months: {self.window_months} is below 1")
        if self.settles == "after_inspection" and self.left_paid_by == "new_credit":
            raise ValueError("settles: a new credit pays the old one off at the order: at_order")
        if self.not_returned == "agreement_goes_on" and self.settles == "at_order":
            raise ValueError("not_returned: an agreement that is settled at the order is over")


class Standing(Record, Fact):
    """How the old agreement stands; `device_grade` is None while no device is returned."""

    months: int
    repayments_made: int
    arrears: int
    device_grade: Grade | None


class Eligible(Record, Fact):
    """The upgrade is open; amounts in minor units.

    `due` is what is left less the rebate and the trade-in, never below 0; `surplus` is what the
    trade-in is worth beyond that.
    """

    left: int
    rebate: int
    trade_in: int
    due: int
    surplus: int


class NotEligible(Record, Fact):
    """Why not: every reason, in the order of the rules."""

    reasons: tuple[Reason, ...]


def eligibility(
    programme: Programme, standing: Standing, settlement: Settlement, *, trade_in: int = 0
) -> Eligible | NotEligible:
    """Whether the programme is open, and what settles the old agreement.

    `trade_in` is the old device's value in minor units; it counts only for a returned device.
    """
    against = reasons(programme, standing)
    if against:
        return NotEligible(reasons=against)
    value = trade_in if standing.device_grade is not None else 0
    return Eligible(
        left=settlement.left,
        rebate=settlement.rebate,
        trade_in=value,
        due=max(0, settlement.due - value),
        surplus=max(0, value - settlement.due),
    )


def reasons(programme: Programme, standing: Standing) -> tuple[Reason, ...]:
    """Every rule that is broken, in their order; none where the programme is open."""
    grade, worst = standing.device_grade, programme.worst_grade
    beyond = standing.repayments_made - programme.min_repayments
    broken: dict[Reason, bool] = {
        "other_term": standing.months != programme.months,
        "too_few_repayments": beyond < 0,
        "window_closed": programme.window_months is not None and beyond > programme.window_months,
        "in_arrears": standing.arrears > programme.most_arrears,
        "device_not_returned": programme.requires_return and grade is None,
        "grade_too_low": grade is not None
        and worst is not None
        and GRADES.index(grade) > GRADES.index(worst),
    }
    return tuple(reason for reason, breaks in broken.items() if breaks)


def open_from(programme: Programme, started: date) -> date:
    """The day of the last repayment that is needed, of an agreement that `started` then."""
    return add_months(started, programme.min_repayments)


def open_until(programme: Programme, started: date) -> date:
    """The last day of the window: before the repayment after its last month; else of the loan."""
    if programme.window_months is None:
        return add_months(started, programme.months)
    last = min(programme.min_repayments + programme.window_months + 1, programme.months)
    return add_months(started, last) - timedelta(days=1)
