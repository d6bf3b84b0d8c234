"""Amounts as Stripe counts them."""

from __future__ import annotations

import pytest

from unshackled.sdk import Refused
from unshackled_adapters.stripe.amounts import from_wire, to_wire


@pytest.mark.parametrize(
    ("minor", "currency", "wire"),
    [
        (6_800, "GBP", 6_800),
        (6_800, "JPY", 6_800),
        (6_800, "KWD", 6_800),
        (68, "ISK", 6_800),
        (68, "UGX", 6_800),
        (6_800, "MGA", 68),
    ],
)
def test_amounts_go_and_come_back(minor: int, currency: str, wire: int) -> None:
    """Where Stripe counts otherwise than ISO 4217, so do we on the wire."""
    form = to_wire(minor, currency, "stripe")
    assert form == {"amount": str(wire), "currency": currency.lower()}
    assert from_wire(wire, form["currency"]) == (minor, currency)


@pytest.mark.parametrize(("minor", "currency"), [(5_124, "KWD"), (6_801, "MGA")])
def test_an_amount_that_stripe_cannot_take_is_not_sent(minor: int, currency: str) -> None:
    """Thousandths must end in 0; nothing is rounded behind anybody's back."""
    with pytest.raises(Refused, match=currency):
        to_wire(minor, currency, "stripe")


def test_a_fraction_of_a_krona_is_unreadable() -> None:
    """An amount with hundredths of a currency without any is no amount."""
    with pytest.raises(ValueError, match="amount"):
        from_wire(6_801, "isk")
