"""The form of a number: what is taken and refused by the rules of a market, and its words."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import jsonschema_rs
import pytest

from unshackled.domain import form
from unshackled.domain.codec import decode
from unshackled.domain.customer import NumberChoice
from unshackled.domain.form import Given, Refusal
from unshackled.domain.number_porting import PortingRules
from unshackled.domain.records import replace
from unshackled.markets import market_pack
from unshackled.messages import say

NOW = datetime(2026, 12, 1, 9, tzinfo=ZoneInfo("Europe/London"))
GB = Given(today=NOW.date(), now=NOW)
DE = Given(
    today=NOW.date(),
    now=NOW.astimezone(ZoneInfo("Europe/Berlin")),
    country="DE",
    market="DE",
    calendar="DE",
    porting=market_pack("DE").on(NOW.date()).number_porting,
)
NONE = replace(GB, porting=None)
KEPT = {"keep_number": True, "pac": "abc 123-456", "current_number": "07700 900456"}
LEFT = {"stac": "123456abc", "current_number": "+44 7700 900456"}
DECLARED = {"keep_number": True, "porting_consent": True, "current_number": "0151 23456789"}

TAKEN: list[tuple[Given, dict[str, Any], dict[str, Any]]] = [
    (GB, {}, {"keep_number": False, "sim": "esim"}),
    (GB, {"sim": "physical"}, {"sim": "physical"}),
    (GB, KEPT, {"pac": "ABC123456", "current_number": "07700900456"}),
    (GB, LEFT, {"stac": "123456ABC", "keep_number": False, "current_number": "07700900456"}),
    (GB, {**KEPT, "code_expires": "2026-12-01"}, {"code_expires": "2026-12-01"}),
    (GB, {**KEPT, "code_expires": "2026-12-31"}, {"code_expires": "2026-12-31"}),
    (GB, {**KEPT, "port_date": "2026-12-02"}, {"port_date": "2026-12-02"}),
    (GB, {**LEFT, "port_date": "2026-12-31"}, {"port_date": "2026-12-31"}),
    (DE, DECLARED, {"current_number": "+4915123456789", "porting_consent": True}),
    (DE, {**DECLARED, "port_date": "2026-12-02"}, {"port_date": "2026-12-02"}),
    (DE, {}, {"keep_number": False}),
    (NONE, {"sim": "esim"}, {"keep_number": False}),
]
REFUSED: list[tuple[Given, dict[str, Any], dict[str, str]]] = [
    (GB, {**KEPT, "pac": "123456ABC"}, {"pac": "invalid_pac"}),
    (GB, {**LEFT, "stac": "ABC123456"}, {"stac": "invalid_stac"}),
    (GB, {**KEPT, "pac": None}, {"pac": "needed_with"}),
    (GB, {"keep_number": True}, {"pac": "needed_with", "current_number": "needed_with"}),
    (GB, {**LEFT, "current_number": None}, {"current_number": "needed_with"}),
    (GB, {**KEPT, **LEFT}, {"stac": "not_with"}),
    (GB, {**LEFT, "pac": "ABC123456"}, {"keep_number": "needed_with"}),
    (GB, {"port_date": "2026-12-02"}, {"keep_number": "needed_with"}),
    (GB, {"code_expires": "2026-12-02"}, {"keep_number": "needed_with"}),
    (GB, {**KEPT, "code_expires": "2026-11-30"}, {"code_expires": "code_expired"}),
    (GB, {**LEFT, "code_expires": "2026-11-30"}, {"code_expires": "code_expired"}),
    (GB, {**KEPT, "code_expires": "2027-01-01"}, {"code_expires": "code_expires_too_late"}),
    (GB, {**KEPT, "code_expires": "soon"}, {"code_expires": "invalid_date"}),
    (GB, {**KEPT, "port_date": "2026-12-01"}, {"port_date": "day_not_offered"}),
    (GB, {**KEPT, "port_date": "2026-12-05"}, {"port_date": "day_not_offered"}),
    (GB, {**KEPT, "port_date": "2026-12-25"}, {"port_date": "day_not_offered"}),
    (
        GB,
        {**KEPT, "code_expires": "2026-12-03", "port_date": "2026-12-04"},
        {"port_date": "day_not_offered"},
    ),
    (GB, {**KEPT, "sim": "nano"}, {"sim": "wrong_option"}),
    (GB, {**KEPT, "porting_consent": True}, {"porting_consent": "unknown_field"}),
    (DE, {**DECLARED, "porting_consent": False}, {"porting_consent": "needed_with"}),
    (DE, {**DECLARED, "current_number": "030 901820"}, {"current_number": "invalid_market_mobile"}),
    (
        DE,
        {**DECLARED, "current_number": "+447700900456"},
        {"current_number": "invalid_market_mobile"},
    ),
    (DE, {**DECLARED, "pac": "ABC123456"}, {"pac": "unknown_field"}),
    (DE, {**DECLARED, "stac": "123456ABC"}, {"stac": "unknown_field"}),
    (NONE, {"keep_number": True}, {"keep_number": "number_stays"}),
    (NONE, KEPT, {"pac": "unknown_field", "current_number": "unknown_field"}),
]
# What the form that is due cannot say beforehand: what a text means, and what a code's end leaves.
MEANING = {"invalid_pac", "invalid_stac", "invalid_date", "invalid_market_mobile"}
MEANING |= {"code_expired", "code_expires_too_late", "day_not_offered", "number_stays"}


@pytest.mark.parametrize(("given", "body", "expected"), TAKEN)
def test_a_choice_is_kept_in_one_form(
    given: Given, body: dict[str, Any], expected: dict[str, Any]
) -> None:
    """However it was written; the form that is due allows it."""
    found = form.read(NumberChoice, body, given)
    assert not isinstance(found, Refusal), found
    assert {name: found[name] for name in expected} == expected
    assert jsonschema_rs.is_valid(form.due_schema(NumberChoice, given), body)
    choice = decode(NumberChoice, found)
    assert choice.changes_networks is bool(body.keys() & {"pac", "stac", "porting_consent"})


@pytest.mark.parametrize(("given", "body", "expected"), REFUSED)
def test_a_half_or_late_choice_is_refused_with_what_is_wrong(
    given: Given, body: dict[str, Any], expected: dict[str, str]
) -> None:
    """Each wrong field by its code, with a sentence; the form that is due says the same."""
    found = form.read(NumberChoice, body, given)
    assert isinstance(found, Refusal), found
    assert {one.path: one.code for one in found.findings} == expected
    sentences = [
        say(locale, one.code, one.params) for one in found.findings for locale in ("en", "de")
    ]
    assert not any("{" in sentence for sentence in sentences)
    if MEANING.isdisjoint(expected.values()):
        assert not jsonschema_rs.is_valid(form.due_schema(NumberChoice, given), body)


def test_an_expired_code_is_refused_with_its_day() -> None:
    """The sentence says until when it was valid, and what to do."""
    found = form.read(NumberChoice, {**KEPT, "code_expires": "2026-11-30"}, GB)
    assert isinstance(found, Refusal)
    (wrong,) = found.findings
    said = say("en-GB", wrong.code, wrong.params)
    assert "30 November 2026" in said
    assert "new number" in said


def test_each_market_has_its_own_form() -> None:
    """Codes in Britain, a declaration in Germany, neither where numbers stay; days to choose."""
    fields = {
        name: set(form.due_schema(NumberChoice, given)["properties"])
        for name, given in {"GB": GB, "DE": DE, "none": NONE}.items()
    }
    assert {"pac", "stac", "code_expires"} <= fields["GB"]
    assert "porting_consent" not in fields["GB"]
    assert "porting_consent" in fields["DE"]
    assert fields["DE"].isdisjoint({"pac", "stac", "code_expires"})
    assert fields["none"] == {"keep_number", "sim"}
    port_date = form.due_schema(NumberChoice, GB)["properties"]["port_date"]
    assert port_date["anyOf"][0]["enum"][:3] == ["2026-12-02", "2026-12-03", "2026-12-04"]


def test_a_market_of_before_has_no_code_to_leave_with() -> None:
    """Where there is only a PAC, a STAC is no field."""
    given = replace(GB, porting=PortingRules(by="code", codes=("pac",)))
    found = form.read(NumberChoice, LEFT, given)
    assert isinstance(found, Refusal)
    assert [one.code for one in found.findings if one.path == "stac"] == ["unknown_field"]


@pytest.mark.parametrize(
    ("body", "until"),
    [
        ({}, None),
        (KEPT, None),
        ({**KEPT, "port_date": "2026-12-07"}, datetime(2026, 12, 4, 17, tzinfo=UTC)),
        ({**KEPT, "code_expires": "2026-12-04"}, datetime(2026, 12, 5, tzinfo=UTC)),
        (
            {**KEPT, "code_expires": "2026-12-04", "port_date": "2026-12-02"},
            datetime(2026, 12, 1, 17, tzinfo=UTC),
        ),
        ({**LEFT, "code_expires": "2026-12-31"}, datetime(2027, 1, 1, tzinfo=UTC)),
    ],
)
def test_a_choice_counts_until_its_day_is_closed_or_its_code_over(
    body: dict[str, Any], until: datetime | None
) -> None:
    """A new number and the next possible day never lapse."""
    found = form.read(NumberChoice, body, GB)
    assert not isinstance(found, Refusal), found
    choice = decode(NumberChoice, found)
    assert form.lasts_until(NumberChoice, choice, GB) == until


def test_what_is_kept_is_read_back_of_the_version_before() -> None:
    """A stored choice without the later fields is an eSIM, on the next possible day."""
    before = {"keep_number": True, "pac": "ABC123456", "current_number": "07700900456"}
    choice = decode(NumberChoice, before)
    assert (choice.sim, choice.port_date, choice.stac) == ("esim", None, None)
    assert choice.code_expires is None
    assert date(2026, 12, 1) == NOW.date()
