"""The settings of a retailer: each is declared here alone.

What a file may say under `retailer`, its JSON Schema, the table of the reference and what the
service reads of a tenant are all made of these fields.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Annotated, Final

from pydantic import Field

from unshackled.flow.language.document_settings import DocumentsSpec
from unshackled.flow.language.durations import Duration
from unshackled.flow.language.field_types import (
    Currency,
    Locale,
    Market,
    Model,
    Name,
    Origin,
    PlainPage,
    QuotePage,
    ReturnPage,
    TimeZone,
    model_of,
)
from unshackled.flow.language.theme_spec import ThemeSpec
from unshackled.flow.language.upgrade_spec import UpgradeSpec


class CatalogueSpec(Model):
    """How long a catalogue that was read is served."""

    fresh: Duration = Field(
        default=timedelta(minutes=1), description="After it the backend is asked again."
    )
    stale: Duration = Field(
        default=timedelta(hours=24), description="How long it serves while the backend is away."
    )


class StockSpec(Model):
    """How long it is told how much of a product there is."""

    fresh: Duration = Field(
        default=timedelta(seconds=30), description="After it the backend is asked again."
    )
    stale: Duration = Field(
        default=timedelta(minutes=5),
        description="How long it is told while the backend is away; after it, it is unknown.",
    )


class WaitingRoomSpec(Model):
    """How many new checkouts a retailer lets in."""

    rate_per_minute: float | None = Field(
        default=None,
        gt=0,
        le=1_000_000,
        description="New checkouts a minute; whoever comes beyond it waits for their turn. By"
        " default its share of the deployment's rate.",
        examples=[50],
    )
    share: int = Field(
        default=1,
        ge=1,
        le=100,
        description="Its weight in the deployment's rate, beside those of the other retailers.",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class RetailerSettings:
    """Who the tenant is."""

    id: Annotated[Name, Field(description="The tenant's key, e.g. northstar.")]
    name: Annotated[
        str, Field(min_length=1, max_length=80, description="The name that customers read.")
    ]
    locale: Annotated[
        Locale,
        Field(description="BCP 47, in a language that there are sentences in, e.g. en-GB."),
    ]
    currency: Annotated[Currency, Field(description="ISO 4217, e.g. GBP.")]
    time_zone: Annotated[
        TimeZone,
        Field(
            description="IANA, e.g. Europe/London: whose day every rule means that says day.",
            examples=["Europe/London"],
        ),
    ]
    market: Annotated[
        Market,
        Field(
            description="Whose law and calendar hold, by country; else the locale's.",
            examples=["GB"],
        ),
    ] = ""
    origins: Annotated[
        tuple[Origin, ...],
        Field(strict=False, description="Where its pages are served from."),
    ] = ()
    return_urls: Annotated[
        tuple[ReturnPage, ...],
        Field(strict=False, description="Where a customer may be sent back to."),
    ] = ()
    checkout_page: Annotated[
        PlainPage | None,
        Field(
            description="A checkout page of its own, where links to its checkouts lead; by default"
            " the page that the service serves.",
            examples=["https://shop.example/checkout"],
        ),
    ] = None
    latency_budget: Annotated[
        Duration, Field(description="When a request is answered at the latest.")
    ] = timedelta(seconds=8)
    quote_validity: Annotated[
        Duration, Field(description="How long a quoted price is kept, at most.")
    ] = timedelta(hours=1)
    erase_after: Annotated[
        Duration,
        Field(
            description="How long after the end of a checkout personal data is kept that neither"
            " its contracts nor the law ask for: all of it where there was no order.",
            ge=timedelta(days=1),
            le=timedelta(days=3650),
        ),
    ] = timedelta(days=30)
    quote_page: Annotated[
        QuotePage | None,
        Field(
            description="The shop's page of a stored quote, where its share link leads: `{quote}`"
            " stands for its id. By default the first of `origins` with `/?quote=`.",
            examples=["https://shop.example/basket?quote={quote}"],
        ),
    ] = None
    catalogue: Annotated[
        CatalogueSpec, Field(description="How long a catalogue that was read is served.")
    ] = field(default_factory=CatalogueSpec.model_construct)
    documents: Annotated[
        DocumentsSpec, Field(description="Who it is in documents, and its own texts in them.")
    ] = field(default_factory=DocumentsSpec.model_construct)
    theme: Annotated[
        ThemeSpec, Field(description="How its pages look, and what they say besides.")
    ] = field(default_factory=ThemeSpec.model_construct)
    stock: Annotated[
        StockSpec, Field(description="How long it is told how much of a product there is.")
    ] = field(default_factory=StockSpec.model_construct)

    waiting_room: Annotated[
        WaitingRoomSpec,
        Field(description="How many new checkouts it lets in; see the waiting room."),
    ] = field(default_factory=WaitingRoomSpec.model_construct)

    upgrades: Annotated[
        dict[Name, UpgradeSpec],
        Field(
            max_length=20,
            description="Upgrade programmes by their names; a step `rule: upgrade_eligibility`"
            " names one: `with: {programme: <name>}`.",
        ),
    ] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """The market is the locale's country where it is not said."""
        object.__setattr__(self, "market", self.market or self.locale.rpartition("-")[2])


RetailerSpec: Final = model_of(RetailerSettings, "RetailerSpec")
