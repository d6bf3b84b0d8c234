"""Activation codes and profile numbers as telcos write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unshackled.domain.validation import ActivationCode, activation_code, is_iccid
from unshackled.sdk.esim import built_code, confirmation_needed, esim_code, iccid_of

HOSTS = st.sampled_from(["smdp.example.com", "rsp.a-b.example", "1.oma.co"])
IDS = st.text("ABCXYZ0189-", min_size=1, max_size=60)
OIDS = st.sampled_from([None, "1.3.6.1.4.1.31746", "2.999.10"])


@given(host=HOSTS, matching_id=IDS, oid=OIDS, confirm=st.booleans())
def test_a_code_is_read_back_as_it_was_built(
    *, host: str, matching_id: str, oid: str | None, confirm: bool
) -> None:
    """`LPA:1$host$matching id[$OID[$1]]`: an empty OID stands before the flag."""
    code = built_code(host, matching_id, oid, confirm=confirm)
    assert activation_code(code) == ActivationCode(
        host=host, matching_id=matching_id, oid=oid, confirmation_required=confirm
    )
    assert confirmation_needed(code) is confirm
    assert esim_code(code) == code


@pytest.mark.parametrize(
    ("code", "needed"),
    [
        ("LPA:1$smdp.example.com$04386-AGYFT-A74Y8-3F815", False),
        ("LPA:1$smdp.example.com$04386-AGYFT-A74Y8-3F815$1.3.6.1.4.1.31746", False),
        ("LPA:1$smdp.example.com$04386-AGYFT-A74Y8-3F815$1.3.6.1.4.1.31746$1", True),
        ("LPA:1$smdp.example.com$04386-AGYFT-A74Y8-3F815$$1", True),
        ("1$smdp.example.com$a1b2c3", False),
    ],
)
def test_the_flag_says_that_a_code_is_asked_for(code: str, needed: object) -> None:
    """SGP.22 section 4.1: a `$1` at the end; an OID that ends in 1 is none."""
    assert esim_code(code) == code
    assert confirmation_needed(code) is needed


@pytest.mark.parametrize(
    "text",
    [
        "",
        "12345",
        "LPA:1$",
        "LPA:1$host",
        "LPA:1$$ID",
        "LPA:2$smdp.example$ID",
        "LPA:1$a b$ID",
        "LPA:1$smdp.example$ID$1.2$0",
        "LPA:1$smdp.example$ID$1.2$1$1",
    ],
)
def test_what_is_no_code_is_refused(text: str) -> None:
    """Another version, a missing part, a flag that there is not."""
    with pytest.raises(ValueError, match="activationCode"):
        esim_code(text)


@pytest.mark.parametrize(
    "text", ["8944110000000000016", "89 4411 0000 0000 0001 6", "89441100000000000124"]
)
def test_an_iccid_is_kept_as_digits(text: str) -> None:
    """19 or 20 digits, the last a check digit, with or without spaces."""
    assert is_iccid(iccid_of(text))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "8944110000000000017",
        "894411000000000001",
        "894411000000000000168",
        "7944110000000000019",
    ],
)
def test_what_is_no_iccid_is_refused(text: str) -> None:
    """A wrong check digit, too short, too long, not of telecommunication (89)."""
    with pytest.raises(ValueError, match="iccid"):
        iccid_of(text)
