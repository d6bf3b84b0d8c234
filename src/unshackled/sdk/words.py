"""What customers read in a vendor's hands: in the checkout's language, as our own pages say it."""

from __future__ import annotations

from typing import NamedTuple

from unshackled.domain.documents import agreement
from unshackled.messages import in_words
from unshackled.sdk.ports import SignAgreement


class Terms(NamedTuple):
    """The terms of an agreement to be signed: (label, text) each."""

    amount: tuple[str, str]
    deposit: tuple[str, str]
    duration: tuple[str, str]
    apr: tuple[str, str]
    total: tuple[str, str]


def terms(request: SignAgreement, locale: str) -> Terms:
    """The terms as people of a locale write them; `locale` is the call's."""
    return Terms(*in_words(agreement(request.terms, request.quote.currency), locale))
