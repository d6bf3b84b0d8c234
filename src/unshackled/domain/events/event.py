"""The base of every event: how it changes the snapshot, and what of it may be seen.

`public()` drops every personal field: that is the event row, the outbox message, the audit trail.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from unshackled.domain.checkout import Checkout
from unshackled.domain.codec import plain
from unshackled.domain.personal import split
from unshackled.domain.records import Record, added

Json = Any


class Event(Record):
    """Base of all events; `type` is versioned and never changes its meaning.

    `run` names the case that it happened to; without it, the purchase.
    """

    type: ClassVar[str]
    run: str | None = added(None)

    def fold(self, checkout: Checkout, at: datetime) -> Checkout:
        """The snapshot after this event."""
        return checkout

    def public(self) -> dict[str, Json]:
        """The event as JSON without anything personal."""
        data = split(type(self), plain(self))[0]
        if self.run is None:
            del data["run"]
        return data
