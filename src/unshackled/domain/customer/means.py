"""`collect: income_and_outgoings`, `payment_method` and `bank_account`: how the customer pays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Final, Literal

from unshackled.domain.entries import ACCOUNT_NUMBER, SORT_CODE, CardToken, Text, Whole
from unshackled.domain.facts import Fact, added
from unshackled.domain.form import Finding, Given, WrongFields
from unshackled.domain.modulus import verify
from unshackled.domain.personal import Personal
from unshackled.domain.records import Record

Json = Any
MONTHLY: Final = Whole(description="a month, in minor units: 150000 is 1,500.00", minor=True)
Minor = Annotated[int, MONTHLY]


PAYS_FOR_HOME: Final = frozenset({"mortgage", "tenant"})


def read_means(value: Mapping[str, Json], given: Given) -> Mapping[str, Json]:
    """The figures as they are; raises `WrongFields` where they contradict each other.

    Whoever rents or repays a mortgage has a cost of housing.
    """
    if value.get("housing") in PAYS_FOR_HOME and value.get("monthly_housing_cost") == 0:
        raise WrongFields(Finding(path="monthly_housing_cost", code="housing_cost_missing"))
    return value


class IncomeAndOutgoings(Record, Fact):
    """Monthly income and outgoings in minor units, for the affordability check (CONC 5.2A.4R).

    `monthly_credit_commitments` are repayments of other credit, `dependents` how many people the
    customer provides for.
    """

    monthly_net_income: Personal[Minor]
    monthly_housing_cost: Personal[Minor]
    monthly_other_commitments: Personal[Minor]
    employment: Personal[Literal["employed", "self_employed", "retired", "student", "unemployed"]]
    monthly_credit_commitments: Personal[Minor] = added(0)
    dependents: Personal[Annotated[int, Whole(most=20)]] = added(0)
    housing: Personal[Literal["owner", "mortgage", "tenant", "with_family"]] | None = added(None)

    whole: ClassVar[object] = staticmethod(read_means)


class PaymentMethod(Record, Fact):
    """A card, as the token that the payment provider's own page gave; never a card number.

    A token is whatever that provider gives: an identifier, or an encrypted blob of some kilobytes.
    """

    token: Personal[Annotated[str, CardToken()]]


def read_account(value: Mapping[str, Json], given: Given) -> Mapping[str, Json]:
    """The account as it is; raises `WrongFields` where its check digits are wrong (Pay.UK)."""
    sort_code, account = value.get("sort_code"), value.get("account_number")
    if given.bank is None or sort_code is None or account is None:
        return value
    if verify(sort_code, account, given.bank) == "invalid":
        raise WrongFields(Finding(path="account_number", code="unknown_account"))
    return value


class BankAccount(Record, Fact):
    """The account of a Direct Debit."""

    account_holder: Personal[Annotated[str, Text(most=70, example="Ada Lovelace")]]
    sort_code: Personal[Annotated[str, SORT_CODE]]
    account_number: Personal[Annotated[str, ACCOUNT_NUMBER]]

    whole: ClassVar[object] = staticmethod(read_account)
