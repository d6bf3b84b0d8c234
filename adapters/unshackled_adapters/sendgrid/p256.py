"""ECDSA over NIST P-256 with SHA-256 (FIPS 186-5 §6.4.2): only what checks a signature.

Everything here is public: the key, the signature, the message. So it need not hide its timing,
and plain integers will do. It must never be given a private key.
"""

from __future__ import annotations

import hashlib
from typing import Final, TypeAlias

P: Final = 0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF
N: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
B: Final = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
# A point as (X, Y, Z) with x = X/Z², y = Y/Z³; Z = 0 is the point at infinity.
Point: TypeAlias = tuple[int, int, int]
INFINITY: Final[Point] = (1, 1, 0)
G: Final[Point] = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
    1,
)
# SubjectPublicKeyInfo (RFC 5480) of an uncompressed P-256 key, up to the point.
SPKI: Final = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d030107034200")
LONGEST_SIGNATURE: Final = 72


def verify(key: bytes, signature: bytes, message: bytes) -> bool:
    """Whether a DER signature of a message is by a key (DER, SubjectPublicKeyInfo)."""
    try:
        point, (r, s) = public_point(key), _pair(signature)
    except (ValueError, IndexError):
        return False
    if not (0 < r < N and 0 < s < N):
        return False
    digest = int.from_bytes(hashlib.sha256(message).digest(), "big")
    inverse = pow(s, -1, N)
    found = combined(digest * inverse % N, G, r * inverse % N, point)
    return found[2] != 0 and affine(found)[0] % N == r


def public_point(key: bytes) -> Point:
    """The point of a public key; raises `ValueError` for anything but a P-256 key."""
    if len(key) != len(SPKI) + 65 or not key.startswith(SPKI + b"\x04"):
        raise ValueError("no uncompressed P-256 key")
    x, y = (int.from_bytes(part, "big") for part in (key[-64:-32], key[-32:]))
    if not (x < P and y < P) or (y * y - (x * x * x - 3 * x + B)) % P:
        raise ValueError("not on the curve")
    return (x, y, 1)


def _pair(signature: bytes) -> tuple[int, int]:
    """The two integers of a signature: SEQUENCE { INTEGER r, INTEGER s }."""
    if len(signature) > LONGEST_SIGNATURE or signature[0] != 0x30:
        raise ValueError("no signature")
    body = signature[2:]
    if signature[1] != len(body):
        raise ValueError("wrong length")
    r, rest = _integer(body)
    s, rest = _integer(rest)
    if rest:
        raise ValueError("more than a signature")
    return r, s


def _integer(data: bytes) -> tuple[int, bytes]:
    """A positive integer in its shortest form, and what follows it."""
    size = data[1]
    digits, rest = data[2 : 2 + size], data[2 + size :]
    short = len(digits) == size > 0 and digits[0] < 0x80
    if data[0] != 0x02 or not short or (size > 1 and digits[0] == 0 and digits[1] < 0x80):
        raise ValueError("no integer")
    return int.from_bytes(digits, "big"), rest


def combined(u1: int, p1: Point, u2: int, p2: Point) -> Point:
    """u1·p1 + u2·p2, both at once from the highest bit down."""
    both, found = add(p1, p2), INFINITY
    for bit in range(max(u1.bit_length(), u2.bit_length()) - 1, -1, -1):
        found = double(found)
        one, two = u1 >> bit & 1, u2 >> bit & 1
        if one or two:
            found = add(found, both if one and two else p1 if one else p2)
    return found


def double(point: Point) -> Point:
    """A point twice (a = -3)."""
    x, y, z = point
    if not y or not z:
        return INFINITY
    delta, gamma = z * z % P, y * y % P
    beta = x * gamma % P
    alpha = 3 * (x - delta) * (x + delta) % P
    x3 = (alpha * alpha - 8 * beta) % P
    y3 = (alpha * (4 * beta - x3) - 8 * gamma * gamma) % P
    return x3, y3, 2 * y * z % P


def add(one: Point, two: Point) -> Point:
    """The sum of two points."""
    if not one[2]:
        return two
    if not two[2]:
        return one
    z1, z2 = one[2] * one[2] % P, two[2] * two[2] % P
    u1, u2 = one[0] * z2 % P, two[0] * z1 % P
    s1, s2 = one[1] * z2 * two[2] % P, two[1] * z1 * one[2] % P
    if u1 == u2:
        return double(one) if s1 == s2 else INFINITY
    h, r = u2 - u1, s2 - s1
    h2 = h * h % P
    h3, v = h * h2 % P, u1 * h2 % P
    x3 = (r * r - h3 - 2 * v) % P
    return x3, (r * (v - x3) - s1 * h3) % P, h * one[2] * two[2] % P


def affine(point: Point) -> tuple[int, int]:
    """A point's own coordinates."""
    inverse = pow(point[2], -1, P)
    square = inverse * inverse % P
    return point[0] * square % P, point[1] * square * inverse % P
