"""API keys as text: issued, and read again."""

import pytest

from unshackled.http.auth.credentials import issue_key, read_key
from unshackled.http.ids import RandomIds
from unshackled.testing.virtual_clock import VirtualClock


def test_a_key_is_read_as_it_was_issued() -> None:
    """Its parts come back, and what is stored is not the secret."""
    clock = VirtualClock()
    stored, text = issue_key(
        RandomIds(clock), retailer="north-star", kind="secret", now=clock.now(), scopes=["reports"]
    )
    read = read_key(text)
    assert read is not None
    assert (read.kind, read.retailer, read.id) == ("secret", "north-star", stored.id)
    assert read.secret not in repr(stored)


def test_a_key_has_only_scopes_that_exist() -> None:
    """The message names what is allowed."""
    clock = VirtualClock()
    with pytest.raises(ValueError, match="checkouts:read"):
        issue_key(RandomIds(clock), retailer="a", kind="secret", now=clock.now(), scopes=["all"])


@pytest.mark.parametrize("text", ["", "sk_", "sk_a_b", "sk_a_b_", "xx_a_b_c", "sk_a_b_c_d", "sk"])
def test_what_is_no_key_is_not_read(text: str) -> None:
    """Nothing but four full parts with a known prefix."""
    assert read_key(text) is None
