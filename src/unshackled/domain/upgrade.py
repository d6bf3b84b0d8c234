"""Upgrade programmes: who may change the phone early, and what the old agreement then costs."""

from __future__ import annotations

from typing import Final, Literal

from unshackled.domain.catalogue import Grade
from unshackled.domain.facts import Fact
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


class Programme(Record, Fact):
    """The rules of one programme: agreements of `months`, from `min_repayments` on.

    `window_months` counts from the month of the last repayment needed; `None` stays open to the
    end. `worst_grade` is the lowest grade that is taken back; `None` takes any.
    """

    name: str
    months: int
    min_repayments: int
    window_months: int | None = None
    requires_return: bool = True
    worst_grade: Grade | None = "worn"

    def __post_init__(self) -> None:
        if not 0 <= self.min_repayments <= self.months:
            raise ValueError(f"min_repayments: {self.min_repayments} is not 0 to {self.months}")
        if self.window_months is not None and self.window_months < 1:
            raise ValueError(f"window_months: {self.window_months} is below 1")


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
    reasons = tuple(_against(programme, standing))
    if reasons:
        return NotEligible(reasons=reasons)
    value = trade_in if standing.device_grade is not None else 0
    return Eligible(
        left=settlement.left,
        rebate=settlement.rebate,
        trade_in=value,
        due=max(0, settlement.due - value),
        surplus=max(0, value - settlement.due),
    )


def _against(programme: Programme, standing: Standing) -> list[Reason]:
    grade, worst = standing.device_grade, programme.worst_grade
    beyond = standing.repayments_made - programme.min_repayments
    broken: dict[Reason, bool] = {
        "other_term": standing.months != programme.months,
        "too_few_repayments": beyond < 0,
        "window_closed": programme.window_months is not None and beyond > programme.window_months,
        "in_arrears": standing.arrears > 0,
        "device_not_returned": programme.requires_return and grade is None,
        "grade_too_low": grade is not None
        and worst is not None
        and GRADES.index(grade) > GRADES.index(worst),
    }
    return [reason for reason, breaks in broken.items() if breaks]
