"""What counts as a difference between two providers' answers. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from unshackled.domain.facts import Fact
from unshackled.domain.personal import Personal
from unshackled.flow.language.policy import Shadow
from unshackled.flow.language.tolerance import Tolerance
from unshackled.ports.outcome import Declined, Passed
from unshackled.routing.compare import HIDDEN, compared

PLAIN = Shadow(candidate="new")


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing on sale."""

    sku: str
    price: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Found(Fact):
    """What a backend answers."""

    items: tuple[Item, ...] = ()
    rate: str = "19.90"
    until: str = "2026-11-22T10:00:00+00:00"
    name: Personal[str] = "Wren"


def found(**parts: Any) -> Passed[Found]:
    """An answer."""
    return Passed(output=Found(**parts))


def fields(one: object, other: object, shadow: Shadow = PLAIN) -> list[str]:
    """The fields that differ."""
    return [difference.field for difference in compared(one, other, shadow)]


def test_equal_answers_do_not_differ() -> None:
    """White space, zones, trailing zeros and the order of things are no differences."""
    one = found(items=(Item(sku="a", price=1), Item(sku="b", price=2)), name="Jo  Wren ")
    other = found(
        items=(Item(sku="b", price=2), Item(sku="a", price=1)),
        rate="19.9",
        until="2026-11-22T11:00:00+01:00",
        name="Jo Wren",
    )
    assert fields(one, other) == []


def test_a_field_is_named_once_with_an_example() -> None:
    """However many things have another price, it is one field."""
    one = found(items=(Item(sku="a", price=1), Item(sku="b", price=2)))
    other = found(items=(Item(sku="a", price=5), Item(sku="b", price=6)))
    (difference,) = compared(one, other, PLAIN)
    assert (difference.field, difference.live, difference.candidate) == ("items.*.price", "1", "5")


def test_a_missing_thing_is_named() -> None:
    """What only one of them sells is a difference, told by its name."""
    (difference,) = compared(found(items=(Item(sku="a", price=1),)), found(), PLAIN)
    assert (difference.field, difference.live, difference.candidate) == (
        "items.*",
        "a",
        "(missing)",
    )


def test_outcomes_of_another_kind_differ() -> None:
    """A yes against a no, or two different no's."""
    assert fields(found(), Declined(code="out_of_stock")) == ["outcome"]
    assert fields(Declined(code="a"), Declined(code="b")) == ["outcome"]
    assert fields(Declined(code="a"), Declined(code="a")) == []


def test_personal_fields_are_compared_and_never_shown() -> None:
    """That a name differs is told; the names are not."""
    (difference,) = compared(found(name="Wren"), found(name="Finch"), PLAIN)
    assert (difference.field, difference.live, difference.candidate) == ("name", HIDDEN, HIDDEN)


def test_fields_can_be_ignored_or_tolerated() -> None:
    """By their name or their path, with a number, a percentage or a time."""
    one = found(items=(Item(sku="a", price=100),))
    other = found(
        items=(Item(sku="a", price=101),), rate="20.00", until="2026-11-22T10:00:30+00:00"
    )
    assert fields(one, other) == ["items.*.price", "rate", "until"]
    ignoring = Shadow(candidate="new", ignore=("rate", "items.*.price"))
    assert fields(one, other, ignoring) == ["until"]
    tolerant = Shadow(
        candidate="new", tolerate={"items.*.price": "1", "rate": "0.6%", "until": "60s"}
    )
    assert fields(one, other, tolerant) == []


@pytest.mark.parametrize(
    ("text", "one", "other", "allowed"),
    [
        ("1", 10, 11, True),
        ("1", 10, 12, False),
        ("0.5%", 1000, 1005, True),
        ("0.5%", 1000, 1006, False),
        ("60s", "2026-11-22T10:00:00Z", "2026-11-22T10:01:00Z", True),
        ("1m", "2026-11-22T10:00:00Z", "2026-11-22T10:01:01Z", False),
        ("1", "ten", 10, False),
        ("1", True, 1, False),
        ("60s", "soon", "later", False),
    ],
)
def test_tolerances(text: str, *, one: object, other: object, allowed: bool) -> None:
    """A bound counts up to itself; other kinds of values are never alike."""
    assert Tolerance.read(text).allows(one, other) is allowed


def test_a_tolerance_is_one_of_three_forms() -> None:
    """Anything else is refused by its place."""
    with pytest.raises(ValueError, match=r"here: '1 apple' is none of 1, 0\.5% and 60s"):
        Tolerance.read("1 apple", "here")
