"""The snapshots a process saw last; the compare-and-swap makes a stale one harmless."""

from __future__ import annotations

from unshackled.domain.checkout import Checkout
from unshackled.lru_cache import LruCache


class SnapshotCache:
    """At most `size` snapshots, the longest unused dropped first."""

    def __init__(self, size: int = 1000) -> None:
        """Empty."""
        self._snapshots = LruCache[str, Checkout](size)

    def get(self, checkout: str) -> Checkout | None:
        """A snapshot, if it is still here."""
        return self._snapshots.get(checkout)

    def put(self, checkout: Checkout) -> None:
        """Keep a snapshot."""
        self._snapshots.put(checkout.id, checkout)

    def drop(self, checkout: str) -> None:
        """Forget a snapshot."""
        self._snapshots.pop(checkout)
