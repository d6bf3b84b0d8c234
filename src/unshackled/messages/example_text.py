"""A representative example as a sentence, in the words of a locale."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC

from unshackled.domain.representative_example import RepresentativeExample
from unshackled.messages.formats import Sentence
from unshackled.messages.message_catalogue import catalogue, language_of


def example_text(example: RepresentativeExample, locale: str) -> str:
    """One sentence with every item of the example; the APR stands out at its end."""
    words, write = catalogue(language_of(locale)).example, Sentence(locale, UTC)

    def told(key: str, **params: object) -> str:
        return write.vformat(words[key], (), {"currency": example.currency, **params})

    def parts() -> Iterator[str]:
        yield told("cash_price", amount=example.cash_price)
        yield told("advance_payment", amount=example.advance_payment)
        if example.traded_in:
            yield told("traded_in", amount=example.traded_in)
        yield told("credit", amount=example.credit)
        yield told("rate", percent=example.rate_percent)
        yield told("other_charges")
        yield told("duration" if example.months > 1 else "one_month", months=example.months)
        for place, one in enumerate(example.repayments):
            last = place > 0 and place == len(example.repayments) - 1
            single = "last_repayment" if last else "one_repayment"
            key = "repayments" if one.count > 1 else single
            yield told(key, count=one.count, amount=one.amount)
        yield told("total_payable", amount=example.total_payable)

    whole = words["between"].join(parts())
    return told("sentence", items=whole, percent=example.apr_percent)
