"""What was used last, bounded: the one cache of its kind.

`cachetools.LRUCache` would do; as a `MutableMapping` in Python it costs several times as much on
the way of every request, and its types lag behind it by a major version.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class LruCache(Generic[K, V]):
    """At most `size` values; the one that was not used for longest is dropped first."""

    def __init__(self, size: int) -> None:
        """Empty."""
        self._size = size
        self._values: OrderedDict[K, V] = OrderedDict()

    def __len__(self) -> int:
        return len(self._values)

    def get(self, key: K) -> V | None:
        """The value, which counts as a use; None where it is not here."""
        value = self._values.get(key)
        if value is not None:
            self._values.move_to_end(key)
        return value

    def peek(self, key: K) -> V | None:
        """The value, which counts as no use: so another thread may ask as well."""
        return self._values.get(key)

    def put(self, key: K, value: V) -> V | None:
        """Keep a value. Returns the one that had to go for it, e.g. to be closed."""
        self._values[key] = value
        self._values.move_to_end(key)
        return self._values.popitem(last=False)[1] if len(self._values) > self._size else None

    def pop(self, key: K) -> V | None:
        """Drop a value, and return it."""
        return self._values.pop(key, None)

    def drain(self) -> list[V]:
        """Drop all values, and return them, the longest unused first."""
        values = list(self._values.values())
        self._values.clear()
        return values
