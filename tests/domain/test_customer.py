"""What customers tell us: taken as people write it, kept in one form, refused in plain words."""

from __future__ import annotations

import dataclasses
import re
from datetime import date
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.forms import GIVEN, NORMAL, REFUSED, TELLS, kept, refused
from unshackled.domain import form
from unshackled.domain.age_limits import ADULT, AgeLimit, younger
from unshackled.domain.codec import decode, encode
from unshackled.domain.customer import (
    MODELS,
    Address,
    BankAccount,
    Contact,
    DeviceReturn,
    NumberChoice,
    PaymentMethod,
)
from unshackled.domain.facts import Fact
from unshackled.domain.form import Finding, Refusal
from unshackled.domain.modulus import parse
from unshackled.domain.postal import COUNTRIES, example_of, postcode_of
from unshackled.messages import known, say

CARD = "4111111111111111"
# Made-up rows in Pay.UK's format: modulus 10 over the account's digits.
WEIGHTS = parse(["200000 209999 MOD10 0 0 0 0 0 0 7 1 3 7 1 3 7 1"])


@pytest.mark.parametrize(("model", "name", "sent", "expected"), NORMAL)
def test_what_people_write_is_kept_in_one_form(
    model: type[Fact], name: str, sent: Any, expected: Any
) -> None:
    """Spaces, dashes, small letters and national forms are read, and once kept stay the same."""
    found = kept(model, **{name: sent})
    assert found is not None
    assert found[name] == (sent if expected is ... else expected)
    assert form.read(model, found, GIVEN) == found
    assert encode(decode(model, found)) == found


@pytest.mark.parametrize(("model", "name", "sent", "code"), REFUSED)
def test_what_cannot_be_is_refused_by_its_field(
    model: type[Fact], name: str, sent: Any, code: str
) -> None:
    """Only the wrong field is named, by a code that has a sentence."""
    assert refused(model, **{name: sent}) == {name: code}
    assert known(code)


@pytest.mark.parametrize(
    "token",
    [
        "pm_1MqLiJLkdIwHu7ixUEgbFdYF",
        "M5N7TQ4TG5PFWR50",
        "8415736344864224",  # an identifier that is no card: its check digit is wrong
        "5O190127TN364715T",
        "adyenjs_0_1_25$aGVsbG8=." + "A" * 4000,
        "paypal",
    ],
)
def test_a_token_is_whatever_its_provider_gives(token: str) -> None:
    """Identifiers, digits that are no card number and encrypted blobs are all taken."""
    assert kept(PaymentMethod, token=token) == {"token": token}


@pytest.mark.parametrize(
    "token",
    [
        CARD,
        "4111-1111-1111-1111",
        "3782.822463.10005",
        "6304000000000000",
        "4222222222222",
        "6011000990139424",
    ],
)
def test_a_card_number_is_never_a_token(token: str) -> None:
    """12 to 19 digits that pass Luhn are refused, with or without separators."""
    assert refused(PaymentMethod, token=token) == {"token": "card_number"}


def test_every_wrong_field_is_told_at_once() -> None:
    """A form with several mistakes is sent back once."""
    assert refused(Contact, email="x", phone="1", date_of_birth="2099-01-01") == {
        "email": "invalid_email",
        "phone": "invalid_phone",
        "date_of_birth": "date_in_future",
    }


def test_nothing_that_was_sent_is_repeated() -> None:
    """The sentences of a wrong form have no word of it, and no pattern for machines."""
    for model, name, sent, _ in REFUSED:
        body = {k: v for k, v in {**TELLS[model], name: sent}.items() if v is not ...}
        found = form.read(model, body, GIVEN)
        assert isinstance(found, Refusal)
        for one in found.findings:
            said = say("de-DE", one.code, one.params)
            assert not re.search(r"[\\^$\[\]{}]", said), said
            if isinstance(sent, str) and len(sent.strip()) > 6:
                assert sent.strip() not in said.replace(str(one.params.get("example")), "")


def test_credit_is_for_adults_on_the_retailers_day() -> None:
    """The 18th birthday counts from its first minute; without credit age is not asked."""
    buys = dataclasses.replace(
        GIVEN, age_limits=(AgeLimit(part="credit", title="Credit", years=ADULT),)
    )
    assert kept(Contact, buys, date_of_birth="2008-11-30") is not None
    assert refused(Contact, buys, date_of_birth="2008-12-01") == {"date_of_birth": "under_age"}
    assert kept(Contact, date_of_birth="2008-12-01") is not None


@pytest.mark.parametrize(
    ("born", "today", "expected"),
    [
        (date(2008, 2, 29), date(2026, 2, 28), True),
        (date(2008, 2, 29), date(2026, 3, 1), False),
        (date(2008, 12, 31), date(2026, 12, 30), True),
        (date(2008, 12, 31), date(2026, 12, 31), False),
    ],
)
def test_an_age_is_reached_on_the_birthday(born: date, today: date, expected: bool) -> None:
    """Somebody born on 29 February is 18 on 1 March of a common year."""
    assert younger(born, ADULT, today) is expected


def test_a_national_number_is_of_the_retailers_country() -> None:
    """`0151 …` is a mobile number in Germany and none in Britain."""
    german = dataclasses.replace(GIVEN, country="DE")
    found = kept(Contact, german, phone="0151 12345678")
    assert found is not None
    assert found["phone"] == "+4915112345678"


@pytest.mark.parametrize(
    ("country", "postcode", "expected"),
    [
        ("DE", "10115", "10115"),
        ("de", " 10115 ", "10115"),
        ("NL", "1012ab", "1012 AB"),
        ("FR", "75 001", "75001"),
        ("PL", "00950", "00-950"),
        ("IE", "d02x285", "D02 X285"),
        ("JE", "je20zz", "JE2 0ZZ"),
        ("IE", "", ""),
    ],
)
def test_an_address_follows_its_country(country: str, postcode: str, expected: str) -> None:
    """A postcode has the form of its country; where there may be none, none is needed."""
    found = kept(Address, country=country, postcode=postcode)
    assert found is not None
    assert (found["country"], found["postcode"]) == (country.upper(), expected)
    assert form.read(Address, found, GIVEN) == found


def test_a_postcode_of_another_country_is_refused() -> None:
    """A British postcode is none in Germany, a German one none in Britain."""
    assert refused(Address, country="DE", postcode="LS1 1AA") == {"postcode": "invalid_postcode"}
    assert refused(Address, country="DE", postcode="1011") == {"postcode": "invalid_postcode"}
    assert refused(Address, country="DE", postcode="") == {"postcode": "invalid_postcode"}


def test_a_region_is_asked_where_addresses_have_one() -> None:
    """California is kept by its code; without a state an American address is not complete."""
    home = {"country": "US", "postcode": "90210"}
    found = kept(Address, **home, region="california")
    assert found is not None
    assert found["region"] == "CA"
    assert refused(Address, **home) == {"region": "region_needed"}
    assert refused(Address, **home, region="Bavaria") == {"region": "unknown_region"}


@pytest.mark.parametrize("country", sorted(COUNTRIES))
def test_every_countrys_own_example_is_a_postcode(country: str) -> None:
    """What is told as an example is taken, and stays as it is kept."""
    example = example_of(country)
    made = postcode_of(example, country) if example else ""
    assert made is not None
    assert postcode_of(made, country) == made


def test_a_bank_account_is_checked_where_weights_are_known() -> None:
    """A wrong check digit is refused with weights, and only the form counts without."""
    weighed = dataclasses.replace(GIVEN, bank=WEIGHTS)
    good = {"sort_code": "20-00-00", "account_number": "00000000"}
    bad = {"sort_code": "20-00-00", "account_number": "0000 0001"}
    assert kept(BankAccount, weighed, **good) is not None
    assert refused(BankAccount, weighed, **bad) == {"account_number": "unknown_account"}
    assert kept(BankAccount, **bad) is not None


OLD: list[tuple[type[Fact], dict[str, Any]]] = [
    (Contact, {"phone": "+4407700900123", "given_name": " ", "date_of_birth": "2099-01-01"}),
    (Contact, {"email": "a@b..c", "date_of_birth": "1800-01-01"}),
    (Address, {"postcode": "QQ1 1CI", "country": "ZZ"}),
    (NumberChoice, {"keep_number": True, "pac": None, "current_number": None}),
    (DeviceReturn, {"imei": "490154203237519"}),
]


@pytest.mark.parametrize(("model", "changes"), OLD)
def test_what_was_kept_before_is_read_back(model: type[Fact], changes: dict[str, Any]) -> None:
    """Stored data of the version before never breaks on a rule of today."""
    stored = {**TELLS[model], **changes}
    found = encode(decode(model, stored))
    assert {name: found[name] for name in stored} == stored


def test_an_address_without_a_region_is_read_back() -> None:
    """What was stored before the field existed has none."""
    before = {"line1": "1 Longacre Mews", "town": "Little Snoring", "postcode": "NR21 0AA"}
    assert decode(Address, before).region is None


@pytest.mark.parametrize(("model", "name", "sent", "expected"), NORMAL)
def test_the_schema_allows_what_is_taken(
    model: type[Fact], name: str, sent: Any, expected: Any
) -> None:
    """A page that goes by the schema can send what people write."""
    shape: Any = model
    assert jsonschema_rs.is_valid(form.schema(shape), {**TELLS[model], name: sent})


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 10**9),
    st.integers(-5, 10**6).map(lambda whole: whole + 0.5),
    st.text(max_size=130),
    st.sampled_from([sent for _, _, sent, _ in [*NORMAL, *REFUSED] if sent is not ...]),
    st.lists(st.text(max_size=3), max_size=2),
)


@st.composite
def bodies(draw: st.DrawFn) -> tuple[type[Fact], dict[str, Any]]:
    """A model and the sample of it with some fields changed, removed or added."""
    model = draw(st.sampled_from(sorted(MODELS.values(), key=lambda one: one.__name__)))
    body = dict(TELLS[model])
    for name in draw(st.lists(st.sampled_from([*body, "other"]), max_size=3)):
        body[name] = draw(VALUES)
    for name in draw(st.lists(st.sampled_from(sorted(body)), max_size=1)):
        del body[name]
    return model, body


@given(bodies())
def test_reading_is_total_idempotent_and_within_the_schema(
    case: tuple[type[Fact], dict[str, Any]],
) -> None:
    """Whatever is taken fits the schema, is kept as it is when read again, and makes the fact."""
    model, body = case
    found = form.read(model, body, GIVEN)
    if isinstance(found, Refusal):
        assert found.findings
        assert all(say("de-DE", one.code, one.params) for one in found.findings)
        return
    shape: Any = model
    assert jsonschema_rs.is_valid(form.schema(shape), body)
    assert form.read(model, found, GIVEN) == found
    assert encode(decode(model, found)) == found


# What a schema cannot say: what a text means, once it is put in one form.
MEANING = frozenset(
    {"blank", "control_characters", "card_number", "region_needed", "unknown_region"}
    | {"date_in_future", "date_too_early", "unknown_country", "too_long"}
    | {"day_not_offered"}  # which days are, the form that is due says
    | {code for *_, code in REFUSED if code.startswith("invalid_")}
)


@given(bodies())
def test_what_the_schema_allows_is_refused_by_its_meaning_alone(
    case: tuple[type[Fact], dict[str, Any]],
) -> None:
    """Types, missing and unknown fields, choices, bounds and needs are all in the schema."""
    model, body = case
    shape: Any = model
    found = form.read(model, body, GIVEN)
    if isinstance(found, Refusal) and jsonschema_rs.is_valid(form.schema(shape), body):
        assert {one.code for one in found.findings} <= MEANING


def test_a_model_without_entries_is_a_mistake_of_ours() -> None:
    """A field that says not how it is written is found when the model is first used."""

    @dataclasses.dataclass(frozen=True)
    class Nameless(Fact):
        name: str

    with pytest.raises(TypeError, match=r"Nameless\.name"):
        form.slots(Nameless)


def test_findings_carry_parameters_not_values() -> None:
    """What a program needs to write its own sentence is beside the code."""
    found = form.read(Address, {**TELLS[Address], "postcode": "QQ1 1CI"}, GIVEN)
    wanted = {"country": "GB", "example": "LS1 1AA"}
    assert found == Refusal(
        findings=(Finding(path="postcode", code="invalid_postcode", params=wanted),)
    )
