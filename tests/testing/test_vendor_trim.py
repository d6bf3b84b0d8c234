"""Trimming a vendor's schema only loosens it, and closing it only tightens it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from jsonschema_rs import Draft202012Validator

from unshackled.authoring.vendor_sources import Sources
from unshackled.authoring.vendor_trim import Trimmer
from unshackled.testing.vendor_shapes import closed

NAMES = st.sampled_from(["a", "b", "c"])
SCALARS = st.sampled_from(
    [
        {"type": "string"},
        {"type": "integer"},
        {"type": ["string", "null"]},
        {"enum": ["x", 1, None]},
        {"const": "x"},
        {"type": "integer", "minimum": 1},
        {},
    ]
)
VALUES = st.recursive(
    st.sampled_from(["x", "y", 0, 1, None, True]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)


def objects(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Objects, open and closed, with required fields."""
    return st.builds(
        lambda properties, required, more: {
            "type": "object",
            "properties": properties,
            "required": sorted(required),
            "description": "prose",
            **more,
        },
        st.dictionaries(NAMES, inner, max_size=3),
        st.sets(NAMES, max_size=1),
        st.sampled_from([{}, {"additionalProperties": False}, {"additionalProperties": {}}]),
    )


def grown(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Whatever is put together from others."""
    members = st.lists(inner, min_size=1, max_size=3)
    return (
        objects(inner)
        | st.builds(lambda items: {"type": "array", "items": items}, inner)
        | st.builds(
            lambda name, of: {name: of}, st.sampled_from(["anyOf", "oneOf", "allOf"]), members
        )
    )


SCHEMAS = st.recursive(SCALARS, grown, max_leaves=8)


def fits(schema: Any, value: Any) -> bool:
    return bool(Draft202012Validator(schema).is_valid(value))


@given(schema=SCHEMAS, value=VALUES, depth=st.integers(min_value=1, max_value=3))
def test_what_fitted_before_fits_the_extract(schema: Any, value: Any, depth: int) -> None:
    """However deep it is cut: a true exchange is never called a mistake."""
    trimmed = Trimmer(Sources(), depth).trim(schema, Path("none.json"))
    assert "prose" not in str(trimmed)
    assert not fits(schema, value) or fits(trimmed, value)


@given(schema=SCHEMAS, value=VALUES)
def test_what_fits_the_closed_form_fitted_before(schema: Any, value: Any) -> None:
    """Closing a schema allows nothing that the vendor does not."""
    trimmed = Trimmer(Sources(), 3).trim(schema, Path("none.json"))
    assert not fits(closed(trimmed, {}, "answer"), value) or fits(trimmed, value)
