"""What a webhook endpoint and a delivery are."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal

EndpointState = Literal["enabled", "disabled"]
# `gone`: it answered 410; `failing`: nothing was delivered for days; `asked`: the retailer said so.
Why = Literal["asked", "gone", "failing"]
DeliveryState = Literal["pending", "delivered", "dead", "skipped"]
DELIVERY_STATES: Final[tuple[DeliveryState, ...]] = ("pending", "delivered", "dead", "skipped")


def consumer_of(endpoint: str) -> str:
    """The consumer that an endpoint's dead letters name, and its lease."""
    return f"webhooks:{endpoint}"


@dataclass(frozen=True, slots=True, kw_only=True)
class OldSecret:
    """A secret that was replaced; it still signs until `until`."""

    secret: str = field(repr=False)
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where an account wants events: `types` are event types or groups (`step.*`), none is all.

    `retailer` is the account: one of `northstar:test` gets test events only.

    `failures` counts rounds of sending in which nothing arrived, since the last that did;
    `failing_since` is the first of them. Nothing is sent before `hold_until`. `made_of` is the
    digest of the request that made it.
    """

    id: str
    retailer: str
    url: str
    types: tuple[str, ...] = ()
    description: str = ""
    state: EndpointState = "enabled"
    why: Why | None = None
    secret: str = field(repr=False)
    old_secrets: tuple[OldSecret, ...] = ()
    failures: int = 0
    failing_since: datetime | None = None
    hold_until: datetime | None = None
    made_of: str = ""
    created_at: datetime
    updated_at: datetime

    def secrets_at(self, now: datetime) -> tuple[str, ...]:
        """What signs now, the newest first."""
        return (self.secret, *(old.secret for old in self.old_secrets if old.until > now))


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One event on its way to one endpoint; `body` is the text that is posted, and signed.

    `pending` waits for `next_at` and its turn; `dead` was given up; `skipped` came while the
    endpoint was disabled. `status` and `error` (a kind of failure) are of the last attempt.
    """

    id: str
    endpoint: str
    retailer: str
    event: str
    checkout: str
    version: int
    index: int
    type: str
    at: datetime
    body: str = field(repr=False)
    state: DeliveryState = "pending"
    attempts: int = 0
    next_at: datetime
    status: int | None = None
    error: str | None = None
    tried_at: datetime | None = None
    delivered_at: datetime | None = None
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What an attempt came to: a `status`, or the `error` (a kind of failure) that left none."""

    status: int | None = None
    error: str | None = None
    retry_after: float | None = None
