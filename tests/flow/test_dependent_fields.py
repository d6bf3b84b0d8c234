"""Fields that are given together: half of a choice is never taken for another one."""

from __future__ import annotations

import itertools
from typing import Any

import jsonschema_rs
import pytest

from tests.domain.forms import GIVEN
from unshackled.domain import form
from unshackled.domain.customer import MODELS, NumberChoice
from unshackled.domain.form import Refusal
from unshackled.sdk.porting import port_of
from unshackled.steps import KindContext, WrongValue, kinds

PAC, OWN = "ABC123456", "07700900456"
LEFT_OUT: Any = ...
FIELDS = {
    "company": {"required": False, "needs": ["vat_number", "role"]},
    "vat_number": {"required": False, "needs": ["company"]},
    "role": {"required": False},
    "as_gift": {"type": "boolean", "required": False, "needs": ["card_text"]},
    "card_text": {"required": False},
}
METHOD = {"token": "tok_visa"}


def _collect(model: str, fields: Any) -> Any:
    options = {"fields": fields}
    made: Any = kinds()["collect"].define(model, options, KindContext())
    return made.model


def _wrong(model: Any, body: Any) -> dict[str, str]:
    found = form.read(model, body, GIVEN)
    return {one.path: one.code for one in found.findings} if isinstance(found, Refusal) else {}


@pytest.mark.parametrize(
    ("keep", "pac", "number"),
    list(
        itertools.product(
            (True, False, None, LEFT_OUT),
            (PAC, "", " ", None, LEFT_OUT),
            (OWN, "", None, LEFT_OUT),
        )
    ),
)
def test_a_number_is_kept_whole_or_a_new_one_is_wanted(keep: Any, pac: Any, number: Any) -> None:
    """Whatever half of it is sent: it is refused, or what is sold is what was chosen."""
    told = {"keep_number": keep, "pac": pac, "current_number": number}
    body = {name: value for name, value in told.items() if value is not LEFT_OUT}
    found = form.read(NumberChoice, body, GIVEN)
    whole = keep is True and pac == PAC and number == OWN
    none = keep in (False, LEFT_OUT) and not any(
        isinstance(one, str) and one.strip() for one in (pac, number)
    )
    if isinstance(found, Refusal):
        assert not whole
        return
    assert whole or none
    assert (port_of(NumberChoice(**found)) is not None) is whole


@pytest.mark.parametrize(
    ("sent", "wrong"),
    [
        ({}, []),
        ({"company": "Acme", "vat_number": "GB1", "role": "buyer"}, []),
        ({"company": "Acme"}, ["vat_number", "role"]),
        ({"company": "Acme", "vat_number": ""}, ["vat_number", "role"]),
        ({"company": "Acme", "vat_number": "GB1", "role": None}, ["role"]),
        ({"vat_number": "GB1"}, ["company"]),
        ({"company": "", "vat_number": None}, []),
        ({"as_gift": True}, ["card_text"]),
        ({"as_gift": True, "card_text": "Hello"}, []),
        ({"as_gift": False}, []),
        ({"role": "buyer", "card_text": "Hello"}, []),
    ],
    ids=repr,
)
def test_a_flows_fields_may_need_each_other(sent: dict[str, Any], wrong: list[str]) -> None:
    """Each field that is missing is named; a page that goes by the schema finds the same."""
    model = _collect("payment_method", FIELDS)
    body = METHOD | sent
    assert _wrong(model, body) == dict.fromkeys(wrong, "needed_with")
    assert jsonschema_rs.is_valid(form.schema(model), body) is not bool(wrong)


def test_a_models_own_rule_stays() -> None:
    """What the model itself asks for together is asked for beside what the flow adds."""
    model = _collect("number", {"voicemail": {"required": False, "needs": ["current_number"]}})
    assert _wrong(model, {"keep_number": True, "pac": PAC}) == {"current_number": "needed_with"}
    assert _wrong(model, {"voicemail": "on"}) == {"current_number": "needed_with"}
    assert _wrong(model, {"keep_number": False}) == {}


def test_a_field_of_the_model_may_say_what_it_needs() -> None:
    """And nothing else: its type is the model's."""
    model = _collect("address", {"line2": {"needs": ["region"]}})
    body = {"line1": "1 High Street", "town": "Leeds", "postcode": "LS1 1AA", "country": "GB"}
    assert _wrong(model, body) == {}
    assert _wrong(model, body | {"line2": "Flat 2"}) == {"region": "needed_with"}
    with pytest.raises(WrongValue, match="only `needs`"):
        _collect("address", {"line2": {"needs": ["region"], "title": "Flat"}})


@pytest.mark.parametrize("other", ["no_such", "a"])
def test_a_field_needs_one_that_there_is(other: str) -> None:
    """The mistake names the field and those that are allowed."""
    with pytest.raises(WrongValue, match="allowed are token"):
        _collect("payment_method", {"a": {"required": False, "needs": [other]}})
    assert "payment_method" in MODELS
