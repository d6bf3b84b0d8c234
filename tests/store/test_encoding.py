"""Cursors of lists, and times as text."""

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from unshackled.store.encoding import decode, encode, stamp

TIMES = st.datetimes(timezones=st.just(UTC))


@given(TIMES, TIMES)
def test_text_order_is_time_order(first: datetime, second: datetime) -> None:
    """Stamps sort as their times do, and lose nothing."""
    assert (stamp(first) < stamp(second)) == (first < second)
    assert datetime.fromisoformat(stamp(first)) == first


def test_stamps_are_utc() -> None:
    """One instant has one stamp, whatever zone it was written in."""
    paris = datetime(2026, 11, 22, 13, tzinfo=timezone(timedelta(hours=1)))
    assert stamp(paris) == "2026-11-22T12:00:00.000000+00:00"


@given(TIMES, st.from_regex(r"chk_[a-z0-9]+", fullmatch=True))
def test_a_cursor_comes_back(at: datetime, checkout: str) -> None:
    """A cursor is the row it stands behind, in characters that need no escaping in a URL."""
    cursor = encode(stamp(at), checkout)
    assert decode(cursor) == (stamp(at), checkout)
    assert set(cursor) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
