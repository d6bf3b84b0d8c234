"""Master keys of the environment: base64 of 32 random bytes, several with commas between.

The first wraps what is new; the others only unwrap what they wrapped, until `rotate` has come to
it. A key's id is made of the key itself, so nobody gives ids, and a wrong key has another one.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from base64 import b64decode, b64encode
from binascii import Error
from collections.abc import Sequence

from unshackled.encryption.key_management import WrappedKey
from unshackled.encryption.secret_key import ID_BYTES, KEY_BYTES, SecretKey
from unshackled.errors import Undecryptable


class MasterKeys:
    """`KeyManagement` by keys that this process has."""

    def __init__(self, keys: Sequence[SecretKey]) -> None:
        """The first is current; raises `ValueError` without any."""
        if not keys:
            raise ValueError("at least one master key is needed")
        self._keys = {one.id: one for one in keys}
        self.current = keys[0].id

    def __repr__(self) -> str:
        return f"MasterKeys({', '.join(self._keys)})"

    def has(self, master: str) -> bool:
        """Whether one of them is it."""
        return master in self._keys

    def derived(self, purpose: str) -> tuple[bytes, ...]:
        """A key for signatures of a purpose from each of them, the current one first."""
        return tuple(
            hmac.digest(one.value, b"unshackled\0" + purpose.encode(), "sha256")
            for one in self._keys.values()
        )

    async def wrap(self, key: bytes, *bound: str) -> WrappedKey:
        """Seal a key with the current one."""
        return WrappedKey(master=self.current, value=self._keys[self.current].seal(key, *bound))

    async def unwrap(self, wrapped: WrappedKey, *bound: str) -> bytes:
        """Open what one of them sealed."""
        master = self._keys.get(wrapped.master)
        if master is None:
            raise Undecryptable(bound[-1], wrapped.master, "the master key is not here")
        return master.open(wrapped.value, *bound)


def master_keys(text: str) -> MasterKeys:
    """The keys of a setting; raises `ValueError` saying what is needed, never what was given."""
    return MasterKeys([_key(part.strip()) for part in text.split(",")])


def new_master_key() -> str:
    """A new key, as the setting takes it."""
    return b64encode(os.urandom(KEY_BYTES)).decode()


def _key(text: str) -> SecretKey:
    try:
        value = b64decode(text.translate(str.maketrans("-_", "+/")), validate=True)
    except (Error, ValueError):
        value = b""
    if len(value) != KEY_BYTES:
        raise ValueError(f"base64 of {KEY_BYTES} random bytes is needed, several with commas")
    digest = hashlib.sha256(b"unshackled master key id\0" + value).digest()
    return SecretKey(digest[:ID_BYTES].hex(), value)
