"""Master keys of the environment wrap, unwrap, and are told apart by what they are."""

from __future__ import annotations

from base64 import b64encode, urlsafe_b64encode

import pytest

from unshackled.encryption.master_keys import MasterKeys, master_keys, new_master_key
from unshackled.errors import Undecryptable
from unshackled.testing.fake_key_management import FakeKeyManagement

BOUND = ("retailer key", "northstar", "data", "0011")
ONE, TWO = bytes(range(32)), b"\xff\xfe" * 16


def _text(key: bytes) -> str:
    return b64encode(key).decode()


async def test_what_the_first_wraps_the_others_need_not() -> None:
    """After a rotation the new key comes first; what the old one wrapped still unwraps."""
    before = master_keys(_text(ONE))
    wrapped = await before.wrap(b"k" * 32, *BOUND)
    after = master_keys(f"{_text(TWO)}, {_text(ONE)}")
    assert (wrapped.master, after.has(wrapped.master)) == (before.current, True)
    assert await after.unwrap(wrapped, *BOUND) == b"k" * 32
    assert (await after.wrap(b"k" * 32, *BOUND)).master == after.current != before.current


async def test_an_id_is_made_of_its_key() -> None:
    """So a wrong key is an unknown one, and says which is needed."""
    wrapped = await master_keys(_text(ONE)).wrap(b"k" * 32, *BOUND)
    wrong = master_keys(_text(TWO))
    assert not wrong.has(wrapped.master)
    with pytest.raises(Undecryptable, match=wrapped.master):
        await wrong.unwrap(wrapped, *BOUND)


@pytest.mark.parametrize("kind", ["environment", "service"])
async def test_a_wrapped_key_is_of_its_owner(kind: str) -> None:
    """Whoever holds the master key: bound to another account it does not unwrap."""
    keys = master_keys(_text(ONE)) if kind == "environment" else FakeKeyManagement()
    wrapped = await keys.wrap(b"k" * 32, *BOUND)
    assert await keys.unwrap(wrapped, *BOUND) == b"k" * 32
    with pytest.raises(Undecryptable):
        await keys.unwrap(wrapped, *BOUND[:-1], "ffff")


def test_both_alphabets_of_base64_are_taken() -> None:
    """Whatever tool made the key."""
    assert master_keys(urlsafe_b64encode(TWO).decode()).current == master_keys(_text(TWO)).current


@pytest.mark.parametrize(
    "text",
    ["", ",", "hunter2", _text(b"k" * 16), _text(b"k" * 33), f"{_text(ONE)},", "é" * 44, "=" * 44],
)
def test_what_is_no_key_is_refused_and_not_repeated(text: str) -> None:
    """It says what is needed."""
    with pytest.raises(ValueError, match="base64 of 32 random bytes") as refused:
        master_keys(text)
    assert not text.strip(",") or text not in str(refused.value)


def test_a_new_key_is_taken_and_new() -> None:
    """As the command prints it."""
    made = {new_master_key() for _ in range(10)}
    assert len({master_keys(one).current for one in made}) == 10


def test_keys_show_their_ids_alone() -> None:
    """Also in the repr of a settings object or a store."""
    keys = master_keys(_text(ONE))
    assert repr(keys) == f"MasterKeys({keys.current})"
    with pytest.raises(ValueError, match="at least one"):
        MasterKeys(())
