"""Redaction: what must not be written down is not, what may be still is."""

from __future__ import annotations

import dataclasses
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from unshackled.domain.checkout import reference_of
from unshackled.domain.codec import digest
from unshackled.domain.customer import MODELS, Contact
from unshackled.domain.personal import Personal, fields_of, is_personal
from unshackled.errors import Refused
from unshackled.telemetry import REDACTED, redact, redact_text
from unshackled.telemetry.redact import PATTERNS, is_hidden

CONTACT = Contact(
    given_name="Zelda",
    family_name="Quixano",
    email="zelda@quixano.example",
    phone="+447700900123",
    date_of_birth=date(1987, 6, 5),
)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """Something with a personal part."""

    weight: int
    note: Personal[str]
    to: Contact | None = None


class Colour(StrEnum):
    """Any enumeration."""

    RED = "red"


@pytest.mark.parametrize(
    "secret",
    [
        "Bearer abcdef0123456789",
        "authorization: basic dXNlcjpwYXNzd29yZA==",
        "sk_live_51Habc",
        "pk_test_9",
        "sk_northstar_" + "9c" * 400,
        "ct_0123456789abcdef0123456789abcdef",
        "ho_0123456789abcdef0123456789abcdef",
        "op_alice_0123456789abcdef0123456789abcdef",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "eyJhbGciOi.eyJzdWIi.c2ln",
        "4111111111111111",
        "4111 1111 1111 1111",
        "4111-1111-1111-1111",
        "6011000990139424000",
        "353918051234567",
        "zelda.q+shop@mail.quixano.example",
        "+44 7700 900123",
        "+447700900123",
        "https://user:hunter22@legacy.example/soap",
    ],
)
def test_a_secret_in_free_text_is_replaced(secret: str) -> None:
    """Credentials, card-like numbers, phone numbers and e-mail addresses do not pass."""
    cleaned = redact_text(f"the backend said {secret} and more")
    assert REDACTED in cleaned
    assert max(secret.split(), key=len) not in cleaned
    assert cleaned.startswith("the backend said")
    assert cleaned.endswith("and more")


@pytest.mark.parametrize(
    "harmless",
    [
        "chk_01J8Z3K5M7N9P1Q3R5S7T9V1W3",
        reference_of("chk_1", "purchase", "stock", 0, "legacy-shop"),
        "2026-11-22T17:39:36.123456Z",
        "2026-11-22 17:39:36",
        "/v1/checkouts/{checkout}/steps/{step}",
        "basic plan",
        "legacy-shop did not answer within 10 s (attempt 3 of 5)",
        digest("a"),
        "4900",
        "task_4 asked, op_started",
        "127.0.0.1:8080",
    ],
)
def test_what_operators_need_stays(harmless: str) -> None:
    """Ids, references, times, paths and amounts are not mistaken for secrets."""
    assert redact_text(harmless) == harmless


@given(st.text(max_size=40), st.from_regex(r"[0-9]{12,19}", fullmatch=True), st.text(max_size=40))
def test_a_card_number_never_survives(before: str, card: str, after: str) -> None:
    """Whatever stands around it, as long as it is a number of its own."""
    assert card not in redact_text(f"{before}|{card}|{after}")


@given(
    st.recursive(
        st.text() | st.integers() | st.none(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_any_plain_data_becomes_json(value: Any) -> None:
    """Redaction never fails, and its result is always JSON."""
    orjson.dumps(redact(value))


PIECES = (
    "Bearer",
    "basic",
    " ",
    "\t",
    "abcdef123",
    "sk_",
    "whsec_",
    "op_",
    "eyJ",
    ".",
    "a@b.example",
)


@given(
    st.lists(
        st.sampled_from((*PIECES, "+4477009", "00123", "://", ":", "@", "task_", "-", "\u2003")),
        max_size=8,
    ).map("".join)
)
def test_a_cheap_look_never_hides_what_a_pattern_would_find(text: str) -> None:
    """Text is passed over unread only where every pattern leaves it as it is."""
    found = text
    for pattern in PATTERNS:
        found = pattern.sub(REDACTED, found)
    assert redact_text(text) == found


def test_hostile_text_is_handled_in_bounded_steps() -> None:
    """A megabyte made to provoke backtracking is still answered."""
    hostile = "a." * 250_000 + "@" + "1 " * 250_000
    assert len(redact_text(hostile)) <= len(hostile)


def test_a_marked_field_is_dropped_at_any_depth() -> None:
    """The `Personal` mark decides, in nested dataclasses too."""
    assert redact(Parcel(weight=3, note="for Zelda", to=CONTACT)) == {"weight": 3, "to": {}}


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS.keys())
def test_the_personal_fields_of_every_collect_model_are_hidden_by_name(model: Any) -> None:
    """JSON of a model has lost its type, so its field names are known."""
    personal = [name for name, kind in fields_of(model).items() if is_personal(kind)]
    assert all(is_hidden(name) for name in personal)


@pytest.mark.parametrize(
    "key",
    [
        *("password", "Authorization", "X-Api-Key", "set-cookie", "client_secret"),
        *("access_token", "http.request.header.authorization", "cvv", "iban", "email"),
    ],
)
def test_a_known_key_hides_its_value(key: str) -> None:
    """In any spelling of case and separators, with any prefix."""
    assert redact({"outer": [{key: "x7"}]}) == {"outer": [{key: REDACTED}]}


def test_plain_values_keep_their_meaning() -> None:
    """Times, numbers, enumerations and durations are JSON of themselves."""
    at = datetime(2026, 1, 2, tzinfo=UTC)
    value = {"at": at, "n": 3, "c": Colour.RED, "d": timedelta(seconds=2), "m": Decimal("1.5")}
    assert redact(value) == {"at": at, "n": 3, "c": "red", "d": 2.0, "m": "1.5"}


def test_an_unknown_object_is_only_its_type() -> None:
    """A `repr` could hold anything, so it is never taken."""
    assert redact([SecretStr("hunter22"), object(), ValueError("Zelda")]) == [
        "<SecretStr>",
        "<object>",
        "<ValueError>",
    ]


def test_the_text_of_our_own_errors_is_kept() -> None:
    """They promise to hold nothing personal; patterns still apply."""
    error = Refused("lender: refused with 422 for zelda@quixano.example", code="422")
    assert redact(error) == f"lender: refused with 422 for {REDACTED}"


def test_deep_data_is_cut() -> None:
    """A log line is no place for documents."""
    deep: Any = "end"
    for _ in range(20):
        deep = [deep]
    assert "end" not in str(redact(deep))
