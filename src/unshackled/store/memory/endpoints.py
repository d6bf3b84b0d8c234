"""Webhook endpoints in memory."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from unshackled.domain.records import replace
from unshackled.errors import Conflict
from unshackled.store import encoding
from unshackled.store.memory.deliveries import MemoryDeliveries
from unshackled.store.memory.tables import Ping, page_of
from unshackled.store.side_tables.endpoints import MOST, Endpoint, EndpointPage, Why


class MemoryEndpoints:
    """Endpoints by their ids."""

    def __init__(self, ping: Ping, deliveries: MemoryDeliveries) -> None:
        self._ping = ping
        self._deliveries = deliveries
        self._rows: dict[str, Endpoint] = {}

    async def add(self, endpoint: Endpoint, *, most: int = MOST) -> bool:
        """Insert one; False when its id is taken, or its account has `most` already."""
        self._ping()
        if endpoint.id in self._rows or len(self._of(endpoint.retailer)) >= most:
            return False
        self._rows[endpoint.id] = endpoint
        return True

    async def change(self, endpoint: Endpoint, *, expected: datetime) -> None:
        """Replace one that was changed last at `expected`; `Conflict` when it was changed since."""
        self._ping()
        old = self._rows.get(endpoint.id)
        if old is None or old.updated_at != expected:
            raise Conflict("the endpoint was changed by another request")
        self._rows[endpoint.id] = replace(
            endpoint, retailer=old.retailer, made_of=old.made_of, created_at=old.created_at
        )

    async def remove(self, endpoint: str) -> None:
        """Delete one, and every delivery to it."""
        self._ping()
        self._rows.pop(endpoint, None)
        self._deliveries.remove(endpoint)

    async def get(self, endpoint: str) -> Endpoint | None:
        """One by its id."""
        self._ping()
        return self._rows.get(endpoint)

    async def of(self, retailer: str) -> Sequence[Endpoint]:
        """All of an account, disabled ones too, the oldest first."""
        self._ping()
        return sorted(self._of(retailer), key=_place)

    async def page(self, retailer: str, *, after: str | None, limit: int) -> EndpointPage:
        """Some of an account; raises `ValueError` for a cursor that no page gave."""
        self._ping()
        found, following = page_of(
            self._of(retailer), _place, after=after, limit=limit, newest=False
        )
        return EndpointPage(endpoints=found, next=following)

    async def ready(self, now: datetime) -> Sequence[Endpoint]:
        """The enabled ones that are not on hold, and to which something is due, by their ids."""
        self._ping()
        return [
            one
            for _, one in sorted(self._rows.items())
            if one.state == "enabled"
            and (one.hold_until is None or one.hold_until <= now)
            and self._deliveries.has_due(one.id, now)
        ]

    async def well(self, endpoint: Endpoint, hold_until: datetime) -> None:
        """Note that something arrived; nothing is sent before `hold_until`."""
        self._ping()
        self._change(endpoint.id, failures=0, failing_since=None, hold_until=hold_until)

    async def failed(self, endpoint: Endpoint, since: datetime, hold_until: datetime) -> None:
        """Note a round in which nothing arrived, one more than `endpoint` tells of."""
        self._ping()
        failures = endpoint.failures + 1
        self._change(endpoint.id, failures=failures, failing_since=since, hold_until=hold_until)

    async def disable(self, endpoint: str, why: Why, now: datetime) -> bool:
        """Disable one; False when it is (or has gone) already."""
        self._ping()
        old = self._rows.get(endpoint)
        if old is None or old.state == "disabled":
            return False
        self._change(endpoint, state="disabled", why=why, updated_at=now)
        return True

    def _of(self, retailer: str) -> list[Endpoint]:
        return [one for one in self._rows.values() if one.retailer == retailer]

    def _change(self, endpoint: str, **changes: Any) -> None:
        old = self._rows.get(endpoint)
        if old is not None:
            self._rows[endpoint] = replace(old, **changes)


def _place(one: Endpoint) -> tuple[str, str]:
    return encoding.stamp(one.created_at), one.id
