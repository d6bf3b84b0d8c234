"""The private key of P-256 that a stored key stands for (FIPS 186-5, A.2.1)."""

from __future__ import annotations

# ruff: noqa: PLC0415 - the library comes with the first key that is used
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from unshackled.encryption.secret_key import SecretKey

# The order of the curve P-256 (SP 800-186, 3.2.1.3).
ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
# 64 bits more than the order has, so that no number is likelier than another.
EXTRA_BYTES: Final = 8


def private_pem(key: SecretKey, purpose: str) -> bytes:
    """The private key of a purpose, as PKCS #8 in PEM: always the same of the same key."""
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
    )

    more = key.derive(f"{purpose} more").value[:EXTRA_BYTES]
    number = int.from_bytes(key.derive(purpose).value + more, "big") % (ORDER - 1) + 1
    private = ec.derive_private_key(number, ec.SECP256R1())
    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
