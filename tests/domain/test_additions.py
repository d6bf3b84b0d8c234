"""A field that came later changes no digest while it has its default, however deep it lies."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from unshackled.domain.codec import canonical, digest, encode, without_added
from unshackled.domain.facts import Fact, added, added_fields


@dataclass(frozen=True, slots=True, kw_only=True)
class Line(Fact):
    """As it was."""

    title: str
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLine(Fact):
    """The same with two fields more, one in between."""

    title: str
    kind: str = added("goods")
    amount: int
    notes: tuple[str, ...] = added(())


@dataclass(frozen=True, slots=True, kw_only=True)
class Order(Fact):
    """As it was: order of fields is not that of the alphabet."""

    zone: str
    lines: tuple[Line, ...]
    first: Line | None = None
    at: datetime = datetime(2026, 11, 22, tzinfo=UTC)
    hold: timedelta = timedelta(minutes=30)
    rate: Decimal = Decimal("9.9")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOrder(Fact):
    """The same of new lines, with a new line of its own."""

    zone: str
    lines: tuple[NewLine, ...]
    first: NewLine | None = None
    at: datetime = datetime(2026, 11, 22, tzinfo=UTC)
    hold: timedelta = timedelta(minutes=30)
    rate: Decimal = Decimal("9.9")
    extra: NewLine | None = added(None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder(Fact):
    """What its field holds is not told by its type."""

    fact: Fact
    data: Any = None


LINE, NEW_LINE = Line(title="Case", amount=1_900), NewLine(title="Case", amount=1_900)
OLD = Order(zone="b", lines=(LINE,), first=LINE)
NEW = NewOrder(zone="b", lines=(NEW_LINE,), first=NEW_LINE)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (LINE, NEW_LINE),
        (OLD, NEW),
        ([OLD, {"b": OLD, "a": (LINE,)}], [NEW, {"b": NEW, "a": (NEW_LINE,)}]),
        (Holder(fact=OLD), Holder(fact=NEW)),
        (Holder(fact=LINE, data=[LINE]), Holder(fact=NEW_LINE, data=[NEW_LINE])),
    ],
)
def test_at_its_default_it_is_left_out(old: object, new: object) -> None:
    """The bytes are those of the class without it, to the order of its fields."""
    assert canonical(new) == canonical(old)
    assert digest("x", new) == digest("x", old)


@pytest.mark.parametrize(
    "new",
    [
        NewOrder(zone="b", lines=(NEW_LINE,), first=NEW_LINE, extra=NEW_LINE),
        NewOrder(zone="b", lines=(NewLine(title="Case", amount=1_900, kind="service"),)),
        NewOrder(
            zone="b", lines=(NEW_LINE,), first=NewLine(title="Case", amount=1_900, notes=("a",))
        ),
    ],
)
def test_with_another_value_it_counts(new: NewOrder) -> None:
    """What somebody wrote into it is part of what is signed."""
    assert canonical(new) != canonical(OLD)
    assert b"kind" in canonical(new) or b"notes" in canonical(new) or b"extra" in canonical(new)


def test_a_class_that_did_not_grow_is_written_as_ever() -> None:
    """Fields in their order, keys of dictionaries sorted, times in UTC."""
    assert canonical({"b": LINE, "a": OLD}) == (
        b'{"a":{"zone":"b","lines":[{"title":"Case","amount":1900}],'
        b'"first":{"title":"Case","amount":1900},"at":"2026-11-22T00:00:00Z",'
        b'"hold":1800.0,"rate":"9.9"},"b":{"title":"Case","amount":1900}}'
    )


def test_a_stored_output_is_the_same_with_and_without_it() -> None:
    """JSON that an older version stored has no such key; that of today's has its default."""
    assert without_added(NewOrder, encode(NEW)) == without_added(Order, encode(OLD))
    assert without_added(NewOrder, encode(OLD)) == encode(OLD)
    kept = without_added(NewLine, {**encode(NEW_LINE), "kind": "service"})
    assert kept == {"title": "Case", "amount": 1_900, "kind": "service"}
    assert without_added(NewLine, None) is None


def test_a_field_says_that_it_came_later() -> None:
    """With its default, for whoever must leave it out."""
    assert dict(added_fields(NewLine)) == {"kind": "goods", "notes": ()}
    assert not added_fields(Line)
