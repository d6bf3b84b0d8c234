"""A key of 256 bits, and what is sealed with it: AES-256-GCM, bound to what it belongs to.

    version (1 byte) · id of the key (8) · nonce (12) · ciphertext · tag (16)

The nonce is random: below 2^32 seals with one key two equal ones need not be feared (NIST SP
800-38D, 8.3). What a value is bound to (its purpose, its account, its owner) is authenticated and
not stored: a value that was moved to another row does not open.
"""

from __future__ import annotations

# ruff: noqa: PLC0415 - the library comes with the first key that is used
import os
from typing import TYPE_CHECKING, Final

from unshackled.errors import Undecryptable

if TYPE_CHECKING:  # loaded with the first key that is used
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

VERSION: Final = b"\x01"
KEY_BYTES: Final = 32
ID_BYTES: Final = 8
NONCE_BYTES: Final = 12
HEAD_BYTES: Final = len(VERSION) + ID_BYTES + NONCE_BYTES
TAG_BYTES: Final = 16
LEAST_BYTES: Final = HEAD_BYTES + TAG_BYTES


class SecretKey:
    """A key and its id, which is 16 hexadecimal digits; it shows itself by its id alone."""

    __slots__ = ("_cipher", "_head", "_value", "id")

    def __init__(self, id: str, value: bytes) -> None:  # noqa: A002 - what it is everywhere
        """Raises `ValueError` for what is no key of 256 bits, or no id."""
        if len(value) != KEY_BYTES:
            raise ValueError(f"a key of {KEY_BYTES} bytes is needed")
        self._head = VERSION + bytes.fromhex(id)
        if len(self._head) != len(VERSION) + ID_BYTES:
            raise ValueError(f"{id}: the id of a key has {2 * ID_BYTES} hexadecimal digits")
        self.id = id
        self._value = value
        self._cipher: AESGCM | None = None

    def __repr__(self) -> str:
        return f"SecretKey({self.id})"

    @property
    def value(self) -> bytes:
        """The key itself, to be wrapped or to key a hash."""
        return self._value

    def seal(self, plain: bytes, *bound: str) -> bytes:
        """Encrypt what is `bound` to a purpose and an owner, which opening must name again."""
        nonce = os.urandom(NONCE_BYTES)
        cipher = self._cipher or self._aes()
        return self._head + nonce + cipher.encrypt(nonce, plain, "\0".join(bound).encode())

    def open(self, sealed: bytes, *bound: str) -> bytes:
        """What was sealed with this key and bound so; raises `Undecryptable` for anything else."""
        if not sealed.startswith(self._head) or len(sealed) < LEAST_BYTES:
            raise Undecryptable(bound[-1], key_id_of(sealed, *bound), "another key is at hand")
        cipher = self._cipher or self._aes()
        nonce = sealed[HEAD_BYTES - NONCE_BYTES : HEAD_BYTES]
        try:
            return cipher.decrypt(nonce, sealed[HEAD_BYTES:], "\0".join(bound).encode())
        except _invalid_tag():
            raise Undecryptable(bound[-1], self.id, "changed, or of another owner") from None

    def derive(self, purpose: str) -> SecretKey:
        """The key of a purpose that this one stands for: HKDF-SHA256 (RFC 5869); its id is this."""
        return SecretKey(self.id, _derived(self._value, purpose))

    def _aes(self) -> AESGCM:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        self._cipher = AESGCM(self._value)
        return self._cipher


def random_key() -> SecretKey:
    """A new key with a new id."""
    return SecretKey(os.urandom(ID_BYTES).hex(), os.urandom(KEY_BYTES))


def is_sealed(stored: bytes) -> bool:
    """Whether bytes begin as what `SecretKey.seal` makes; JSON and plain text never do."""
    return stored.startswith(VERSION)


def key_id_of(sealed: bytes, *bound: str) -> str:
    """The id of the key that opens it; raises `Undecryptable` for what is cut or of a new form."""
    if not is_sealed(sealed) or len(sealed) < LEAST_BYTES:
        raise Undecryptable(bound[-1], "unknown", "cut, or of a form that this version lacks")
    return sealed[len(VERSION) : len(VERSION) + ID_BYTES].hex()


def _derived(value: bytes, purpose: str) -> bytes:
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    info = f"unshackled {purpose}".encode()
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=info).derive(value)


def _invalid_tag() -> type[Exception]:
    from cryptography.exceptions import InvalidTag

    return InvalidTag
