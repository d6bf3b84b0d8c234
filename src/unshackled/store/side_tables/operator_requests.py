"""What operators asked for that waits for a second person, and what a bulk was tried out on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from datetime import datetime
from typing import Any, Final, Protocol

from unshackled.domain.records import Record

WAITING: Final = "waiting"
EXPIRED: Final = "expired"


class ApprovalRequest(Record):
    """An action that another operator must approve.

    `seen` is how things stood when it was asked for, `body` the action's parameters; `state` is
    waiting, approved, done, refused, rejected or expired; `code` says why it was refused.
    """

    id: str
    at: datetime
    expires_at: datetime
    operator: str
    action: str
    retailer: str
    subject: str
    step: str
    reason: str
    evidence: str
    seen: str
    body: Mapping[str, Any] = field(default_factory=dict)
    state: str = WAITING
    decided_by: str = ""
    decided_at: datetime | None = None
    code: str = ""


class BulkSelection(Record):
    """What a trial run of a bulk found: (checkout, step, how it stood) each."""

    digest: str
    at: datetime
    asked: Mapping[str, Any]
    targets: Sequence[tuple[str, str, str]]


class OperatorRequests(Protocol):
    """Requests and selections.

    The parameters of a request are needed no more once it was decided or is over, and may hold
    what a provider said of a customer: then they are deleted.
    """

    async def put(self, request: ApprovalRequest) -> None:
        """Keep a new request, which waits; `Conflict` for an id that was given before."""
        ...

    async def get(self, request: str) -> ApprovalRequest | None:
        """One request."""
        ...

    async def page(
        self, *, state: str | None, now: datetime, limit: int = 100
    ) -> Sequence[ApprovalRequest]:
        """The newest first; those whose time is over are marked so, their parameters deleted."""
        ...

    async def decide(self, request: str, state: str, by: str, *, now: datetime) -> bool:
        """Take a waiting request for approval or rejection; False when it waits no more."""
        ...

    async def close(self, request: str, state: str, *, code: str = "") -> None:
        """Note what came of it, and delete its parameters."""
        ...

    async def keep(self, selection: BulkSelection, *, forget: datetime) -> None:
        """Keep a selection, and delete those older than `forget`, in one transaction.

        One with the same digest is made younger, and stays what it is.
        """
        ...

    async def selection(self, digest: str) -> BulkSelection | None:
        """A selection by its digest."""
        ...
