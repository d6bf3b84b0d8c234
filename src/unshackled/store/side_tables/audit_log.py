"""The audit log: who did what, when, to what, why, and what came of it. Nothing is ever changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from datetime import datetime
from typing import Any, Final, Protocol

from unshackled.domain.records import Record

FILTERS: Final = ("operator", "action", "retailer", "subject", "part_of")


class AuditRecord(Record):
    """One action of an operator.

    `subject` is a checkout, a letter, a request or a selection. `detail` are the action's own
    parameters, never an output. `trace` is the trace of the HTTP request, `request` the request
    for a second person that it belongs to, `part_of` the entry of a bulk. `outcome` is done,
    refused, failed or waiting; empty while it is under way, or cut off.
    """

    id: str
    at: datetime
    operator: str
    action: str
    retailer: str = ""
    subject: str
    step: str = ""
    reason: str
    evidence: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)
    trace: str = ""
    request: str = ""
    part_of: str = ""
    ended_at: datetime | None = None
    outcome: str = ""
    code: str = ""


class AuditRecordPage(Record):
    """A page of entries, the newest first; `next` is the cursor of the page after it."""

    entries: Sequence[AuditRecord]
    next: str | None


class AuditLog(Protocol):
    """Entries are only ever added: one before its action is carried out, its outcome after."""

    async def begin(self, entry: AuditRecord) -> None:
        """Write down what is about to be done; `Conflict` for an id that was given before."""
        ...

    async def end(self, entry: str, outcome: str, *, at: datetime, code: str = "") -> None:
        """Write down what came of it; the first outcome stays."""
        ...

    async def page(
        self,
        wanted: Mapping[str, str | None],
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        after: str | None = None,
        limit: int = 50,
    ) -> AuditRecordPage:
        """Entries in [since, until), the newest first.

        `wanted` are exact values of `FILTERS` and of `outcome`. Raises `ValueError` for a cursor
        that no page gave.
        """
        ...
