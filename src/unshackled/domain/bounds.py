"""How long texts and lists may be, by the name of their field: one table for all that is sent.

Requests are refused beyond it, API and event schemas state it, and what an event carries beyond it
(a backend's overlong title or code) is cut. So an event has a greatest size: see `greatest`.
What is stored was taken by an earlier version, perhaps, and is read whatever its size.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal

from unshackled.domain.records import Record

Json = Any

# Bytes.
STEP_BODY: Final = 32 * 1024
EVENT: Final = 128 * 1024
SNAPSHOT: Final = 256 * 1024
# Characters, entries and keys of what the tables do not name.
TEXT: Final = 2_000
ITEMS: Final = 1_000
ENTRIES: Final = 200

_NAME: Final = 64
_SHORT: Final = 32
TEXTS: Final[Mapping[str, int]] = {
    **dict.fromkeys(("id", "checkout", "partitionkey", "reference", "retailer", "flow"), _NAME),
    **dict.fromkeys(("step", "steps", "run", "case", "part"), 40),
    **dict.fromkeys(("from_quote", "quote_id", "eligibility", "programme", "agreement"), _NAME),
    **dict.fromkeys(("pivot", "provider", "route", "operation", "operator", "code"), _NAME),
    **dict.fromkeys(("handset", "tariff", "accessories", "plan", "model", "sku", "trace"), _NAME),
    **dict.fromkeys(("down", "tried", "wanted", "traceparent", "type"), _NAME),
    **dict.fromkeys(("by", "opened_by", "action", "verdict", "sequence"), _SHORT),
    **dict.fromkeys(("apr_percent", "rate_percent", "percent"), _SHORT),
    **dict.fromkeys(("rate", "vat"), 40),
    **dict.fromkeys(("currency", "locale"), 8),
    **dict.fromkeys(("digest", "wording"), 80),
    **dict.fromkeys(("title", "why", "differs", "source", "subject", "basis"), 200),
    **dict.fromkeys(("reason", "evidence", "handle"), 1_000),
}
LISTS: Final[Mapping[str, int]] = {
    "accessories": 20,
    "contracts": 30,
    "lines": 30,
    "per_month": 24,
    "repayments": 3,
    "vat": 12,
    "rises": 20,
    "steps": 100,
    "down": 40,
    "tried": 40,
    "wanted": 10,
    "duties": 8,
}
# A number of 64 bits, a time, a boolean: whatever has no length of its own.
_SCALAR: Final = 40
# The most bytes that a character takes in JSON; a control character would take six.
_WIDEST: Final = 4
_CONTROLS: Final = dict.fromkeys(range(32), " ")
_UNCUT: Final = frozenset({bool, int, float, type(None)})


class Excess(Record, kw_only=False):
    """What is longer than it may be: its path, and the `most` characters, entries or keys."""

    path: str
    code: Literal["too_long", "too_many"]
    most: int

    @property
    def sentence(self) -> str:
        """E.g. `has more than 20 entries`."""
        what = "characters" if self.code == "too_long" else "entries"
        return f"has more than {self.most} {what}"


def longest(name: str) -> int:
    """The most characters of a text in a field of this name."""
    return TEXTS.get(name, TEXT)


def most(name: str) -> int:
    """The most entries of a list in a field of this name."""
    return LISTS.get(name, ITEMS)


def excesses(data: Json, path: str = "", name: str = "") -> Iterator[Excess]:
    """Everything in JSON data that is longer than its field may be; its content is not quoted."""
    if isinstance(data, str):
        if len(data) > longest(name):
            yield Excess(path or "$", "too_long", longest(name))
    elif isinstance(data, list):
        if len(data) > most(name):
            yield Excess(path or "$", "too_many", most(name))
            return
        for place, one in enumerate(data):
            yield from excesses(one, f"{path}[{place}]", name)
    elif isinstance(data, dict):
        if len(data) > ENTRIES:
            yield Excess(path or "$", "too_many", ENTRIES)
            return
        for key, one in data.items():
            known = str(key)[:_NAME]
            yield from excesses(one, f"{path}.{known}" if path else known, known)


def cut(data: Json, name: str = "") -> Json:
    """JSON data in which nothing is longer than its field may be, and no text has controls."""
    if isinstance(data, str):
        short = data[: TEXTS.get(name, TEXT)]
        return short if short.isprintable() else short.translate(_CONTROLS)
    if isinstance(data, list | tuple):
        return [cut(one, name) for one in data[: most(name)]]
    if isinstance(data, dict):
        if len(data) > ENTRIES:
            data = dict(list(data.items())[:ENTRIES])
        return {key: one if one.__class__ in _UNCUT else cut(one, key) for key, one in data.items()}
    return data


def bounded(schema: Json, name: str = "") -> Json:
    """A JSON Schema, or a document of them, that states a bound wherever it had none."""
    if isinstance(schema, list):
        return [bounded(one, name) for one in schema]
    if not isinstance(schema, Mapping):
        return schema
    name = _named(schema, name)
    found = {key: _inside(key, one, name) for key, one in schema.items()}
    kinds = _kinds(schema)
    if "string" in kinds and not _is_bound(schema):
        found["maxLength"] = longest(name)
    if "array" in kinds and "maxItems" not in schema:
        found["maxItems"] = most(name)
    if "object" in kinds and not schema.get("properties") and "maxProperties" not in schema:
        found["maxProperties"] = ENTRIES
    return found


# Formats whose texts are no longer than a scalar.
_FORMATS: Final = frozenset({"date", "date-time", "time", "duration", "uuid"})
# What is no schema: data of a document, as it stands.
_DATA: Final = frozenset({"example", "examples", "default", "enum", "const", "required"})


def _is_bound(schema: Mapping[str, Json]) -> bool:
    fixed = any(key in schema for key in ("maxLength", "enum", "const"))
    return fixed or schema.get("format") in _FORMATS


def _named(schema: Mapping[str, Json], name: str) -> str:
    """A parameter has its name beside its schema."""
    return str(schema["name"]) if "in" in schema and "name" in schema else name


def _inside(key: str, value: Json, name: str) -> Json:
    if key in _DATA:
        return value
    if key in ("properties", "headers", "schemas") and isinstance(value, Mapping):
        return {inner: bounded(one, inner) for inner, one in value.items()}
    return bounded(value, name)


def _kinds(schema: Mapping[str, Json]) -> tuple[str, ...]:
    kind = schema.get("type")
    return tuple(kind) if isinstance(kind, list) else (str(kind),)


def greatest(schema: Json, schemas: Mapping[str, Json]) -> int:
    """The most bytes of JSON that fit a schema in which everything is bounded.

    `schemas` are those that `$ref` names, by the last part of their path. Raises `ValueError` for
    what has no bound.
    """
    if "$ref" in schema:
        return greatest(schemas[str(schema["$ref"]).rpartition("/")[2]], schemas)
    arms = [one for choice in ("anyOf", "oneOf") for one in schema.get(choice, ())]
    if arms:
        return max(greatest(one, schemas) for one in arms)
    kinds = _kinds(schema)
    if "object" in kinds or "properties" in schema:
        return _greatest_object(schema, schemas)
    if "array" in kinds:
        return 2 + int(schema["maxItems"]) * (1 + greatest(schema["items"], schemas))
    return _greatest_text(schema) if "string" in kinds else _SCALAR


def _greatest_text(schema: Mapping[str, Json]) -> int:
    if not _is_bound(schema):
        raise ValueError("a text without a bound")
    if "maxLength" in schema:
        return 2 + _WIDEST * int(schema["maxLength"])
    fixed = schema.get("enum", [schema.get("const", "")])
    return max(_SCALAR, *(2 + _WIDEST * len(str(one)) for one in fixed))


def _greatest_object(schema: Mapping[str, Json], schemas: Mapping[str, Json]) -> int:
    known = schema.get("properties", {})
    if not known and schema.get("maxProperties", 1):
        raise ValueError("an object of any shape")
    return 2 + sum(len(name) + 4 + greatest(one, schemas) for name, one in known.items())
