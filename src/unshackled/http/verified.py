"""Credentials that were checked a moment ago, so that not every request asks the store."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from typing import Final

from unshackled.domain.clock import Clock
from unshackled.http.credentials import Caller

LIFETIME_SECONDS: Final = 30.0


class Verified:
    """At most `size` callers by the hash of what they sent; a revoked key counts for 30 s more."""

    def __init__(self, clock: Clock, size: int = 10_000) -> None:
        self._clock = clock
        self._size = size
        self._held: OrderedDict[bytes, tuple[float, Caller]] = OrderedDict()

    def get(self, text: str) -> Caller | None:
        """Who sent this, if it was checked lately."""
        key = self._key(text)
        found = self._held.get(key)
        if found is None:
            return None
        if self._clock.monotonic() - found[0] > LIFETIME_SECONDS:
            del self._held[key]
            return None
        self._held.move_to_end(key)
        return found[1]

    def put(self, text: str, caller: Caller) -> None:
        """Remember a checked credential."""
        self._held[self._key(text)] = (self._clock.monotonic(), caller)
        while len(self._held) > self._size:
            self._held.popitem(last=False)

    def _key(self, text: str) -> bytes:
        return hashlib.sha256(text.encode()).digest()
