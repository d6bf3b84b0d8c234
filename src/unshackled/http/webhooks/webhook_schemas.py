"""What requests and answers of `/v1/retailer/webhooks` look like."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from unshackled.http.described import Described
from unshackled.store.side_tables.deliveries import DeliveryState
from unshackled.store.side_tables.endpoints import EndpointState, Why

Url = Annotated[
    str,
    Field(
        min_length=1,
        max_length=2000,
        description="Where events are posted: https, at a public address.",
    ),
]
Types = Annotated[
    list[Annotated[str, Field(max_length=80)]],
    Field(
        max_length=50,
        description="Which events: types (`checkout.completed.v1`) or groups (`step.*`); none: all",
    ),
]
Description = Annotated[str, Field(max_length=200, description="For yourselves.")]


class Sent(Described):
    """A request body: unknown keys are refused, nothing is converted silently."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class CreateWebhook(Sent):
    """A new endpoint."""

    url: Url
    types: Types = Field(default=[])
    description: Description = ""


class ChangeWebhook(Sent):
    """What changes of an endpoint; what is left out stays."""

    url: Url | None = None
    types: Types | None = None
    description: Description | None = None
    state: EndpointState | None = Field(
        default=None, description="`enabled` also forgives earlier failures."
    )


class ReplayWebhook(Sent):
    """Which deliveries are sent again: events that happened in [since, until)."""

    since: AwareDatetime
    until: AwareDatetime
    checkout: str | None = Field(default=None, max_length=64, description="Of this one only.")
    states: list[Literal["delivered", "dead", "skipped"]] = Field(
        default=[], max_length=3, description="Only those in one of these; by default all."
    )


class Webhook(Described):
    """An endpoint."""

    id: str
    livemode: bool = Field(description="False: made with a test key, gets test events only.")
    url: str
    types: list[str]
    description: str
    state: EndpointState
    why: Why | None = Field(
        description="Why it is disabled: `asked`, `gone` (it answered 410) or `failing` (for days)."
    )
    failing_since: datetime | None = Field(description="Nothing has arrived since.")
    created_at: datetime
    updated_at: datetime


class WebhookSecret(Webhook):
    """An endpoint with its new secret, which is shown this once."""

    secret: str | None = Field(description="`whsec_…`; null where the request came again.")
    old_secret_until: datetime | None = Field(
        description="Until then the secret before it signs as well."
    )


class WebhookPage(Described):
    """A page of endpoints, the oldest first."""

    items: list[Webhook]
    next_cursor: str | None


class WebhookDelivery(Described):
    """One event on its way to the endpoint."""

    event: str = Field(description="Its id, and the `webhook-id`.")
    type: str
    checkout: str
    at: datetime
    state: DeliveryState
    attempts: int
    next_at: datetime | None = Field(description="When a pending one is tried, at the earliest.")
    status: int | None = Field(description="What the last attempt was answered with.")
    error: str | None = Field(description="The kind of failure that left no answer.")
    tried_at: datetime | None
    delivered_at: datetime | None
    payload: dict[str, Any] = Field(description="The body that is posted.")


class WebhookDeliveryPage(Described):
    """A page of deliveries, the newest event first."""

    items: list[WebhookDelivery]
    next_cursor: str | None


class WebhookReplayed(Described):
    """How many deliveries were queued again."""

    queued: int


WEBHOOK_ANSWERS: Final[tuple[type[BaseModel], ...]] = (
    Webhook,
    WebhookSecret,
    WebhookPage,
    WebhookDelivery,
    WebhookDeliveryPage,
    WebhookReplayed,
)
WEBHOOK_REQUESTS: Final[tuple[type[BaseModel], ...]] = (
    CreateWebhook,
    ChangeWebhook,
    ReplayWebhook,
)
