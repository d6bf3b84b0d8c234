"""Secrets of accounts as text that a table keeps: sealed with the key of their account."""

from __future__ import annotations

from base64 import b64decode, b64encode
from binascii import Error
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from unshackled.encryption.secret_key import key_id_of
from unshackled.errors import Undecryptable
from unshackled.store.key_ring import KeyRing

MARK: Final = "sealed:"
SECRETS: Final = "secrets"  # what the key of an account is derived for


class SecretTexts:
    """Seals and opens texts, each bound to its purpose, its account and the id of its row."""

    def __init__(self, ring: KeyRing) -> None:
        self._ring = ring

    async def sealed(self, plain: str, *bound: str, retailer: str, now: datetime) -> str:
        """The text to keep; `bound` ends with the id of its row."""
        key = await self._ring.current(retailer, "data", now)
        value = key.derive(SECRETS).seal(plain.encode(), retailer, *bound)
        return MARK + b64encode(value).decode()

    async def are_current(self, texts: Iterable[str], *, retailer: str, now: datetime) -> bool:
        """Whether all are sealed with the present key of an account."""
        current = (await self._ring.current(retailer, "data", now)).id
        return all(_key_of(text) == current for text in texts)

    async def opened(self, stored: str, *bound: str, retailer: str) -> str:
        """The secret; one that was stored before secrets were sealed is as it is.

        Raises `Undecryptable` where it was changed, cut or moved, or its key is not here.
        """
        if not stored.startswith(MARK):
            return stored
        value = _bytes(stored)
        key = await self._ring.key(key_id_of(value, *bound), subject=bound[-1])
        return key.derive(SECRETS).open(value, retailer, *bound).decode()


def _bytes(stored: str) -> bytes:
    try:
        return b64decode(stored[len(MARK) :], validate=True)
    except Error:
        return b""


def _key_of(stored: str) -> str | None:
    """The key that opens a text; None for one that lies in clear, or does not open at all."""
    try:
        return key_id_of(_bytes(stored), "") if stored.startswith(MARK) else None
    except Undecryptable:
        return None
