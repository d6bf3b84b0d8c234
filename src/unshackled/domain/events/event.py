"""The base of every event: how it changes the snapshot, and what of it may be seen.

`public()` drops every personal field: that is the event row, the outbox message, the audit trail.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from unshackled.domain.checkout import Checkout
from unshackled.domain.codec import plain
from unshackled.domain.personal import split
from unshackled.domain.records import Record

Json = Any


class Event(Record):
    """Base of all events; `type` is versioned and never changes its meaning."""

    type: ClassVar[str]

    def fold(self, checkout: Checkout, at: datetime) -> Checkout:
        """The snapshot after this event."""
        return checkout

    def public(self) -> dict[str, Json]:
        """The event as JSON without anything personal."""
        return split(type(self), plain(self))[0]
