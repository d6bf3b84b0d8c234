"""What a key seals opens with this key, for this owner and unchanged; else it does not open."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unshackled.encryption.secret_key import (
    HEAD_BYTES,
    TAG_BYTES,
    SecretKey,
    is_sealed,
    key_id_of,
    random_key,
)
from unshackled.errors import Undecryptable, Unreadable

KEY = SecretKey("00112233445566ff", bytes(range(32)))
BOUND = ("personal", "northstar", "chk_1")
# RFC 5869 with SHA-256, no salt, info "unshackled search": extract and expand by `hmac`.
DERIVED = "b6f4927823863bede6a00ac5f32518d01f331484847e8c1dbd9bdfd60fee4f7e"


@given(plain=st.binary(max_size=200))
def test_what_is_sealed_opens(plain: bytes) -> None:
    """Whatever it is, empty included; it is longer by head and tag, and shows nothing of it."""
    sealed = KEY.seal(plain, *BOUND)
    assert KEY.open(sealed, *BOUND) == plain
    assert len(sealed) == HEAD_BYTES + len(plain) + TAG_BYTES
    assert is_sealed(sealed)
    assert key_id_of(sealed, *BOUND) == KEY.id
    assert len(plain) < 4 or plain not in sealed


def test_the_same_is_never_sealed_the_same() -> None:
    """The nonce is new each time."""
    assert len({KEY.seal(b"{}", *BOUND) for _ in range(100)}) == 100


@given(place=st.integers(0, 80), bit=st.integers(0, 7))
def test_one_changed_bit_is_noticed(place: int, bit: int) -> None:
    """In the head, the ciphertext or the tag; the error tells the owner and no value."""
    sealed = bytearray(KEY.seal(b"Featherstone, 1 Longacre Mews, and a phone.", *BOUND))
    assert len(sealed) == 80 or place < len(sealed)
    sealed[place % len(sealed)] ^= 1 << bit
    with pytest.raises(Undecryptable, match="chk_1") as refused:
        KEY.open(bytes(sealed), *BOUND)
    assert "Featherstone" not in str(refused.value)
    assert refused.value.__cause__ is None
    assert refused.value.subject == "chk_1"


@pytest.mark.parametrize("length", [0, 1, HEAD_BYTES, HEAD_BYTES + TAG_BYTES - 1, -1])
def test_what_was_cut_does_not_open(length: int) -> None:
    """At any length, nothing included."""
    sealed = KEY.seal(b"Featherstone", *BOUND)
    with pytest.raises(Undecryptable):
        KEY.open(sealed[:length], *BOUND)


@pytest.mark.parametrize(
    "other",
    [
        ("document", "northstar", "chk_1"),
        ("personal", "northstar:test", "chk_1"),
        ("personal", "northstar", "chk_2"),
        ("personal", "northstar"),
    ],
)
def test_what_belongs_to_another_does_not_open(other: tuple[str, ...]) -> None:
    """Another purpose, account or owner: what was moved to another row is noticed."""
    with pytest.raises(Undecryptable):
        KEY.open(KEY.seal(b"Featherstone", *BOUND), *other)


def test_another_key_is_named() -> None:
    """By its id, which tells an operator which key is needed."""
    other = random_key()
    with pytest.raises(Undecryptable, match=KEY.id) as refused:
        other.open(KEY.seal(b"Featherstone", *BOUND), *BOUND)
    assert refused.value.key == KEY.id
    assert isinstance(refused.value, Unreadable)


def test_a_key_of_the_same_id_is_not_the_same_key() -> None:
    """The id opens nothing."""
    twin = SecretKey(KEY.id, bytes(32))
    with pytest.raises(Undecryptable):
        twin.open(KEY.seal(b"Featherstone", *BOUND), *BOUND)


def test_keys_of_purposes_are_keys_of_their_own() -> None:
    """Always the same for a purpose, another one for each, and none opens what another sealed."""
    search, secrets = KEY.derive("search"), KEY.derive("secrets")
    assert search.value.hex() == DERIVED
    assert len({KEY.value, search.value, secrets.value}) == 3
    with pytest.raises(Undecryptable):
        secrets.open(search.seal(b"x", *BOUND), *BOUND)


@pytest.mark.parametrize("value", [b"", bytes(16), bytes(31), bytes(33)])
def test_only_256_bits_are_a_key(value: bytes) -> None:
    """Nothing shorter or longer is taken."""
    with pytest.raises(ValueError, match="32 bytes"):
        SecretKey(KEY.id, value)


def test_a_key_shows_its_id_alone() -> None:
    """Also where it is printed by accident."""
    assert repr(KEY) == "SecretKey(00112233445566ff)"
    assert KEY.value.hex() not in repr([KEY, {"key": KEY}])


@pytest.mark.parametrize("plain", [b"{}", b'{"private": {}}', b"", b"\x00", b"null"])
def test_json_and_the_mark_of_an_erased_part_are_not_sealed(plain: bytes) -> None:
    """What was stored before there were keys is told from what is sealed by its first byte."""
    assert not is_sealed(plain)
