"""Who stands in a document, and what a retailer's file adds to it: no fact of a checkout."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Final

from unshackled.domain.facts import Fact
from unshackled.domain.records import Record

GB: Final = "GB"


class NamesLender(Record, Fact, forbid_unknown_fields=False):
    """What says who lends, as the lender calls itself: base of a step's output.

    Read from a request that was written ahead it is the name alone.
    """

    lender: str


class Party(Record):
    """A business with its addresses, as a file has them; what is not known is empty.

    `register_number` is its number with a supervisor, e.g. a firm reference number of the FCA, and
    `supervisor` who that is.
    """

    name: str = ""
    address: str = ""
    phone: str = ""
    email: str = ""
    web: str = ""
    register_number: str = ""
    supervisor: str = ""


class OwnText(Record):
    """A heading and a paragraph of a retailer or lender; in every language where none is named."""

    heading: str
    text: str
    language: str = ""


class OwnPapers(Record):
    """What a retailer or a provider says in documents: its name, and texts by document.

    `statements` are short texts that have a place of their own: the name of their parameter, the
    language and the text.
    """

    party: Party = Party()
    statements: tuple[tuple[str, str, str], ...] = ()
    texts: Mapping[str, tuple[OwnText, ...]] = field(default_factory=dict)


class RetailerPapers(Record):
    """The same of a retailer and of each of its providers, as its file has them today."""

    retailer: OwnPapers = OwnPapers()
    providers: Mapping[str, OwnPapers] = field(default_factory=dict)


NO_PAPERS: Final = RetailerPapers()


class Circumstances(Record):
    """What a document is written from beside its facts.

    `lender` is who lends and `operator` whose network it is, where a provider of the file is. The
    periods are those of the market's law on the day it is written: of withdrawal from credit, of
    cancelling an airtime contract, and of notice after its term. `locale` is the one that the law
    wants documents in; empty where it leaves it to the customer.
    """

    market: str = GB
    retailer: Party = Party()
    lender: Party | None = None
    operator: Party | None = None
    texts: tuple[OwnText, ...] = ()
    statements: tuple[tuple[str, str], ...] = ()
    withdrawal_days: int = 14
    cancellation_days: int = 14
    notice_days: int = 30
    notice_months: int = 0
    locale: str = ""
