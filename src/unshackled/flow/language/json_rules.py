"""The part of JSON Schema that step kinds describe their options with.

Knows `type`, `enum`, `const`, `pattern`, `properties`, `required`, `additionalProperties`, `items`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

Json = Any
Path = tuple[object, ...]
_TYPES: Final[Mapping[str, tuple[type, ...]]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}


def _is(value: Json, kind: str) -> bool:
    return isinstance(value, _TYPES[kind]) and (kind == "boolean" or not isinstance(value, bool))


def broken(value: Json, schema: Json, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """Yield each place where a value breaks a schema, with what is allowed."""
    kind = schema.get("type")
    if kind is not None and not _is(value, kind):
        yield path, f"must be of type {kind}"
        return
    if "enum" in schema and value not in schema["enum"]:
        yield path, f"must be one of {', '.join(map(str, schema['enum']))}"
    if "const" in schema and value != schema["const"]:
        yield path, f"must be {schema['const']}"
    if isinstance(value, str) and not re.search(schema.get("pattern", ""), value):
        yield path, f"must match {schema['pattern']}"
    if isinstance(value, dict):
        yield from _object(value, schema, path)
    for number, item in enumerate(value if isinstance(value, list) else ()):
        yield from broken(item, schema.get("items", {}), (*path, number))


def _object(value: Mapping[str, Json], schema: Json, path: Path) -> Iterator[tuple[Path, str]]:
    known: Mapping[str, Json] = schema.get("properties", {})
    others = schema.get("additionalProperties", {})
    for key in schema.get("required", ()):
        if key not in value:
            yield path, f"{key!r} is missing"
    for key, item in value.items():
        if key in known:
            yield from broken(item, known[key], (*path, key))
        elif others is False:
            yield (*path, key), f"unknown key: allowed are {', '.join(sorted(known))}"
        elif others is not True:
            yield from broken(item, others, (*path, key))
