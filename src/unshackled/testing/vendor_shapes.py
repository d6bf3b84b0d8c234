"""A vendor's schemas made strict: a field that they do not know is a mistake.

Each schema gets a form for requests, where what is `readOnly` is not required, and one for
answers, where what is `writeOnly` is not. What an extract has cut stays open.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal

from unshackled.testing.vendor_forms import arms

Direction = Literal["request", "answer"]
PREFIX: Final = "#/components/schemas/"
_UNSENT: Final[Mapping[Direction, str]] = {"request": "readOnly", "answer": "writeOnly"}
_OPEN: Final = ".part"


def strict(schemas: Mapping[str, Any], direction: Direction) -> dict[str, Any]:
    """Every schema closed, and beside it its form as a part of another, which closes itself."""
    made = {}
    for name, schema in schemas.items():
        made[name] = closed(schema, schemas, direction)
        made[name + _OPEN] = closed(schema, schemas, direction, part=True)
    return made


def closed(
    schema: Any, schemas: Mapping[str, Any], direction: Direction, *, part: bool = False
) -> Any:
    """One schema that takes no field it does not know; as a `part` only below its fields."""
    if not isinstance(schema, dict):
        return schema
    if set(schema) == {"$ref"}:
        return {"$ref": schema["$ref"] + (_OPEN if part else "")}

    made = schema | dict(_inner(schema, schemas, direction))
    if "$ref" in schema:
        made["$ref"] = schema["$ref"] + _OPEN
    if "required" in schema:
        made["required"] = _required(schema, schemas, direction)
    if not part and _extent(schema, schemas) == "known":
        made["unevaluatedProperties"] = False
    return made


def _inner(
    schema: Mapping[str, Any], schemas: Mapping[str, Any], direction: Direction
) -> Iterator[tuple[str, Any]]:
    """The schemas inside one: those of fields close themselves, those of `allOf` do not."""
    for name in ("properties", "patternProperties"):
        if name in schema:
            fields = schema[name].items()
            yield name, {key: closed(one, schemas, direction) for key, one in fields}
    for name in ("items", "additionalProperties", "contains"):
        if name in schema:
            yield name, closed(schema[name], schemas, direction)
    for name in ("allOf", "anyOf"):
        if name in schema:
            yield name, [closed(one, schemas, direction, part=True) for one in schema[name]]


def _required(
    schema: Mapping[str, Any], schemas: Mapping[str, Any], direction: Direction
) -> list[str]:
    unsent = _UNSENT[direction]
    fields = schema.get("properties", {})
    return [
        name
        for name in schema["required"]
        if not any(one.get(unsent) for one in arms(fields.get(name), schemas))
    ]


def _extent(
    schema: Any, schemas: Mapping[str, Any], earlier: frozenset[str] = frozenset()
) -> Literal["none", "known", "open"]:
    """Whether an object of this schema has named fields only, any fields, or is no object."""
    if not isinstance(schema, dict) or not schema:
        return "open"
    kinds = schema.get("type", "object")
    if "object" not in ([kinds] if isinstance(kinds, str) else kinds):
        return "none"
    members = [*schema.get("allOf", ()), *schema.get("anyOf", ())]
    name = str(schema.get("$ref", "")).rpartition("/")[2]
    if name and name not in earlier:
        members.append(schemas.get(name))
    extents = {_extent(one, schemas, earlier | {name}) for one in members}
    if "open" in extents:
        return "open"
    if schema.get("properties") or "known" in extents:
        return "known"
    return "open" if schema.get("type") and not members else "none"
