"""By how much two answers may differ before it is called a difference."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from unshackled.domain.records import Record

_FORM: Final = re.compile(r"([0-9]+(?:\.[0-9]+)?)(%|s|m|h)?")
_SECONDS: Final = {"s": 1, "m": 60, "h": 3600}


class Tolerance(Record, kw_only=False):
    """A number of units (`1`), a share of the larger one (`0.5%`), or a time (`60s`, `5m`)."""

    amount: Decimal
    unit: str

    @classmethod
    def read(cls, text: str, where: str = "tolerance") -> Tolerance:
        """Raises `ValueError` naming the forms."""
        found = _FORM.fullmatch(text.strip())
        if found is None:
            raise ValueError(f"{where}: {text!r} is none of 1, 0.5% and 60s")
        return cls(Decimal(found[1]), found[2] or "")

    def allows(self, one: Any, other: Any) -> bool:
        """Whether two values are as good as equal; values of another kind never are."""
        if self.unit in _SECONDS:
            bound = timedelta(seconds=float(self.amount) * _SECONDS[self.unit])
            first, second = _moment(one), _moment(other)
            return first is not None and second is not None and abs(first - second) <= bound
        numbers = _number(one), _number(other)
        if numbers[0] is None or numbers[1] is None:
            return False
        apart = abs(numbers[0] - numbers[1])
        if self.unit == "%":
            return apart * 100 <= self.amount * max(abs(numbers[0]), abs(numbers[1]))
        return apart <= self.amount


def _number(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        return None
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return None


def _moment(value: Any) -> datetime | None:
    if not isinstance(value, str):
        return value if isinstance(value, datetime) else None
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        return None
