"""A link opens the documents of its checkout until its last day, and nothing else ever."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from unshackled.domain.documents.document_links import OPENS_FOR, PREFIX, DocumentLinks

AT = datetime(2026, 11, 30, 12, tzinfo=UTC)
LINKS = DocumentLinks(keys=(b"k" * 32,), public_url="https://checkout.example")
ID = "chk_01K9"


def test_a_link_opens_its_checkout_until_its_last_day() -> None:
    """The same each time it is made; on the day after it is over."""
    token = LINKS.token(ID, AT)
    assert LINKS.url(ID, AT) == f"https://checkout.example/v1/documents/{token}"
    assert token == LINKS.token(ID, AT)
    last = (AT + OPENS_FOR).date()
    assert LINKS.opened(token, AT.date()) == LINKS.opened(token, last) == ID
    assert LINKS.opened(token, last + timedelta(days=1)) is None


@given(st.integers(0, 200), st.characters())
def test_no_other_text_opens_anything(place: int, character: str) -> None:
    """One character that is another one, anywhere: nothing opens."""
    token = LINKS.token(ID, AT)
    place %= len(token)
    if token[place] == character:
        return
    changed = token[:place] + character + token[place + 1 :]
    found = LINKS.opened(changed, AT.date())
    assert found is None


@given(st.text(max_size=150))
def test_what_is_no_link_opens_nothing(text: str) -> None:
    """Whatever somebody types into the address."""
    assert LINKS.opened(text, AT.date()) is None
    assert LINKS.opened(PREFIX + text, AT.date()) is None


def test_links_outlive_a_change_of_the_key() -> None:
    """The old key opens what it signed; a key that is gone opens nothing."""
    token = LINKS.token(ID, AT)
    both = DocumentLinks(keys=(b"n" * 32, b"k" * 32), public_url=LINKS.public_url)
    assert both.opened(token, AT.date()) == ID
    assert both.token(ID, AT) != token
    new = DocumentLinks(keys=(b"n" * 32,), public_url=LINKS.public_url)
    assert new.opened(token, AT.date()) is None


def test_the_keys_are_not_shown() -> None:
    """Neither in a log line nor in an error."""
    assert "kkk" not in repr(LINKS)
    assert "kkk" not in str(LINKS)
