"""What is asked of a quote, and what it says: requests are checked by these, answers described."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from unshackled.domain.stored_quote import QuotedSelection
from unshackled.http.checkouts.checkout_schemas import Body, Link, MissingField, Total
from unshackled.http.checkouts.prices_shown import Quote
from unshackled.http.described import Described


class AskQuote(Body):
    """What to price."""

    package: QuotedSelection
    flow: str | None = Field(
        default=None,
        max_length=64,
        description="One of the retailer's flows: then only what it sells is priced.",
    )
    locale: str | None = Field(
        default=None,
        pattern=r"^[a-z]{2}-[A-Z]{2}$",
        description="What it is told in: English or German. By default the retailer's.",
    )


class QuoteRequest(Described):
    """The request that asks for a quote of the same package anew."""

    method: Literal["POST"]
    href: str
    body: dict[str, Any]


class Quoted(Described):
    """A price, and what it is made of, as it is stored; nothing personal is in it."""

    id: str = Field(description="Made of the contents: the same click is the same quote.")
    livemode: bool = Field(description="False: made with a test key, of the sandbox's catalogue.")
    status: Literal["valid", "expired"] = Field(
        description="Valid: a checkout can begin from it, at this price. Expired: ask `again`."
    )
    created_at: datetime
    valid_until: datetime = Field(description="When it stops counting.")
    readable_until: datetime = Field(description="When it is deleted.")
    flow: str | None = Field(description="The flow that it was made for; null for a price only.")
    currency: str
    selection: dict[str, Any]
    package: dict[str, Any]
    quote: Quote
    totals: list[Total]
    promised: date | None = Field(
        default=None,
        description="The day from which all of it can be sent, as far as is known now, of goods on"
        " back order or pre-order. Nothing is held by it.",
    )
    missing: list[MissingField] = Field(
        description="What a checkout from it needs besides: `trade_in.imei` of an old device."
    )
    share_url: str | None = Field(
        description="The shop's page that shows it, for whoever has the link."
    )
    again: QuoteRequest | None = Field(description="Once it has expired; null before.")
    links: list[Link]


QUOTE_ANSWERS: tuple[type[BaseModel], ...] = (Quoted,)
QUOTE_REQUESTS: tuple[type[BaseModel], ...] = (AskQuote,)
