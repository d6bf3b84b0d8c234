"""The port to whoever holds the master key: this process's environment, or a service (KMS).

It is asked once for each retailer key and process, never for a checkout.
"""

from __future__ import annotations

from typing import Protocol

from unshackled.domain.records import Record


class WrappedKey(Record):
    """A key that a master key wrapped: which one, and the bytes, which only that one unwraps."""

    master: str
    value: bytes


class KeyManagement(Protocol):
    """Wraps and unwraps keys of 32 bytes, bound to whose they are.

    Raises `StoreUnavailable` while it is away, and `Undecryptable` for what it cannot unwrap: a
    master key that it does not have, or bytes that were changed or belong to somebody else.
    """

    @property
    def current(self) -> str:
        """The id of the master key that wraps what is new."""
        ...

    def has(self, master: str) -> bool:
        """Whether it can unwrap what this master key wrapped."""
        ...

    async def wrap(self, key: bytes, *bound: str) -> WrappedKey:
        """Wrap a key with the current master key."""
        ...

    async def unwrap(self, wrapped: WrappedKey, *bound: str) -> bytes:
        """The key."""
        ...
