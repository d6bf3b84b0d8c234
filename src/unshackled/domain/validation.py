"""Formats of the trade, checked without asking anybody."""

from __future__ import annotations

import re
from typing import Final

_IMEI: Final = re.compile(r"[0-9]{15}")


def is_imei(text: str) -> bool:
    """15 digits, the last a Luhn check digit (3GPP TS 23.003)."""
    return _IMEI.fullmatch(text) is not None and luhn(text)


def luhn(digits: str) -> bool:
    """Whether the last digit checks the others (ISO/IEC 7812-1 Annex B)."""
    total = 0
    for index, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + index % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0
