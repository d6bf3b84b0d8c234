"""A key management service of this process: it has state, and may be away or lose a key."""

from __future__ import annotations

from collections import Counter

from unshackled.encryption.key_management import WrappedKey
from unshackled.encryption.master_keys import MasterKeys
from unshackled.encryption.secret_key import SecretKey, random_key
from unshackled.errors import StoreUnavailable


class FakeKeyManagement:
    """`KeyManagement` whose keys never leave it; `calls` counts what it was asked."""

    def __init__(self) -> None:
        """With one master key."""
        self.calls: Counter[str] = Counter()
        self.away = False
        self._masters: dict[str, SecretKey] = {}
        self.current = self.rotate()

    def rotate(self) -> str:
        """Make a new master key, which is current from now on; its id."""
        key = random_key()
        self._masters[key.id] = key
        self.current = key.id
        return key.id

    def lose(self, master: str) -> None:
        """Forget a master key: what it wrapped never unwraps again."""
        del self._masters[master]

    def has(self, master: str) -> bool:
        """Whether it can unwrap what this master key wrapped."""
        return master in self._masters

    async def wrap(self, key: bytes, *bound: str) -> WrappedKey:
        """Wrap a key with the current master key."""
        return await self._keys("wrap").wrap(key, *bound)

    async def unwrap(self, wrapped: WrappedKey, *bound: str) -> bytes:
        """The key."""
        return await self._keys("unwrap").unwrap(wrapped, *bound)

    def _keys(self, what: str) -> MasterKeys:
        self.calls[what] += 1
        if self.away:
            raise StoreUnavailable("the key management service does not answer")
        ordered = sorted(self._masters.values(), key=lambda one: one.id != self.current)
        return MasterKeys(ordered)
