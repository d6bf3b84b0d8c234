"""The snapshots a process saw last; the compare-and-swap makes a stale one harmless."""

from __future__ import annotations

from typing import Final

from unshackled.domain.checkout import Checkout
from unshackled.lru_cache import LruCache

# A snapshot with what it holds takes some 17 KB of memory.
OPEN: Final = 500
ENDED: Final = 32


class SnapshotCache:
    """At most `size` snapshots of open checkouts and `ended` others, longest unused dropped first.

    Who ended is read once more by its customer, and then hardly ever.
    """

    def __init__(self, size: int = OPEN, ended: int = ENDED) -> None:
        """Empty."""
        self._open = LruCache[str, Checkout](size)
        self._ended = LruCache[str, Checkout](ended)

    def __len__(self) -> int:
        return len(self._open) + len(self._ended)

    def get(self, checkout: str) -> Checkout | None:
        """A snapshot, if it is still here."""
        return self._open.get(checkout) or self._ended.get(checkout)

    def put(self, checkout: Checkout) -> None:
        """Keep a snapshot in place of an older one."""
        ended = checkout.completed_at is not None or checkout.canceled is not None
        here, there = (self._ended, self._open) if ended else (self._open, self._ended)
        there.pop(checkout.id)
        here.put(checkout.id, checkout)

    def drop(self, checkout: str) -> None:
        """Forget a snapshot."""
        self._open.pop(checkout)
        self._ended.pop(checkout)
