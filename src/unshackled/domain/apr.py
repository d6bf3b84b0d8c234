"""The annual percentage rate of charge (2008/48/EC Annex I; FCA CONC App 1.2).

It is the X that makes the present value of the drawdowns equal to that of the repayments and
charges: sum of C_k (1+X)^-t_k = sum of D_l (1+X)^-s_l, with t counted from the first drawdown.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Context, Decimal
from math import exp, expm1, log
from typing import Final

from unshackled.domain.periods import Period, Unit, common_unit, interval
from unshackled.domain.records import Record

_START: Final = Period()
_STEEPEST: Final = 700.0  # exp() of more is beyond a float
_STEPS: Final = 60
_WIDE: Final = Context(prec=400, rounding=ROUND_HALF_UP)


class Flow(Record):
    """An amount in minor units, on a date or at a time after the first drawdown."""

    amount_minor: int
    at: date | Period = _START


def apr_percent(
    advances: Sequence[Flow], repayments: Sequence[Flow], *, unit: Unit | None = None
) -> Decimal:
    """The unrounded rate in percent, good to 9 decimals below 1,000 %.

    `advances` are the drawdowns, `repayments` everything the customer pays, charges included;
    either all flows have dates or all have periods. `unit` fixes what dated intervals are
    counted in (`year` gives 98/7/EC's calendar basis); by default the schedule shows it.
    Raises `ValueError` where no rate solves the equation.
    """
    if not advances or any(flow.amount_minor < 0 for flow in (*advances, *repayments)):
        raise ValueError("advances: at least one is needed, and no amount may be below 0")
    return Decimal(repr(round(100 * expm1(_force(_timeline(advances, repayments, unit))), 10)))


def monthly_apr_percent(amount: int, payments: Sequence[int]) -> Decimal:
    """The rate of a loan that is drawn at once and repaid monthly in arrears: as `apr_percent`.

    Of the worth of a month's delay, the present value is a polynomial that only rises: from no
    interest on, Newton's steps come down to its root and never pass it.
    """
    worth = sum(payments) - amount
    if worth == 0:
        return Decimal(0)
    if worth > 0:
        delay, steps = 1.0, 0
        while steps < _STEPS:
            value, slope = _polynomial(amount, payments, delay)
            following = delay - value / slope
            if delay - following <= 1e-16:
                return Decimal(repr(round(100 * expm1(-12 * log(following)), 10)))
            delay, steps = following, steps + 1
    flows = [Flow(amount_minor=one, at=Period(months=n)) for n, one in enumerate(payments, 1)]
    return apr_percent([Flow(amount_minor=amount)], flows)


def _polynomial(amount: int, payments: Sequence[int], delay: float) -> tuple[float, float]:
    """What the payments are worth beyond the amount, and the slope, by Horner's scheme."""
    value = slope = 0.0
    for payment in reversed(payments):
        slope = slope * delay + value
        value = value * delay + payment
    return value * delay - amount, slope * delay + value


def published(rate_percent: Decimal) -> Decimal:
    """A rate to one decimal, half up (2008/48/EC Annex I, remark d)."""
    return rate_percent.quantize(Decimal("0.1"), context=_WIDE)


def _timeline(
    advances: Sequence[Flow], repayments: Sequence[Flow], unit: Unit | None
) -> dict[float, int]:
    """Net amounts to the customer by time in years."""
    times = _times(advances, repayments, unit)
    signed = [flow.amount_minor for flow in advances]
    signed += [-flow.amount_minor for flow in repayments]
    net: dict[float, int] = {}
    for time, amount in zip(times, signed, strict=True):
        net[time] = net.get(time, 0) + amount
    return net


def _times(advances: Sequence[Flow], repayments: Sequence[Flow], unit: Unit | None) -> list[float]:
    """Years from the first drawdown; below 0 for a charge paid before it."""
    moments = [flow.at for flow in (*advances, *repayments)]
    dates = [moment for moment in moments if isinstance(moment, date)]
    if dates and len(dates) != len(moments):
        raise ValueError("at: dates and periods cannot be mixed in one schedule")
    if dates:
        start = min(dates[: len(advances)])
        unit = unit or common_unit(start, dates)
        return [
            interval(start, day, unit).in_years
            if day >= start
            else -interval(day, start, unit).in_years
            for day in dates
        ]
    spans = [moment.in_years for moment in moments if isinstance(moment, Period)]
    first = min(spans[: len(advances)])
    return [span - first for span in spans]


def _force(net: dict[float, int]) -> float:
    """The root u = ln(1+X) of the net present value: bracketed, then Newton kept inside."""
    if sum(net.values()) == 0:
        return 0.0
    low, high = _bracket(net)
    guess = (low + high) / 2
    for _ in range(200):
        value, slope = _value(net, guess)
        if value == 0 or high - low <= 1e-16 * max(1.0, abs(guess)):
            break
        low, high = (low, guess) if value > 0 else (guess, high)
        newton = guess - value / slope if slope else low
        following = newton if low < newton < high else (low + high) / 2
        if abs(following - guess) <= 1e-16 * max(1.0, abs(guess)):
            break
        guess = following
    return guess


def _bracket(net: dict[float, int]) -> tuple[float, float]:
    """Two rates between which the present value changes sign, the nearest to zero."""
    charged = sum(net.values()) < 0
    limit = _STEEPEST / max(1.0, -min(net) if charged else max(net))
    near, step = 0.0, 0.02
    while near < limit:
        far = min(limit, near + step)
        value = _value(net, far if charged else -far)[0]
        if (value >= 0) if charged else (value <= 0):
            return (near, far) if charged else (-far, -near)
        near, step = far, step * 1.5
    raise ValueError("no rate makes the repayments equal to the advances")


def _value(net: dict[float, int], force: float) -> tuple[float, float]:
    """The net present value at a force of interest, and its slope."""
    value = slope = 0.0
    for time, amount in net.items():
        present = amount * exp(-force * time)
        value += present
        slope -= time * present
    return value, slope
