"""Form bodies and queries with bracketed nesting, read as the schema means them.

`a[b]=1`, `a[0]=x`, `a[]=x`, `a=x&a=y`: every value is text on the wire.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl

Fits = Callable[[Any, Any], bool]
Schemas = Mapping[str, Any]
_Pairs = list[tuple[list[str], str]]
_PART = re.compile(r"\[([^\]]*)\]")


def nested(text: str) -> dict[str, Any]:
    """The form as nested dictionaries and lists of text."""
    pairs = []
    for name, value in parse_qsl(text, keep_blank_values=True):
        base, bracket, rest = name.partition("[")
        pairs.append(([base, *_PART.findall(bracket + rest)], value))
    names: dict[str, _Pairs] = {}
    for (first, *steps), value in pairs:
        names.setdefault(first, []).append((steps, value))
    return {name: _grouped(rest) for name, rest in names.items()}


def _grouped(pairs: _Pairs) -> Any:
    """What the pairs say below one name: a text, texts, a list, or fields."""
    if not pairs[0][0]:
        texts = [value for steps, value in pairs if not steps]
        return texts[0] if len(texts) == 1 else texts
    names: dict[str, _Pairs] = {}
    for steps, value in pairs:
        if steps:
            names.setdefault(steps[0], []).append((steps[1:], value))
    if set(names) == {""}:
        return [_grouped(entry) for entry in _entries(names[""])]
    made = {name: _grouped(rest) for name, rest in names.items()}
    numbered = list(made) == [str(number) for number in range(len(made))]
    return list(made.values()) if numbered else made


def _entries(pairs: _Pairs) -> list[_Pairs]:
    """`a[][b]=1&a[][c]=2&a[][b]=3`: an entry begins where a name comes again."""
    entries: list[_Pairs] = []
    for steps, value in pairs:
        if not entries or any(steps == before for before, _ in entries[-1]):
            entries.append([])
        entries[-1].append((steps, value))
    return entries


def typed(value: Any, schema: Any, schemas: Schemas, fits: Fits) -> Any:
    """Text as the type that the schema wants; what fits none stays text, to be reported."""
    if isinstance(value, dict):
        return {k: typed(v, _below(schema, k, schemas), schemas, fits) for k, v in value.items()}
    item = next((one["items"] for one in arms(schema, schemas) if "items" in one), None)
    if isinstance(value, list) and item is None and not fits([], schema):
        # A map whose keys happen to be numbers.
        return typed({str(n): one for n, one in enumerate(value)}, schema, schemas, fits)
    if isinstance(value, list):
        return [typed(one, True if item is None else item, schemas, fits) for one in value]
    readings = [value, *_readings(value)]
    fitting = [one for one in readings if fits(one, schema)]
    if fitting:
        return fitting[0]
    return value if item is None else [typed(value, item, schemas, fits)]


def _readings(text: str) -> Iterator[Any]:
    if re.fullmatch(r"-?[0-9]{1,18}", text):
        yield int(text)
    if re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", text):
        yield float(text)
    if text in ("true", "false"):
        yield text == "true"


def _below(schema: Any, name: str, schemas: Schemas) -> Any:
    for one in arms(schema, schemas):
        if name in one.get("properties", {}):
            return one["properties"][name]
    for one in arms(schema, schemas):
        more = one.get("additionalProperties")
        if isinstance(more, dict):
            return more
    return True


def arms(schema: Any, schemas: Schemas, earlier: frozenset[str] = frozenset()) -> Iterator[Any]:
    """A schema and those it is put together from."""
    if not isinstance(schema, dict):
        return
    yield schema
    name = str(schema.get("$ref", "")).rpartition("/")[2]
    if name and name not in earlier:
        yield from arms(schemas.get(name), schemas, earlier | {name})
    for member in (*schema.get("allOf", ()), *schema.get("anyOf", ())):
        yield from arms(member, schemas, earlier)
