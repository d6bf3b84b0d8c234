"""Credentials that were checked a moment ago, so that not every request asks the store."""

from __future__ import annotations

import hashlib
from typing import Final

from unshackled.domain.clock import Clock
from unshackled.http.auth.credentials import Caller
from unshackled.lru_cache import LruCache

REVOCABLE: Final = frozenset({"secret", "publishable"})
# A customer's token is never revoked; its end is looked at every time.
TOKEN_SECONDS: Final = 30.0


class CredentialCache:
    """At most `size` callers by the hash of what they sent.

    What may be revoked, a retailer's key, is remembered for `keys` seconds: 0 asks every time.
    """

    def __init__(self, clock: Clock, *, keys: float = 0.0, size: int = 2_000) -> None:
        self._clock = clock
        self._keys = keys
        self._callers = LruCache[bytes, tuple[float, Caller]](size)

    def get(self, text: str) -> Caller | None:
        """Who sent this, if it was checked lately."""
        key = self._key(text)
        found = self._callers.get(key)
        if found is None:
            return None
        lifetime = self._keys if found[1].kind in REVOCABLE else TOKEN_SECONDS
        if self._clock.monotonic() - found[0] > lifetime:
            self._callers.pop(key)
            return None
        return found[1]

    def put(self, text: str, caller: Caller) -> None:
        """Remember a checked credential, unless it may be revoked at any moment."""
        if caller.kind in REVOCABLE and self._keys <= 0:
            return
        self._callers.put(self._key(text), (self._clock.monotonic(), caller))

    def _key(self, text: str) -> bytes:
        return hashlib.sha256(text.encode()).digest()
