"""What a quote comes to contract by contract: today, each month, until when, and in all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from itertools import groupby
from typing import Annotated

from pydantic import Field

from unshackled.domain.facts import Fact
from unshackled.domain.package import CreditTerms, HandsetLine, Package
from unshackled.domain.periods import add_months
from unshackled.domain.quote import Part, Quote, QuoteLine
from unshackled.domain.records import Record, replace

_DAY = timedelta(days=1)


class ContractMonths(Record, Fact):
    """Months of a contract that follow each other and cost the same; a rise begins a new row."""

    amount: Annotated[int, Field(description="What each of these months costs.")]
    months: Annotated[int, Field(description="How many months they are.")]
    from_month: Annotated[int, Field(description="The first of them; 1 is the contract's first.")]
    begins: Annotated[
        date | None, Field(description="The first day of the first of them, counted from `starts`.")
    ] = None
    rises_on: Annotated[
        date | None, Field(description="The day that a rise is stated for; null for no rise.")
    ] = None


class Contract(Record, Fact):
    """One contract of a package, or a payment that a step brought; amounts in minor units.

    `due_today` and the months are `total`, and the contracts together are the quote's sums.
    """

    part: Annotated[Part, Field(description="What it is about.")]
    title: Annotated[str, Field(description="What it is called.")]
    due_today: Annotated[int, Field(description="What is paid of it today.")]
    per_month: Annotated[
        tuple[ContractMonths, ...], Field(description="Its months, one row for each price.")
    ] = ()
    months: Annotated[
        int | None, Field(description="How many months it runs; null for a purchase.")
    ] = None
    starts: Annotated[
        date | None,
        Field(
            description="The day that the dates here hold for: the contract starts on the day of"
            " the quote on the market's calendar. Another start moves them all."
        ),
    ] = None
    ends: Annotated[
        date | None,
        Field(
            description="Of airtime the last day of the commitment; of credit the day of the last"
            " monthly repayment, each at the end of its month. Null for a purchase."
        ),
    ] = None
    total: Annotated[int, Field(description="What it costs in all.")]
    price: Annotated[
        int | None, Field(description="Of a handset its cash price: today, financed, traded in.")
    ] = None
    financed: Annotated[int | None, Field(description="Of that what the credit pays.")] = None
    traded_in: Annotated[
        int | None, Field(description="Of that what the old device's estimate pays.")
    ] = None
    regulated: Annotated[
        bool | None, Field(description="Of credit whether it is regulated on that day.")
    ] = None


def contracts_of(package: Package, quote: Quote) -> tuple[Contract, ...]:
    """A contract for each line of the quote, in its order.

    A quote of before quotes had a day has no dates.
    """
    return tuple(_contract(line, package, quote) for line in quote.lines)


def _contract(line: QuoteLine, package: Package, quote: Quote) -> Contract:
    plain = Contract(
        part=line.part,
        title=line.title,
        due_today=line.due_today,
        total=line.total,
        starts=quote.priced_on,
    )
    if line.step is not None:
        return plain
    if line.part == "handset" and package.handset is not None:
        return _handset(plain, package.handset, package.credit)
    if line.part == "credit" and package.credit is not None:
        return _credit(plain, package.credit, quote)
    return _tariff(plain, quote) if line.part == "tariff" else plain


def _handset(plain: Contract, handset: HandsetLine, credit: CreditTerms | None) -> Contract:
    financed = credit.for_goods if credit else 0
    rest = handset.price - plain.due_today - financed
    return replace(plain, price=handset.price, financed=financed, traded_in=rest)


def _credit(plain: Contract, credit: CreditTerms, quote: Quote) -> Contract:
    rows, begin = [], 1
    for amount, same in groupby(credit.instalments.amounts):
        months = len(list(same))
        rows.append(ContractMonths(amount=amount, months=months, from_month=begin))
        begin += months
    return replace(
        plain,
        per_month=tuple(_begun(rows, quote.priced_on)),
        months=credit.months,
        ends=_after(quote.priced_on, credit.months),
        regulated=quote.credit_regulated,
    )


def _tariff(plain: Contract, quote: Quote) -> Contract:
    rows = [
        ContractMonths(
            amount=row.amount, months=row.months, from_month=row.from_month, rises_on=row.starts
        )
        for row in quote.per_month
        if row.part == "tariff"
    ]
    months = sum(row.months for row in rows)
    after = _after(quote.priced_on, months)
    return replace(
        plain,
        per_month=tuple(_begun(rows, quote.priced_on)),
        months=months,
        ends=after - _DAY if after else None,
    )


def _begun(rows: Iterable[ContractMonths], starts: date | None) -> Iterator[ContractMonths]:
    for row in rows:
        yield replace(row, begins=_after(starts, row.from_month - 1))


def _after(starts: date | None, months: int) -> date | None:
    return add_months(starts, months) if starts else None
