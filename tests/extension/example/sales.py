"""Sales: tells a warehouse of every checkout that was completed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from unshackled.domain.account import is_live
from unshackled.store.stored_records import EventRow

Tell = Callable[[str, Mapping[str, Any]], Awaitable[None]]


class SalesConsumer:
    """Hands each sale on under the id of its event, of which the warehouse takes one only."""

    name = "sales"

    def __init__(self, tell: Tell) -> None:
        """`tell` raises where the warehouse did not take it."""
        self._tell = tell

    async def take(self, event: EventRow) -> None:
        """The same event again has the same id; what a test key began is no sale."""
        if event.type == "checkout.completed.v1" and is_live(event.retailer):
            await self._tell(event.id, {"checkout": event.checkout, **event.data})
