"""Signed callbacks of providers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from unshackled.sdk import BadSignature, RawCallback
from unshackled.sdk.webhooks import HEADER, sign, verified

SECRET = "whsec_made_up"
BODY = b'{"reference": "ABC"}'
AT = datetime(2026, 11, 22, 18, 0, tzinfo=UTC)


def raw(
    header: str | None, *, body: bytes = BODY, received_at: datetime = AT, name: str = HEADER
) -> RawCallback:
    headers = {} if header is None else {name: header}
    return RawCallback(body=body, headers=headers, received_at=received_at)


def test_a_signed_callback_is_read() -> None:
    """A callback signed with our secret gives its JSON object, whatever the header's case."""
    assert verified(raw(sign(SECRET, BODY, AT), name=HEADER.lower()), SECRET) == {
        "reference": "ABC"
    }


def test_any_of_several_signatures_counts() -> None:
    """While a secret is changed the callback carries two signatures and either may match."""
    old, new = sign("old", BODY, AT), sign(SECRET, BODY, AT)
    assert verified(raw(f"{old},{new.split(',')[1]}"), SECRET)


@pytest.mark.parametrize(
    "callback",
    [
        raw(None),
        raw(""),
        raw("v1=00"),
        raw(f"t=now,v1={'0' * 64}"),
        raw("t=1,t=2,v1=é"),
        raw(sign("another secret", BODY, AT)),
        raw(sign(SECRET, BODY, AT), body=BODY + b" "),
        raw(sign(SECRET, BODY, AT), received_at=AT + timedelta(minutes=6)),
        raw(sign(SECRET, BODY, AT), received_at=AT - timedelta(minutes=6)),
        raw(sign(SECRET, b"[]", AT), body=b"[]"),
        raw(sign(SECRET, b"{", AT), body=b"{"),
    ],
    ids=[
        "no header",
        "empty header",
        "no time",
        "time is a word",
        "two times",
        "another secret",
        "changed body",
        "too old",
        "from the future",
        "not an object",
        "not JSON",
    ],
)
def test_a_callback_that_cannot_be_trusted_is_refused(callback: RawCallback) -> None:
    """A wrong signature, age or shape is a BadSignature that quotes nothing of the callback."""
    with pytest.raises(BadSignature) as refused:
        verified(callback, SECRET)
    assert "ABC" not in str(refused.value)
    assert SECRET not in str(refused.value)
