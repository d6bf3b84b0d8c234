"""A quote as a page shows it: each line with its cash price, and the sums with their types."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Annotated, Any, Final

from pydantic import Field

from unshackled.domain import quote as domain
from unshackled.domain.codec import encode
from unshackled.domain.contracts import Contract, contracts_of
from unshackled.domain.memo import Memo
from unshackled.domain.package import Package
from unshackled.domain.quote import Monthly
from unshackled.domain.representative_example import RepresentativeExample, example_of
from unshackled.messages import example_text, line_title

Json = Any


class QuoteLine(domain.QuoteLine):
    """One part of the package: what is due today and over its whole term.

    Of a handset also its cash price, which is due today, financed and traded in; else null.
    """

    price: int | None = None
    financed: int | None = None
    traded_in: int | None = None


class ShownExample(RepresentativeExample):
    """What a credit costs, by an example: the items of CONC 3.5.5R, and a sentence that says them.

    Amounts are in minor units of `currency`. The cash price is the advance payment, what is traded
    in, and the total amount of credit.
    """

    text: Annotated[str, Field(description="All of it in words of the locale.")]


class Quote(domain.Quote):
    """A price with its validity; sums of its lines, in minor units of `currency`.

    It is of the day `priced_on`, on the market's calendar. `contracts` say the same line by line:
    today, each month with every rise, until when, and in all; together they are `due_today` and
    `total_payable`. `vat` is the tax in the prices by rate, rounded once for each rate on the sum.
    `representative_example` stands beside the APR: null without credit.
    """

    lines: tuple[QuoteLine, ...]
    contracts: tuple[Contract, ...]
    representative_example: ShownExample | None


def quote_body(package: Package, quote: domain.Quote, locale: str) -> dict[str, Json]:
    """The quote with its lines in the words of a locale, the handset's with how it is paid.

    Not to be changed: the very same quote has the very same body.
    """
    return _BODIES.get(package, quote, locale, make=lambda: _quote_body(package, quote, locale))


# A checkout is answered many times with one quote.
_BODIES: Final[Memo[dict[str, Json]]] = Memo()


def _quote_body(package: Package, quote: domain.Quote, locale: str) -> dict[str, Json]:
    body: dict[str, Json] = encode(quote)
    body["lines"] = [
        {**line, "title": title, **_paid(package, line)}
        for line, title in zip(body["lines"], _titles(quote, locale), strict=True)
    ]
    body["contracts"] = [
        {**encode(one), "title": line["title"]}
        for one, line in zip(contracts_of(package, quote), body["lines"], strict=True)
    ]
    body["representative_example"] = _example(package, quote, locale)
    return body


def _example(package: Package, quote: domain.Quote, locale: str) -> Json:
    """The example of the credit that is quoted; a quote of before rates were kept has its APR."""
    terms, handset = package.credit, package.handset
    if terms is None or handset is None:
        return None
    rate = terms.apr_percent if quote.rate_percent is None else quote.rate_percent
    return shown_example(
        example_of(terms, handset.price, rate_percent=rate, currency=quote.currency), locale
    )


# A shop has few plans, and shows them again and again.
@lru_cache(maxsize=4096)
def shown_example(example: RepresentativeExample, locale: str) -> Mapping[str, Json]:
    """An example with its sentence; not to be changed."""
    return {**encode(example), "text": example_text(example, locale)}


def _titles(quote: domain.Quote, locale: str) -> Iterator[str]:
    """What each line is called: lines of the package have the catalogue's titles."""
    for line in quote.lines:
        brought = line.step is not None
        yield line_title(locale, line.part, line.title) if brought else line.title


def _paid(package: Package, line: Mapping[str, Json]) -> dict[str, int | None]:
    handset = package.handset if line["part"] == "handset" else None
    if handset is None:
        return {"price": None, "financed": None, "traded_in": None}
    financed = package.credit.for_goods if package.credit else 0
    rest = handset.price - line["due_today"] - financed
    return {"price": handset.price, "financed": financed, "traded_in": rest}


def totals(quote: domain.Quote, locale: str) -> Sequence[Mapping[str, Json]]:
    """The sums a page shows, each with its type; those of parts add up to what is due today."""
    return [
        {"type": "due_today", "amount": quote.due_today},
        *_parts(quote, locale),
        *({"type": "per_month", **_monthly(one)} for one in quote.per_month),
        {"type": "total_payable", "amount": quote.total_payable},
        *_estimate(quote),
    ]


def _parts(quote: domain.Quote, locale: str) -> Iterator[dict[str, Json]]:
    for line, title in zip(quote.lines, _titles(quote, locale), strict=True):
        if line.due_today:
            yield {"type": line.part, "amount": line.due_today, "title": title}


def _monthly(one: Monthly) -> dict[str, Json]:
    found: dict[str, Json] = {"part": one.part, "amount": one.amount, "months": one.months}
    if one.starts is not None:
        found |= {"from_month": one.from_month, "starts": one.starts}
    return found


def _estimate(quote: domain.Quote) -> Iterator[dict[str, Json]]:
    if quote.trade_in_estimate:
        yield {"type": "trade_in_estimate", "amount": quote.trade_in_estimate}
