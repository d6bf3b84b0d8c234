"""The facts that documents are written from: what load fills by type, as of any request."""

from __future__ import annotations

from unshackled.domain.customer import Address, Contact
from unshackled.domain.documents.document_parties import NamesLender
from unshackled.domain.facts import Fact, added
from unshackled.domain.package import CreditTerms, HandsetLine, TariffLine
from unshackled.domain.quote import Quote
from unshackled.domain.records import Record
from unshackled.domain.schedule import PaymentSchedule
from unshackled.domain.upgrade_settlement import UpgradeSettlement


class DocumentShown(Record, Fact):
    """Evidence that a page showed a document; never an acknowledgement (CONC 4.2.13R).

    The digest is of what it said; `version` is its template's.
    """

    document: str
    digest: str
    version: int = added(1)
    language: str | None = added(None)


class CreditFacts(Record, forbid_unknown_fields=False):
    """What pre-contract credit information and its explanation are written from."""

    terms: CreditTerms
    quote: Quote
    handset: HandsetLine | None = added(None)
    lender: NamesLender | None = added(None)
    schedule: PaymentSchedule | None = added(None)


class TariffFacts(Record, forbid_unknown_fields=False):
    """What a contract summary is written from."""

    tariff: TariffLine
    quote: Quote


class DirectDebitFacts(Record, forbid_unknown_fields=False):
    """What the guarantee of a Direct Debit is written from: when it collects what."""

    quote: Quote
    schedule: PaymentSchedule | None


class UpgradeTermsFacts(Record, forbid_unknown_fields=False):
    """What the terms of an upgrade are written from: what was worked out by its programme."""

    settlement: UpgradeSettlement
    quote: Quote


class AgreementFacts(Record, forbid_unknown_fields=False):
    """What a credit agreement is written from: the terms, and who makes it."""

    terms: CreditTerms
    quote: Quote
    contact: Contact
    address: Address | None = added(None)
    handset: HandsetLine | None = added(None)
    lender: NamesLender | None = added(None)
    schedule: PaymentSchedule | None = added(None)
