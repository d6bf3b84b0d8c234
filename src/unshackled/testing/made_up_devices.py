"""Devices of made-up customers: each has one of their own, for one device is one trade-in."""

from __future__ import annotations

from typing import Final

from unshackled.domain.validation import luhn

_TYPE: Final = "49015420"  # the type allocation code of a phone that every stand-in takes


def imei_of(number: int) -> str:
    """A valid IMEI, another one for each of a million numbers (3GPP TS 23.003)."""
    body = f"{_TYPE}{number % 1_000_000:06d}"
    return next(f"{body}{check}" for check in "0123456789" if luhn(f"{body}{check}"))
