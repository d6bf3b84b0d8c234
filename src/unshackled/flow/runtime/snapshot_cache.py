"""The snapshots a process saw last; the compare-and-swap makes a stale one harmless."""

from __future__ import annotations

from collections import OrderedDict

from unshackled.domain.checkout import Checkout


class Recent:
    """At most `size` snapshots, the longest unused dropped first."""

    def __init__(self, size: int = 1000) -> None:
        """Empty."""
        self._size = size
        self._held: OrderedDict[str, Checkout] = OrderedDict()

    def get(self, checkout: str) -> Checkout | None:
        """A snapshot, if it is still here."""
        found = self._held.get(checkout)
        if found is not None:
            self._held.move_to_end(checkout)
        return found

    def put(self, checkout: Checkout) -> None:
        """Keep a snapshot."""
        self._held[checkout.id] = checkout
        self._held.move_to_end(checkout.id)
        while len(self._held) > self._size:
            self._held.popitem(last=False)

    def drop(self, checkout: str) -> None:
        """Forget a snapshot."""
        self._held.pop(checkout, None)
