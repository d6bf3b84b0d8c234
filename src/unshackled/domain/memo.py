"""Results remembered by the identity of what they were made of.

Snapshots share whatever did not change, so the same object is asked about again and again, and its
identity costs nothing to compare. Only for frozen values: what was read never changes.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Memo(Generic[T]):
    """At most `size` results, the oldest dropped first; what a result was made of lives as long."""

    def __init__(self, size: int = 256) -> None:
        """Empty."""
        self._size = size
        # A plain dict looks through all that was dropped before it comes to the oldest.
        self._held: OrderedDict[tuple[int, ...], tuple[tuple[Any, ...], T]] = OrderedDict()
        self._find = self._held.get

    def get(self, *parts: Any, make: Callable[[], T]) -> T:
        """The result for the very same parts; made by `make` where there is none."""
        key = (*map(id, parts),)
        known = self._find(key)
        if known is not None:
            return known[1]
        made = make()
        if len(self._held) >= self._size:
            self._held.popitem(last=False)
        # Whoever keeps the parts keeps their identities from being given to others.
        self._held[key] = parts, made
        return made
