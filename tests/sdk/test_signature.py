"""Signed callbacks of providers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from unshackled.sdk import BadSignature, RawCallback
from unshackled.sdk.answers import read_callback
from unshackled.sdk.signature import HEADER, sign

SECRET = SecretStr("whsec_made_up")
BODY = b'{"reference": "ABC"}'
AT = datetime(2026, 11, 22, 18, 0, tzinfo=UTC)


def read(callback: RawCallback) -> str:
    """The callback's reference."""
    reference: str = read_callback(callback, SECRET, lambda data: data["reference"])
    return reference


def raw(
    header: str | None, *, body: bytes = BODY, received_at: datetime = AT, name: str = HEADER
) -> RawCallback:
    headers = {} if header is None else {name: header}
    return RawCallback(body=body, headers=headers, received_at=received_at)


def test_a_signed_callback_is_read() -> None:
    """A callback signed with our secret is read, whatever the header's case."""
    assert read(raw(sign(SECRET, BODY, AT), name=HEADER.lower())) == "ABC"


def test_any_of_several_signatures_counts() -> None:
    """While a secret is changed the callback carries two signatures and either may match."""
    old, new = sign(SecretStr("old"), BODY, AT), sign(SECRET, BODY, AT)
    assert read(raw(f"{old},{new.split(',')[1]}"))


@pytest.mark.parametrize(
    "callback",
    [
        raw(None),
        raw(""),
        raw("v1=00"),
        raw(f"t=now,v1={'0' * 64}"),
        raw("t=1,t=2,v1=é"),
        raw(f"t={'9' * 400},v1={'0' * 64}"),
        raw(sign(SecretStr("another secret"), BODY, AT)),
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
        "endless time",
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
        read(callback)
    assert "ABC" not in str(refused.value)
    assert SECRET.get_secret_value() not in str(refused.value)
