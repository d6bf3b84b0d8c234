"""What customers tell us: the models a `collect` step can name.

Each field says its constraints, so the JSON Schema that a page renders is complete.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field

from unshackled.domain.facts import Fact
from unshackled.domain.personal import Personal
from unshackled.domain.validation import luhn

Text = Annotated[str, Field(min_length=1, max_length=120)]
Pence = Annotated[int, Field(ge=0, le=100_000_000)]
SEPARATORS: Final = re.compile(r"[-._/]")
CARD_NUMBER: Final = re.compile(r"[0-9](?:[-._/]?[0-9]){11,18}")


def _no_card_number(token: str) -> str:
    """The token; `ValueError` where it is 12 to 19 digits that end in their check digit (Luhn)."""
    if CARD_NUMBER.fullmatch(token) and luhn(SEPARATORS.sub("", token)):
        raise ValueError("a card number is not taken: send the payment provider's token")
    return token


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact(Fact):
    """Who the customer is and how to reach them."""

    given_name: Personal[Text]
    family_name: Personal[Text]
    email: Personal[Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$", max_length=254)]]
    phone: Personal[Annotated[str, Field(pattern=r"^\+[1-9][0-9]{6,14}$", description="E.164")]]
    date_of_birth: Personal[date]


@dataclass(frozen=True, slots=True, kw_only=True)
class Address(Fact):
    """Where the customer lives."""

    line1: Personal[Text]
    town: Personal[Text]
    postcode: Personal[Annotated[str, Field(pattern=r"^[A-Z]{1,2}[0-9][0-9A-Z]? ?[0-9][A-Z]{2}$")]]
    line2: Personal[Annotated[str, Field(max_length=120)]] | None = None
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$", description="ISO 3166-1")] = "GB"


@dataclass(frozen=True, slots=True, kw_only=True)
class IncomeAndOutgoings(Fact):
    """Monthly income and outgoings in minor units, for the affordability check (CONC 5.2A.4R)."""

    monthly_net_income: Personal[Pence]
    monthly_housing_cost: Personal[Pence]
    monthly_other_commitments: Personal[Pence]
    employment: Personal[Literal["employed", "self_employed", "retired", "student", "unemployed"]]


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentMethod(Fact):
    """A card, as the token that the payment provider's own page gave; never a card number.

    A token is whatever that provider gives: an identifier, or an encrypted blob of some kilobytes.
    """

    token: Personal[
        Annotated[
            str,
            Field(min_length=4, max_length=4096, pattern=r"^[!-~]+$"),
            AfterValidator(_no_card_number),
        ]
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class BankAccount(Fact):
    """The account of a Direct Debit."""

    account_holder: Personal[Annotated[str, Field(min_length=1, max_length=18)]]
    sort_code: Personal[Annotated[str, Field(pattern=r"^[0-9]{6}$")]]
    account_number: Personal[Annotated[str, Field(pattern=r"^[0-9]{8}$")]]


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberChoice(Fact):
    """A new number, or the code to bring the old one (PAC: ABC123456)."""

    keep_number: bool = False
    pac: Personal[Annotated[str, Field(pattern=r"^[A-Z]{3}[0-9]{6}$")]] | None = None
    current_number: Personal[Annotated[str, Field(pattern=r"^07[0-9]{9}$")]] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExistingAgreement(Fact):
    """The agreement that a customer wants to upgrade from."""

    agreement: Annotated[str, Field(pattern=r"^[A-Z0-9-]{6,32}$")]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceReturn(Fact):
    """The device that comes back in an upgrade."""

    imei: Personal[Annotated[str, Field(pattern=r"^[0-9]{15}$")]]
    model: Text
    grade: Literal["pristine", "good", "worn", "broken"]


MODELS: dict[str, type[Fact]] = {
    "contact": Contact,
    "address": Address,
    "income_and_outgoings": IncomeAndOutgoings,
    "payment_method": PaymentMethod,
    "bank_account": BankAccount,
    "number": NumberChoice,
    "existing_agreement": ExistingAgreement,
    "device_return": DeviceReturn,
}
