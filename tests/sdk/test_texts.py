"""Texts of backends are texts, and nothing else is made into one."""

from __future__ import annotations

from typing import Any

import pytest

from unshackled.sdk.texts import optional, plain, text_of, word

NO_TEXTS: list[Any] = [{"value": "447700900123"}, ["447700900123"], None, True, 1.5]


@pytest.mark.parametrize(("value", "text"), [("A-1", "A-1"), ("", ""), (42, "42")])
def test_a_text_or_a_whole_number_is_a_text(value: Any, text: str) -> None:
    """Some backends number things without quotes."""
    assert word(value) == text
    assert optional(value) == text


@pytest.mark.parametrize("value", NO_TEXTS, ids=repr)
def test_anything_else_is_none(value: Any) -> None:
    """An object, a list, `null`, a truth, a fraction: never Python's spelling of it."""
    with pytest.raises(TypeError):
        word(value)


def test_what_may_be_missing_may_be_null() -> None:
    """`null` is no text, and no mistake there."""
    assert optional(None) is None
    with pytest.raises(TypeError):
        optional({})


@pytest.mark.parametrize(
    "value",
    ["447700900123", 447700900123, {"value": "447700900123"}, {"msisdn": "447700900123"}],
    ids=repr,
)
def test_a_characteristic_may_be_an_object_around_its_value(value: Any) -> None:
    """Under `value`, or under its own name."""
    assert text_of(value, "msisdn") == "447700900123"


@pytest.mark.parametrize("value", [{}, {"number": "1"}, {"value": {"a": 1}}, ["1"], None], ids=repr)
def test_a_characteristic_without_its_value_is_none(value: Any) -> None:
    """It is malformed, never text."""
    with pytest.raises((TypeError, KeyError)):
        text_of(value, "msisdn")


@pytest.mark.parametrize(
    ("value", "text"), [(True, "true"), (False, "false"), (0.5, "0.5"), (12, "12"), ("x", "x")]
)
def test_numbers_and_truths_are_spelled_as_json_does(value: Any, text: str) -> None:
    """A value that a backend describes things with may be any of them; never an object."""
    assert plain(value) == text
    with pytest.raises(TypeError):
        plain([value])
