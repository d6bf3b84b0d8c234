"""Amounts as Stripe counts them: integers of a unit that is mostly the currency's smallest."""

from __future__ import annotations

from typing import Final

from unshackled.sdk import Refused

# ISO 4217 has no decimals for the first two; Stripe counts hundredths, and takes whole units only.
HUNDREDTHS: Final = frozenset({"ISK", "UGX"})
# ISO 4217 has two decimals; Stripe counts whole units.
WHOLE: Final = frozenset({"MGA"})
# Three decimals, of which the last must be 0.
THOUSANDTHS: Final = frozenset({"BHD", "JOD", "KWD", "OMR", "TND"})


def to_wire(minor: int, currency: str, provider: str) -> dict[str, str]:
    """`amount` and `currency` of a form; raises `Refused` for what Stripe cannot take."""
    wire = minor
    if currency in HUNDREDTHS:
        wire = minor * 100
    elif currency in WHOLE:
        wire = minor // 100
    odd = (currency in WHOLE and minor % 100) or (currency in THOUSANDTHS and minor % 10)
    if odd:
        raise Refused(
            f"{provider}: no such amount of {currency} here", provider=provider, code="amount"
        )
    return {"amount": str(wire), "currency": currency.lower()}


def from_wire(amount: int, currency: str) -> tuple[int, str]:
    """Minor units and the currency's code."""
    code = str(currency).upper()
    if code in HUNDREDTHS:
        if amount % 100:
            raise ValueError("amount")
        return amount // 100, code
    return int(amount) * (100 if code in WHOLE else 1), code
