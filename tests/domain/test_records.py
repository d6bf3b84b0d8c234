"""Records: frozen, cheap, and what dataclasses and pydantic are asked they answer too."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar

import msgspec
import pytest
from pydantic import BaseModel, ValidationError

from unshackled.domain.checkout import Checkout
from unshackled.domain.codec import adapter, decode, encode
from unshackled.domain.events.event_types import event_types
from unshackled.domain.facts import Fact, added, added_fields, left_out, without
from unshackled.domain.package import Package, Selection
from unshackled.domain.personal import Personal, fields_of, split
from unshackled.domain.quote import Quote
from unshackled.domain.records import Record, declared, is_record, replace
from unshackled.domain.states import State
from unshackled.ports.outcome import Notice
from unshackled.ports.stock import ReserveStock
from unshackled.testing.made_up_checkouts import checkout_of
from unshackled.testing.samples import PACKAGE, QUOTE, SAMPLES


class Line(Record, Fact):
    """One line."""

    title: str
    amount: int


class Order(Record, Fact):
    """What is ordered."""

    kind: ClassVar[str] = "order"
    zone: str
    lines: tuple[Line, ...]
    first: Line | None = without("title")
    at: datetime = datetime(2026, 11, 22, tzinfo=UTC)
    rate: Decimal | None = added(None)
    buyer: Personal[str] | None = None
    notes: Mapping[str, Any] = field(default_factory=dict)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Outside(Fact):
    """A fact of somebody else, as ever."""

    line: Line
    colour: str = added("red")


PACKAGES = ("unshackled.domain.", "unshackled.ports.")
# Handed on in this process and never read: it holds one of several kinds.
NEVER_READ = frozenset({Notice})
LINE = Line(title="Case", amount=1_900)
ORDER = Order(zone="b", lines=(LINE,), first=LINE, rate=Decimal("9.90"), buyer="Ada")


def test_it_is_frozen() -> None:
    """No field of it is set again, and one that it does not have is refused."""
    with pytest.raises(AttributeError):
        LINE.amount = 2  # type: ignore[misc]
    with pytest.raises(TypeError):
        Line(title="Case", amount=1, colour="red")  # type: ignore[call-arg]


@pytest.mark.parametrize("change", [replace, dataclasses.replace], ids=["ours", "dataclasses"])
def test_a_changed_one_is_another(change: Any) -> None:
    """Every field is kept but those that are named, by our way and by that of dataclasses."""
    changed = change(ORDER, zone="c")
    assert (changed.zone, changed.lines, ORDER.zone) == ("c", (LINE,), "b")
    with pytest.raises(TypeError):
        change(ORDER, colour="red")


def test_whoever_knows_only_dataclasses_can_ask_it() -> None:
    """Its fields in order, with defaults and marks; the same for what is a dataclass."""
    assert dataclasses.is_dataclass(Order)
    assert [one.name for one in dataclasses.fields(Order)] == list(fields_of(Order))
    assert {one.name: one.metadata for one in dataclasses.fields(Order) if one.metadata} == {
        "first": {"without": ("title",)},
        "rate": {"added": True},
    }
    assert is_record(Order)
    assert is_record(Outside)
    assert not is_record(str)
    assert not is_record(ORDER)


def test_marks_are_read_alike_of_records_and_dataclasses() -> None:
    """What came later, what is no part of the asking, what must be given."""
    assert dict(added_fields(Order)) == {"rate": None}
    assert dict(added_fields(Outside)) == {"colour": "red"}
    assert dict(left_out(Order)) == {"first": ("title",)}
    assert [one.name for one in declared(Order) if one.required] == ["zone", "lines", "first"]
    assert [one.name for one in declared(Outside) if one.required] == ["line"]


def test_personal_fields_are_told_by_their_type() -> None:
    """`split` divides the JSON of a record as that of a dataclass."""
    public, personal = split(Order, encode(ORDER))
    assert personal == {"buyer": "Ada"}
    assert "buyer" not in public


def test_it_is_written_and_read_back() -> None:
    """Equal, inside of a dataclass too; what is read may be of the version before."""
    assert decode(Order, encode(ORDER)) == ORDER
    outside = Outside(line=LINE)
    assert decode(Outside, encode(outside)) == outside
    assert decode(Order, {"zone": "b", "lines": [], "first": None}).notes == {}


def test_every_wrong_field_is_named() -> None:
    """Also those that it does not have, and those deep inside."""
    with pytest.raises(ValidationError) as refused:
        decode(Order, {"lines": [{"title": 5, "amount": 1}], "first": None, "colour": "red"})
    assert {error["loc"] for error in refused.value.errors()} == {
        ("zone",),
        ("lines", 0, "title"),
        ("colour",),
    }


def test_pydantic_takes_it_at_the_door() -> None:
    """As a field of a model, strictly from JSON; what it gives is a record."""

    class Body(BaseModel):
        """What is sent."""

        line: Line

    made = Body.model_validate_json(b'{"line":{"title":"Case","amount":1900}}', strict=True)
    assert made.line == LINE
    assert made.model_dump() == {"line": {"title": "Case", "amount": 1_900}}
    assert Body.model_json_schema()["$defs"]["Line"] == {
        "additionalProperties": False,
        "description": "One line.",
        "properties": {
            "title": {"title": "Title", "type": "string"},
            "amount": {"title": "Amount", "type": "integer"},
        },
        "required": ["title", "amount"],
        "title": "Line",
        "type": "object",
    }


def records() -> list[type]:
    """Every record of ours that has fields and is read from data."""
    found: list[type] = []
    waiting: list[type] = [Record]
    while waiting:
        below: list[type] = waiting.pop().__subclasses__()
        waiting += below
        found += [one for one in below if one.__module__.startswith(PACKAGES)]
    return sorted(
        (one for one in set(found) if declared(one) and one not in NEVER_READ),
        key=lambda one: one.__qualname__,
    )


@pytest.mark.parametrize("shape", records(), ids=lambda shape: shape.__qualname__)
def test_each_can_be_read_without_pydantic(shape: type) -> None:
    """No field has a type that msgspec refuses; what is wrong is refused."""
    wrong: Any = {} if any(one.required for one in declared(shape)) else 1
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(wrong, shape)


@pytest.mark.parametrize("fact", SAMPLES, ids=lambda fact: type(fact).__name__)
def test_every_sample_is_read_back(fact: Any) -> None:
    """Equal, and pydantic reads the same in it."""
    assert decode(type(fact), encode(fact)) == fact
    assert adapter(type(fact)).validate_python(encode(fact)) == fact


@pytest.mark.parametrize("hold", ["PT30M", "PT1800S"])
def test_a_duration_is_read_in_both_forms(hold: str) -> None:
    """As the version before stored it in a written-ahead request, and as this one does."""
    request = {"hold": hold, "handset": None, "accessories": None}
    half_an_hour = timedelta(minutes=30)
    asked = ReserveStock(handset=None, accessories=None, hold=half_an_hour)
    assert decode(ReserveStock, request) == asked


@pytest.mark.parametrize("value", [PACKAGE, QUOTE, checkout_of(), ORDER])
def test_pydantic_reads_what_is_written(value: Any) -> None:
    """By the dataclass that it looks like, so that either may read what the other wrote."""
    assert adapter(type(value)).validate_python(encode(value)) == value
    assert adapter(type(value)).dump_python(value, mode="json") == encode(value)


def test_what_the_core_holds_are_records() -> None:
    """Snapshots, steps, events, packages and quotes: none is slow to make or to change."""
    assert all(issubclass(one, Record) for one in event_types().values())
    assert all(issubclass(one, Record) for one in (Checkout, Package, Quote, Selection))
    step = checkout_of().steps["step_1"]
    assert replace(step, state=State.UNDOING).state is State.UNDOING
