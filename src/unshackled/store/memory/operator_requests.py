"""Requests of operators, and selections of bulks, in memory."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from unshackled.domain.records import replace
from unshackled.errors import Conflict
from unshackled.store.memory.tables import Ping, plain
from unshackled.store.side_tables.operator_requests import (
    EXPIRED,
    WAITING,
    ApprovalRequest,
    BulkSelection,
)


class MemoryOperatorRequests:
    """Requests by their ids, selections by their digests."""

    def __init__(self, ping: Ping) -> None:
        self._ping = ping
        self._rows: dict[str, ApprovalRequest] = {}
        self._selections: dict[str, BulkSelection] = {}

    async def put(self, request: ApprovalRequest) -> None:
        """Keep a new request, which waits."""
        self._ping()
        if request.id in self._rows:
            raise Conflict(f"{request.id}: the id of a request is given once")
        self._rows[request.id] = replace(
            request,
            body=plain(dict(request.body)),
            state=WAITING,
            decided_by="",
            decided_at=None,
            code="",
        )

    async def get(self, request: str) -> ApprovalRequest | None:
        """One request."""
        self._ping()
        return self._rows.get(request)

    async def page(
        self, *, state: str | None, now: datetime, limit: int = 100
    ) -> Sequence[ApprovalRequest]:
        """The newest first; those whose time is over are marked so, their parameters deleted."""
        self._ping()
        for one in list(self._rows.values()):
            if one.state == WAITING and one.expires_at <= now:
                self._rows[one.id] = replace(one, state=EXPIRED, body={})
        found = [one for one in self._rows.values() if not state or one.state == state]
        return sorted(found, key=lambda one: (one.at, one.id), reverse=True)[:limit]

    async def decide(self, request: str, state: str, by: str, *, now: datetime) -> bool:
        """Take a waiting request for approval or rejection; False when it waits no more."""
        self._ping()
        row = self._rows.get(request)
        if row is None or row.state != WAITING or row.expires_at <= now:
            return False
        self._rows[request] = replace(row, state=state, decided_by=by, decided_at=now)
        return True

    async def close(self, request: str, state: str, *, code: str = "") -> None:
        """Note what came of it, and delete its parameters."""
        self._ping()
        row = self._rows.get(request)
        if row is not None:
            self._rows[request] = replace(row, state=state, code=code, body={})

    def forget(self, subject: str) -> None:
        """End what waits about a checkout that was erased, and delete its parameters."""
        for one in list(self._rows.values()):
            if one.state == WAITING and one.subject == subject:
                self._rows[one.id] = replace(one, state=EXPIRED, body={})

    async def keep(self, selection: BulkSelection, *, forget: datetime) -> None:
        """Keep a selection, and delete those older than `forget`."""
        self._ping()
        kept = {key: one for key, one in self._selections.items() if one.at >= forget}
        new = replace(selection, asked=plain(dict(selection.asked)), targets=_targets(selection))
        kept[selection.digest] = replace(kept.get(selection.digest, new), at=selection.at)
        self._selections = kept

    async def selection(self, digest: str) -> BulkSelection | None:
        """A selection by its digest."""
        self._ping()
        return self._selections.get(digest)


def _targets(selection: BulkSelection) -> list[tuple[str, str, str]]:
    return [(checkout, step, seen) for checkout, step, seen in selection.targets]
