"""Webhook deliveries: each endpoint's queues, one for each checkout.

A delivery's id is made of its endpoint and its event, so the same event twice is one delivery;
(version, index) is its order within its checkout.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Literal, Protocol

from unshackled.domain.records import Record

DeliveryState = Literal["pending", "delivered", "dead", "skipped"]
DELIVERY_STATES: Final[tuple[DeliveryState, ...]] = ("pending", "delivered", "dead", "skipped")
RETENTION: Final = timedelta(days=30)  # of what is not pending any more


def consumer_of(endpoint: str) -> str:
    """The consumer that an endpoint's dead letters name, and its lease."""
    return f"webhooks:{endpoint}"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryRecord:
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


class Reply(Record):
    """What an attempt came to: a `status`, or the `error` (a kind of failure) that left none."""

    status: int | None = None
    error: str | None = None
    retry_after: float | None = None


class DeliveryPage(Record):
    """A page of deliveries, the newest event first; `next` is the cursor of the page after it."""

    deliveries: Sequence[DeliveryRecord]
    next: str | None


class Deliveries(Protocol):
    """The deliveries to all endpoints."""

    async def add(self, *deliveries: DeliveryRecord) -> None:
        """Insert them together; those that are there already stay as they are."""
        ...

    async def get(self, delivery: str) -> DeliveryRecord | None:
        """One by its id."""
        ...

    async def heads(self, endpoint: str, now: datetime, limit: int) -> Sequence[DeliveryRecord]:
        """What may be sent now: of each checkout its first that is pending, if it is due.

        In the order of (`next_at`, `id`).
        """
        ...

    async def record(
        self,
        tried: DeliveryRecord,
        reply: Reply,
        state: DeliveryState,
        next_at: datetime,
        now: datetime,
    ) -> None:
        """Note what an attempt came to, unless another process noted one meanwhile."""
        ...

    async def replay(
        self,
        endpoint: str,
        *,
        since: datetime,
        until: datetime,
        now: datetime,
        checkout: str | None = None,
        states: Sequence[DeliveryState] = (),
    ) -> int:
        """Queue again what happened in [since, until) and is not queued; how many there were.

        The open dead letters of what is queued now are closed with it: they need no decision.
        """
        ...

    async def again(self, delivery: str, now: datetime) -> None:
        """Queue one again; one that is queued stays as it is."""
        ...

    async def resume(self, endpoint: str, now: datetime) -> None:
        """Make everything that waits due now."""
        ...

    async def page(
        self,
        endpoint: str,
        *,
        state: DeliveryState | None = None,
        checkout: str | None = None,
        after: str | None,
        limit: int,
    ) -> DeliveryPage:
        """Deliveries to an endpoint; raises `ValueError` for a cursor that no page gave."""
        ...

    async def prune(self, *, before: datetime, limit: int) -> int:
        """Delete some that were made before and are not pending; how many."""
        ...
