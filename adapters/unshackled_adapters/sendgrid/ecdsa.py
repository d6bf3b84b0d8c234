"""ECDSA over NIST P-256 with SHA-256, by `cryptography`: the extra `unshackled[sendgrid]`.

It is loaded with the first key, so that nobody needs it who checks no events of SendGrid.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

NEEDED = "signed events of SendGrid need cryptography: pip install 'unshackled[sendgrid]'"


def require() -> None:
    """Raise `ValueError` naming the extra where `cryptography` is not installed."""
    try:
        import cryptography  # noqa: F401
    except ModuleNotFoundError:
        raise ValueError(NEEDED) from None


def public_key(key: bytes) -> EllipticCurvePublicKey:
    """A public key (DER, SubjectPublicKeyInfo); raises `ValueError` for anything but P-256."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    try:
        known = load_der_public_key(key)
    except UnsupportedAlgorithm:
        raise ValueError("no P-256 key") from None
    if not isinstance(known, EllipticCurvePublicKey) or not isinstance(known.curve, SECP256R1):
        raise ValueError("no P-256 key")  # noqa: TRY004 - a wrong value of a setting
    return known


def verify(key: bytes, signature: bytes, message: bytes) -> bool:
    """Whether a DER signature of a message is by a key (DER, SubjectPublicKeyInfo)."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
    from cryptography.hazmat.primitives.hashes import SHA256

    try:
        public_key(key).verify(signature, message, ECDSA(SHA256()))
    except (ValueError, InvalidSignature):
        return False
    return True
