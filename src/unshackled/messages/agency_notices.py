"""Which credit reference agencies a lender's "no" came from, in the customer's language.

Consumer Credit Act 1974 s.157(A1): a customer who is declined on an agency's data is told so, with
the agency's name, address and telephone number.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC
from typing import Any

from unshackled.domain.codec import encode
from unshackled.domain.decline_details import DeclineDetails
from unshackled.messages.formats import Sentence
from unshackled.messages.message_catalogue import catalogue, language_of

Json = Any


def agencies_of(declines: Iterable[DeclineDetails]) -> list[dict[str, Json]]:
    """Each agency of each lender once, in the order in which they declined."""
    found = [
        {"lender": one.lender, **encode(agency)} for one in declines for agency in one.agencies
    ]
    return [one for number, one in enumerate(found) if one not in found[:number]]


def agency_sentences(locale: str, agencies: Sequence[dict[str, Json]]) -> list[str]:
    """A sentence for each agency; a lender without a name is called what it is."""
    words = catalogue(language_of(locale))
    lender = words.people["credit"]
    writer = Sentence(locale, UTC)
    return [
        writer.vformat(
            words.sentences["agency_notice"],
            (),
            {**one, "lender": one["lender"] or lender[:1].upper() + lender[1:]},
        )
        for one in agencies
    ]
