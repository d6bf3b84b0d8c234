"""The representative example that stands beside every rate and APR (CONC 3.5.5R)."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from itertools import groupby
from typing import Annotated, Literal

from pydantic import Field

from unshackled.domain.facts import Fact
from unshackled.domain.package import CreditTerms
from unshackled.domain.records import Record


class Repayment(Record, Fact):
    """So many monthly repayments of one amount, in minor units."""

    amount: Annotated[int, Field(description="What each of them is.")]
    count: Annotated[int, Field(description="How many they are.")]


class RepresentativeExample(Record, Fact):
    """What a credit costs, by an example; amounts in minor units of `currency`.

    The items of CONC 3.5.5R, in its order, and what the old device pays. The cash price is the
    advance payment, what is traded in, and the total amount of credit.
    """

    currency: str
    rate_percent: Annotated[
        Decimal,
        Field(
            description="The rate of interest a year, in percent: twelve times the rate of a month."
        ),
    ]
    rate_kind: Annotated[Literal["fixed"], Field(description="It never changes.")] = "fixed"
    other_charges: Annotated[
        int, Field(description="Charges in the total charge for credit beside interest: none.")
    ] = 0
    credit: Annotated[int, Field(description="The total amount of credit.")]
    apr_percent: Annotated[Decimal, Field(description="The representative APR.")]
    cash_price: Annotated[int, Field(description="What the goods cost without credit.")]
    advance_payment: Annotated[int, Field(description="What is paid of it today: the deposit.")]
    traded_in: Annotated[int, Field(description="What an old device pays of it, as estimated.")]
    months: Annotated[int, Field(description="How long the agreement runs.")]
    total_payable: Annotated[int, Field(description="The deposit and every repayment.")]
    repayments: Annotated[
        tuple[Repayment, ...], Field(description="The monthly repayments, in their order.")
    ]


def borrowing_rate(rate_percent: Decimal) -> Decimal:
    """The rate that is applied on an annual basis to the credit (2008/48/EC Article 3(j)).

    Twelve times the monthly rate that compounds to a yearly one, in percent to two decimals.
    """
    monthly = (1 + rate_percent / 100) ** (Decimal(1) / 12) - 1
    rate = (monthly * 1200).quantize(Decimal("0.01"), ROUND_HALF_UP)
    return rate or Decimal(0)


def example_of(
    terms: CreditTerms, cash_price: int, *, rate_percent: Decimal, currency: str
) -> RepresentativeExample:
    """The example of an agreement for goods at a cash price.

    `rate_percent` is the plan's yearly rate, that which the months compound to.
    """
    return RepresentativeExample(
        currency=currency,
        rate_percent=borrowing_rate(rate_percent),
        credit=terms.amount,
        apr_percent=terms.apr_percent,
        cash_price=cash_price,
        advance_payment=terms.deposit,
        traded_in=cash_price - terms.deposit - terms.for_goods,
        months=terms.months,
        total_payable=terms.total_payable,
        repayments=tuple(
            Repayment(amount=amount, count=len(list(same)))
            for amount, same in groupby(terms.instalments.amounts)
        ),
    )
