"""How long what is sent may be: stated everywhere, cut to it in events, and so bounded in bytes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from unshackled.authoring.lender_check.lender_document import document as lender_document
from unshackled.domain.bounds import (
    ENTRIES,
    EVENT,
    ITEMS,
    TEXT,
    Excess,
    bounded,
    cut,
    excesses,
    greatest,
    longest,
    most,
)
from unshackled.domain.events.event_types import event_types
from unshackled.domain.records import replace
from unshackled.events import asyncapi
from unshackled.flow.plan.language_schema import flow_schema
from unshackled.http.docs.api_documents import served
from unshackled.store.cloudevent import dumps
from unshackled.store.stored_records import EventRow
from unshackled.testing.made_up_checkouts import change_of, checkout_of

Json = Any
PUBLISHED = asyncapi.document()
SCHEMAS = PUBLISHED["components"]["schemas"]
NAMES = st.sampled_from(["title", "accessories", "lines", "code", "handle", "anything", "steps"])
WIDE = st.text(st.sampled_from('a"\\\x00\né😀'), max_size=3).map(lambda text: text * 700)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | WIDE,
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda one: one * 12)
        | st.dictionaries(NAMES, inner, max_size=4)
    ),
    max_leaves=12,
)


def unbounded(schema: Json, path: str = "") -> Iterator[str]:
    """The places of texts, lists and objects of any length."""
    if isinstance(schema, list):
        for place, one in enumerate(schema):
            yield from unbounded(one, f"{path}/{place}")
    if not isinstance(schema, dict):
        return
    kinds = schema.get("type") if isinstance(schema.get("type"), list) else [schema.get("type")]
    known = {"string": ("maxLength", "enum", "const"), "array": ("maxItems",)}
    for kind in kinds or ():
        bounds = known.get(str(kind), ())
        timed = schema.get("format") in ("date", "date-time")
        if bounds and not timed and not any(one in schema for one in bounds):
            yield f"{path}: {kind}"
    if "object" in (kinds or ()) and not (schema.get("properties") or "maxProperties" in schema):
        yield f"{path}: object"
    for name, one in schema.items():
        if name not in ("example", "examples", "default"):
            yield from unbounded(one, f"{path}/{name}")


DOCUMENTS: Final = {
    "OpenAPI": served(),
    "AsyncAPI": PUBLISHED,
    "lender protocol": lender_document(),
    "flow language": flow_schema(),
}


@pytest.mark.parametrize("document", DOCUMENTS.values(), ids=DOCUMENTS)
def test_nothing_that_is_sent_is_of_any_length(document: Json) -> None:
    """Every text, list and object of what we serve, publish, ask for and read has a bound."""
    assert list(unbounded(document)) == []


@pytest.mark.parametrize("type_", sorted(event_types()))
def test_every_event_has_a_greatest_size(type_: str) -> None:
    """By its schema an event is never larger than a broker takes, whatever is in it."""
    envelope = SCHEMAS["CloudEvent"]
    data = SCHEMAS[event_types()[type_].__name__]
    whole = {**envelope, "properties": {**envelope["properties"], "data": data}}
    assert greatest(whole, SCHEMAS) <= EVENT


def test_what_has_no_bound_has_no_greatest_size() -> None:
    """A text or an object of any shape cannot be counted."""
    for schema in ({"type": "string"}, {"type": "object"}, {"anyOf": [{"type": "string"}]}):
        with pytest.raises(ValueError, match=r"a text without|any shape"):
            greatest(schema, {})


@given(JSON)
def test_what_is_cut_is_within_every_bound(data: Json) -> None:
    """Nothing is too long afterwards, and what was within its bounds is as it was."""
    found = cut(data)
    assert list(excesses(found)) == []
    if not list(excesses(data)) and not any(one in json.dumps(data) for one in ("\\u00", "\\n")):
        assert found == data


@given(st.text(max_size=30), st.sampled_from(["title", "code", "reason", "lines"]))
def test_a_text_takes_no_more_bytes_than_its_schema_says(text: str, name: str) -> None:
    """The count of `greatest` holds for every text, of whatever characters."""
    schema = bounded({"type": "object", "properties": {name: {"type": "string"}}})
    data = cut({name: text * longest(name)})
    assert len(orjson.dumps(data)) <= greatest(schema, {})


def test_an_event_of_a_backend_that_says_too_much_is_still_small() -> None:
    """Titles, codes and lists beyond their bounds are cut, whatever the checkout has."""
    row = change_of(checkout_of(steps=1), events=1).events[0]
    data = {
        "code": "x" * 10_000,
        "lines": [{"title": "😀" * 9_000}] * 500,
        "handle": "\x00" * 9_999,
    }
    small = EventRow(**{**vars_of(row), "data": cut(data)})
    assert len(dumps(small)) <= EVENT
    assert len(dumps(replace(row, data=data))) > EVENT


def vars_of(row: EventRow) -> dict[str, Any]:
    """The fields of a row."""
    return {name: getattr(row, name) for name in row.__dataclass_fields__}


@pytest.mark.parametrize(
    ("data", "found"),
    [
        ({"accessories": ["a"] * 20, "handset": "h" * 64}, []),
        ({"accessories": ["a"] * 21}, [Excess("accessories", "too_many", 20)]),
        ({"accessories": ["a" * 65]}, [Excess("accessories[0]", "too_long", 64)]),
        ({"credit": {"plan": "p" * 65}}, [Excess("credit.plan", "too_long", 64)]),
        ({"x": "y" * (TEXT + 1)}, [Excess("x", "too_long", TEXT)]),
        ({"x": [0] * (ITEMS + 1)}, [Excess("x", "too_many", ITEMS)]),
        (dict.fromkeys(map(str, range(ENTRIES + 1))), [Excess("$", "too_many", ENTRIES)]),
    ],
)
def test_what_is_too_long_is_named_with_its_bound(data: Json, found: list[Excess]) -> None:
    """Its path and the bound, never what was sent."""
    assert list(excesses(data)) == found


def test_a_schema_keeps_the_bounds_that_it_has() -> None:
    """Only what has none gets one, by the name of its field."""
    schema = {
        "properties": {
            "accessories": {"type": "array", "items": {"type": "string"}},
            "title": {"anyOf": [{"type": "string", "maxLength": 7}, {"type": "null"}]},
            "type": {"type": "string", "enum": ["a"]},
        }
    }
    inner = bounded(schema)["properties"]
    assert inner["accessories"]["maxItems"] == most("accessories")
    assert inner["accessories"]["items"]["maxLength"] == longest("accessories")
    assert inner["title"] == schema["properties"]["title"]
    assert inner["type"] == schema["properties"]["type"]
