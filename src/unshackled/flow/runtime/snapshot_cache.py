"""The snapshots a process saw last; the compare-and-swap makes a stale one harmless.

What is personal in a stale one may have been erased elsewhere, so it is forgotten after a while.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final, NamedTuple

from unshackled.domain.checkout import Checkout
from unshackled.domain.clock import Clock
from unshackled.lru_cache import LruCache

# A snapshot with what it holds takes some 17 KB of memory.
OPEN: Final = 500
ENDED: Final = 32
FORGOTTEN_AFTER: Final = timedelta(minutes=5)


class _Entry(NamedTuple):
    snapshot: Checkout
    until: datetime


class SnapshotCache:
    """At most `size` snapshots of open checkouts and `ended` others, longest unused dropped first.

    Who ended is read once more by its customer, and then hardly ever. None is here for longer than
    `FORGOTTEN_AFTER` by the clock, since it was first put here at its version.
    """

    def __init__(self, clock: Clock, size: int = OPEN, ended: int = ENDED) -> None:
        """Empty."""
        self._clock = clock
        self._open = LruCache[str, _Entry](size)
        self._ended = LruCache[str, _Entry](ended)

    def __len__(self) -> int:
        return len(self._open) + len(self._ended)

    def get(self, checkout: str) -> Checkout | None:
        """A snapshot, if it is still here."""
        entry = self._open.get(checkout) or self._ended.get(checkout)
        if entry is None:
            return None
        if self._clock.now() >= entry.until:
            self.drop(checkout)
            return None
        return entry.snapshot

    def put(self, checkout: Checkout) -> None:
        """Keep a snapshot in place of an older one.

        The same version again gets no more time: nothing proved that it is still the present one.
        """
        ended = checkout.completed_at is not None or checkout.canceled is not None
        here, there = (self._ended, self._open) if ended else (self._open, self._ended)
        there.pop(checkout.id)
        known = here.get(checkout.id)
        same = known is not None and known.snapshot.version == checkout.version
        until = known.until if known and same else self._clock.now() + FORGOTTEN_AFTER
        here.put(checkout.id, _Entry(checkout, until))

    def drop(self, checkout: str) -> None:
        """Forget a snapshot."""
        self._open.pop(checkout)
        self._ended.pop(checkout)
