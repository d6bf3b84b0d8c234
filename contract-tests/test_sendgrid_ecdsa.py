"""Signatures over P-256 are checked as the standard says."""

from __future__ import annotations

import base64
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.budget import budget
from unshackled_adapters.sendgrid import ecdsa
from unshackled_adapters.sendgrid.fake import ORDER, sign, verifier

# What SendGrid publishes with its libraries, to check an implementation by.
KEY = base64.b64decode(
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE83T4O/n84iotIvIW4mdBgQ/7dAfSmpqIM8kF9mN1flpVKS3GRqe62gw+"
    "2fNNRaINXvVpiglSI8eNEc6wEA3F+g=="
)
SIGNATURE = base64.b64decode(
    "MEUCIGHQVtGj+Y3LkG9fLcxf3qfI10QysgDWmMOVmxG0u6ZUAiEAyBiXDWzM+uOe5W0JuG+luQAbPIqHh89M15TluLtEZ"
    "tM="
)
MESSAGE = (
    b'1600112502[{"email":"hello@world.com","event":"dropped","reason":"Bounced Address",'
    b'"sg_event_id":"ZHJvcC0xMDk5NDkxOS1MUnpYbF9OSFN0T0doUTRrb2ZTbV9BLTA","sg_message_id":'
    b'"LRzXl_NHStOGhQ4kofSm_A.filterdrecv-p3mdw1-756b745b58-kmzbl-18-5F5FC76C-9.0","smtp-id":'
    b'"<LRzXl_NHStOGhQ4kofSm_A@ismtpd0039p1iad1.sendgrid.net>","timestamp":1600112492}]\r\n'
)


def der(r: int, s: int) -> bytes:
    """A signature of two integers."""
    parts = b""
    for number in (r, s):
        digits = number.to_bytes(number.bit_length() // 8 + 1, "big")
        parts += bytes([2, len(digits)]) + digits
    return bytes([0x30, len(parts)]) + parts


def numbers(signature: bytes) -> tuple[int, int]:
    """The two integers of a signature."""
    first = 4 + signature[3]
    return int.from_bytes(signature[4:first]), int.from_bytes(signature[first + 2 :])


def test_sendgrids_own_example_holds() -> None:
    """A real key, a real signature, a real batch of events."""
    assert ecdsa.verify(KEY, SIGNATURE, MESSAGE)


@pytest.mark.parametrize(
    "message", [MESSAGE[:-2], MESSAGE.replace(b"dropped", b"Dropped"), b"", MESSAGE + b"\n"]
)
def test_any_other_message_does_not(message: bytes) -> None:
    """The carriage return and newline at its end are part of it."""
    assert not ecdsa.verify(KEY, SIGNATURE, message)


R, S = numbers(SIGNATURE)


@pytest.mark.parametrize(
    ("r", "s", "holds"),
    [
        (R, S, True),
        # The mirror image of a signature is one too: nothing here counts on it being the only one.
        (R, ORDER - S, True),
        (0, S, False),
        (R, 0, False),
        (ORDER, S, False),
        (R, ORDER, False),
        (R + ORDER, S, False),
        (S, R, False),
        (1, 1, False),
    ],
)
def test_numbers_out_of_range_do_not(r: int, s: int, holds: bool) -> None:
    """Both are between 1 and the order of the group."""
    assert ecdsa.verify(KEY, der(r, s), MESSAGE) is holds


@pytest.mark.parametrize(
    "signature",
    [
        b"",
        b"\x30",
        b"\x30\x00",
        SIGNATURE[:-1],
        SIGNATURE + b"\x00",
        b"\x31" + SIGNATURE[1:],
        b"\x30\x06\x02\x01\x81\x02\x01\x01",
        b"\x30\x08\x02\x02\x00\x01\x02\x02\x00\x01",
        b"\x30\x04\x02\x00\x02\x00",
        b"\x30\x80" + b"\x00" * 70,
        b"\x30\x45\x03" + SIGNATURE[3:],
        b"\x00" * 200,
    ],
)
def test_other_spellings_of_a_signature_do_not(signature: bytes) -> None:
    """Only DER counts: no negative number, no leading zero, nothing behind."""
    assert not ecdsa.verify(KEY, signature, MESSAGE)


OFF_THE_CURVE = KEY[:-1] + bytes([KEY[-1] ^ 1])
TOO_BIG = KEY[:-64] + b"\xff" * 64


@pytest.mark.parametrize(
    "key",
    [
        b"",
        KEY[:-1],
        KEY + b"\x00",
        b"\x31" + KEY[1:],
        OFF_THE_CURVE,
        TOO_BIG,
        KEY[:-64] + bytes(64),
    ],
)
def test_other_keys_do_not(key: bytes) -> None:
    """A point off the curve, of another curve or in another form is no key."""
    assert not ecdsa.verify(key, SIGNATURE, MESSAGE)


@settings(max_examples=budget(10, 25), deadline=None)
@given(st.binary(max_size=64), st.binary(max_size=64))
def test_what_is_signed_holds_and_nothing_else(message: bytes, other: bytes) -> None:
    """The stand-in's signatures are good for their message alone."""
    key = base64.b64decode(verifier())
    signature = base64.b64decode(sign("17", message))
    assert ecdsa.verify(key, signature, b"17" + message)
    assert ecdsa.verify(key, signature, b"17" + other) is (message == other)


def test_without_its_extra_a_start_names_it() -> None:
    """Where events are signed and the library is missing, connecting says what to install."""
    code = """
import sys
sys.modules["cryptography"] = None
from unshackled_adapters.sendgrid import ADAPTER, Settings
given = {"base_url": "https://api.sendgrid.com", "api_key": "k", "sender": "a@shop.example"}
ADAPTER.connect(Settings(**given), None)
try:
    ADAPTER.connect(Settings(**given, webhook_verifier="x"), None)
except ValueError as error:
    print(error)
"""
    seen = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert seen.stdout == (
        "signed events of SendGrid need cryptography: pip install 'unshackled[sendgrid]'\n"
    )
