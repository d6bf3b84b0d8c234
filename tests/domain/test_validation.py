"""Formats of the trade."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unshackled.domain.validation import (
    activation_code,
    is_account_number,
    is_bacs_reference,
    is_imei,
    is_pac,
    is_postcode,
    is_sort_code,
    is_stac,
    luhn,
)


def test_the_sample_imei_is_valid() -> None:
    """The published sample passes its check digit."""
    assert is_imei("490154203237518")


@pytest.mark.parametrize(
    "text", ["490154203237519", "49015420323751", "4901542032375180", "49015420323751x", ""]
)
def test_a_wrong_imei_is_refused(text: str) -> None:
    """Neither a wrong check digit nor a wrong length nor a letter passes."""
    assert not is_imei(text)


@given(
    digits=st.text(alphabet=string.digits, min_size=15, max_size=15).filter(luhn),
    index=st.integers(min_value=0, max_value=14),
    step=st.integers(min_value=1, max_value=9),
)
def test_one_mistyped_digit_of_an_imei_is_always_found(digits: str, index: int, step: int) -> None:
    """Luhn finds every single wrong digit."""
    wrong = str((int(digits[index]) + step) % 10)
    assert not is_imei(digits[:index] + wrong + digits[index + 1 :])


def test_a_pac_and_a_stac_are_told_apart() -> None:
    """Letters first keeps the number, digits first does not."""
    assert (is_pac("ABC123456"), is_stac("ABC123456")) == (True, False)
    assert (is_pac("123456ABC"), is_stac("123456ABC")) == (False, True)
    assert not is_pac("abc123456")
    assert not is_pac("ABC12345\n")


@pytest.mark.parametrize("text", ["SW1A 1AA", "M1 1AE", "EC1A1BB", "B33 8TH", "GIR 0AA", "W1A 0AX"])
def test_a_postcode_is_known(text: str) -> None:
    """Every pattern of area and district passes, with and without the space."""
    assert is_postcode(text)


@pytest.mark.parametrize("text", ["SW1A  1AA", "QA1 1AA", "M1 1CA", "sw1a 1aa", "12345", ""])
def test_what_is_no_postcode_is_refused(text: str) -> None:
    """Letters that are not used, small letters and second spaces are refused."""
    assert not is_postcode(text)


def test_sort_codes_and_accounts_have_six_and_eight_digits() -> None:
    """No dashes, no letters, no other alphabet's digits."""
    assert is_sort_code("089999")
    assert is_account_number("66374958")
    assert not is_sort_code("08-99-99")
    assert not is_account_number("6637495")
    assert not is_account_number("٦٦٣٧٤٩٥٨")


@pytest.mark.parametrize("text", ["ABC123", "NS-2026/00.1 & B", "1234567890ABCDEFGH", "AAAAAB"])
def test_a_bacs_reference_is_taken(text: str) -> None:
    """6 to 18 characters of the allowed set, 6 of them letters or digits."""
    assert is_bacs_reference(text)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("ABC12", "too short"),
        ("1234567890ABCDEFGHI", "too long"),
        ("A-B-C-1", "fewer than 6 letters and digits"),
        ("-ABC123", "starts with a dash"),
        (" ABC123", "starts with a space"),
        ("DDIC1234", "starts with DDIC"),
        ("AAAAAA", "one character repeated"),
        ("abc123", "small letters"),
        ("ABC_123", "a character of no Bacs set"),
    ],
)
def test_a_bacs_reference_that_breaks_a_rule_is_refused(text: str, why: str) -> None:
    """Each rule of the scheme refuses on its own."""
    assert not is_bacs_reference(text), why


def test_an_activation_code_is_read() -> None:
    """Host and matching id; the trailing 1 asks for a confirmation code."""
    plain = activation_code("LPA:1$smdp.example.com$04386-AGYFT-A74Y8")
    assert plain is not None
    assert (plain.host, plain.oid, plain.confirmation_required) == ("smdp.example.com", None, False)
    full = activation_code("LPA:1$smdp.example.com$04386-AGYFT$1.3.6.1.4.1.31746$1")
    assert full is not None
    assert (full.oid, full.confirmation_required) == ("1.3.6.1.4.1.31746", True)
    skipped = activation_code("LPA:1$smdp.example.com$04386-AGYFT$$1")
    assert skipped is not None
    assert (skipped.oid, skipped.confirmation_required) == (None, True)


@pytest.mark.parametrize(
    "text",
    ["", "LPA:2$smdp.example.com$A", "LPA:1$$A", "LPA:1$no host$A", "LPA:1$smdp.example.com$A$$2"],
)
def test_what_is_no_activation_code_is_none(text: str) -> None:
    """Another version, no host or another flag is not read."""
    assert activation_code(text) is None
