"""The ledger of a checkout as the API tells it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final, Literal

from pydantic import BaseModel, Field

from unshackled.domain import ledger as books
from unshackled.domain.ledger import Party
from unshackled.http.described import Described


class PaymentTerms(Described):
    """Payments that somebody collects by a contract of their own."""

    payments: int = Field(description="How many there are.")
    first: date | None = Field(description="The day of the first; null where no schedule says it.")
    last: date | None = Field(description="The day of the last one.")


class LedgerEntry(Described):
    """Money that one party owes, or that moved to another."""

    kind: Literal["owed", "moved"] = Field(
        description="Owed by the agreed quote or a case's decision; moved by a provider's report."
    )
    at: datetime = Field(description="When it came to be owed, or moved.")
    run: str = Field(description="`purchase`, or the case.", examples=["purchase", "refund-1"])
    step: str | None = Field(description="The step that moved it, or that says it.")
    reference: str | None = Field(
        description="Our reference at the provider; null for what is owed, and for a customer."
    )
    provider: str | None = Field(description="Who reported it; null likewise.")
    sender: Party = Field(alias="from", description="Who owes it, or paid it.")
    receiver: Party = Field(alias="to", description="Whom.")
    what: str = Field(
        description="What it is, one word.", examples=["due_today", "credit", "refund"]
    )
    amount: int = Field(description="Minor units, above zero.")
    due: date | None = Field(
        description="From this day on an owed amount counts; null while that is not decided."
    )
    elsewhere: bool = Field(
        description="Settled between the two by a contract of their own, of which no step hears."
    )
    terms: PaymentTerms | None = Field(description="How it is paid, where that is in parts.")
    reported: bool = Field(
        description="False where the provider confirmed it without telling the amount."
    )


class PairBalance(Described):
    """What two parties owe each other; sums are from `first` to `second`, else negative."""

    first: Party
    second: Party
    owed: int = Field(description="What counts by now.")
    moved: int = Field(description="What moved.")
    open: int = Field(description="Owed less moved: 0 once everything is settled.")
    later: int = Field(description="Owed too, but not due yet, or settled elsewhere.")


class ContractEntry(Described):
    """A contract, or goods, and how they stand."""

    at: datetime
    run: str
    step: str
    what: str = Field(examples=["credit", "airtime", "goods"])
    sender: Party = Field(alias="from")
    receiver: Party = Field(alias="to")
    state: str = Field(examples=["live", "ended", "sent", "returned"])
    number: str | None = Field(description="Its number at the provider, where it is told.")


class CheckoutLedger(Described):
    """Who owed whom what, what moved, and what is open between each two of them."""

    checkout: str
    currency: str
    day: date = Field(description="The day that it is told for, on the retailer's calendar.")
    even: bool = Field(description="Whether nothing that is due is open between any two.")
    entries: list[LedgerEntry] = Field(description="The oldest first.")
    pairs: list[PairBalance]
    contracts: list[ContractEntry] = Field(description="Contracts and goods, the oldest first.")


LEDGERS: Final[tuple[type[BaseModel], ...]] = (CheckoutLedger,)


def ledger_body(checkout: str, ledger: books.Ledger) -> dict[str, Any]:
    """The document of a ledger."""
    return {
        "checkout": checkout,
        "currency": ledger.currency,
        "day": ledger.day,
        "even": ledger.even,
        "entries": [_entry(one) for one in ledger.entries],
        "pairs": [_plain(one) for one in ledger.pairs],
        "contracts": [_between(_plain(one)) for one in ledger.contracts],
    }


def _entry(entry: books.LedgerEntry) -> Mapping[str, Any]:
    terms = _plain(entry.terms) if entry.terms is not None else None
    return _between({**_plain(entry), "terms": terms})


def _plain(record: Any) -> dict[str, Any]:
    return {name: getattr(record, name) for name in record.__struct_fields__}


def _between(fields: dict[str, Any]) -> dict[str, Any]:
    """With the parties as the document names them."""
    names = {"sender": "from", "receiver": "to"}
    return {names.get(name, name): value for name, value in fields.items()}
