"""The sums that Stripe takes, in our minor units, as docs.stripe.com/currencies says them.

The minimum is that of the currency that is settled in; the charge's is the nearest that is known
here. An amount has at most eight digits as Stripe counts it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from unshackled.sdk import ANY_CURRENCY, AmountRange

MOST: Final = 99_999_999
LEAST: Final[Mapping[str, int]] = {
    "AED": 200,
    "AUD": 50,
    "BRL": 50,
    "CAD": 50,
    "CHF": 50,
    "CZK": 1_500,
    "DKK": 250,
    "EUR": 50,
    "GBP": 30,
    "HKD": 400,
    "HUF": 17_500,
    "INR": 50,
    "JPY": 50,
    "MXN": 1_000,
    "MYR": 200,
    "NOK": 300,
    "NZD": 50,
    "PLN": 200,
    "RON": 200,
    "SEK": 300,
    "SGD": 50,
    "THB": 1_000,
    "USD": 50,
}
RANGES: Final[Mapping[str, AmountRange]] = {
    **{currency: AmountRange(least=least, most=MOST) for currency, least in LEAST.items()},
    ANY_CURRENCY: AmountRange(most=MOST),
}
