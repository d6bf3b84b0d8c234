"""Webhook endpoints: where accounts want their events, and how well each takes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal, Protocol

from unshackled.domain.records import Record

EndpointState = Literal["enabled", "disabled"]
# `gone`: it answered 410; `failing`: nothing was delivered for days; `asked`: the retailer said so.
Why = Literal["asked", "gone", "failing"]
MOST: Final = 20  # endpoints of one account


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


class EndpointPage(Record):
    """A page of endpoints, the oldest first; `next` is the cursor of the page after it."""

    endpoints: Sequence[Endpoint]
    next: str | None


class Endpoints(Protocol):
    """The webhook endpoints of all accounts."""

    async def add(self, endpoint: Endpoint, *, most: int = MOST) -> bool:
        """Insert one; False when its id is taken, or its account has `most` already.

        Those of an account are counted and added one after the other, in all processes.
        """
        ...

    async def change(self, endpoint: Endpoint, *, expected: datetime) -> None:
        """Replace one that was changed last at `expected`; `Conflict` when it was changed since.

        Its account, what it was made of and when stay.
        """
        ...

    async def remove(self, endpoint: str) -> None:
        """Delete one, and every delivery to it, in one transaction."""
        ...

    async def get(self, endpoint: str) -> Endpoint | None:
        """One by its id."""
        ...

    async def of(self, retailer: str) -> Sequence[Endpoint]:
        """All of an account, disabled ones too, the oldest first."""
        ...

    async def page(self, retailer: str, *, after: str | None, limit: int) -> EndpointPage:
        """Some of an account; raises `ValueError` for a cursor that no page gave."""
        ...

    async def ready(self, now: datetime) -> Sequence[Endpoint]:
        """The enabled ones that are not on hold, and to which something is due, by their ids."""
        ...

    async def well(self, endpoint: Endpoint, hold_until: datetime) -> None:
        """Note that something arrived; nothing is sent before `hold_until`."""
        ...

    async def failed(self, endpoint: Endpoint, since: datetime, hold_until: datetime) -> None:
        """Note a round in which nothing arrived, one more than `endpoint` tells of."""
        ...

    async def disable(self, endpoint: str, why: Why, now: datetime) -> bool:
        """Disable one; False when it is (or has gone) already."""
        ...
