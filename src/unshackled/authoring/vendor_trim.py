"""The structure of a vendor's schemas: no prose, no examples, and only some objects deep."""

from __future__ import annotations

import heapq
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from unshackled.authoring.vendor_sources import Node, SchemaLocation, Sources

Schema = dict[str, Any] | bool
KEYWORDS: Final = frozenset(
    {
        *("type", "format", "enum", "const", "required", "readOnly", "writeOnly"),
        *("minLength", "maxLength", "pattern", "minimum", "maximum", "multipleOf"),
        *("exclusiveMinimum", "exclusiveMaximum", "minItems", "maxItems", "uniqueItems"),
        *("minProperties", "maxProperties", "dependentRequired"),
    }
)
BELOW: Final = ("properties", "patternProperties")
NESTED: Final = ("items", "additionalProperties", "contains", "propertyNames")
MEMBERS: Final = ("allOf", "anyOf", "oneOf")
STRUCTURE: Final = frozenset({*BELOW, *NESTED, *MEMBERS, "prefixItems"})


@dataclass
class Trimmer:
    """Trims schemas, and collects those that they refer to under names of their own.

    `depth` is how many objects deep it goes; what is deeper may be anything of its type.
    """

    sources: Sources
    depth: int
    schemas: dict[str, Schema] = field(default_factory=dict)
    _names: dict[SchemaLocation, str] = field(default_factory=dict)
    _waiting: list[tuple[int, str, SchemaLocation]] = field(default_factory=list)

    def trim(self, node: Node, file: Path, level: int = 0) -> Schema:
        """One schema, `level` objects below the body it belongs to."""
        if not isinstance(node, Mapping):
            return bool(node)
        if isinstance(node.get("$ref"), str):
            return _nullable(self._ref(node["$ref"], file, level), node)
        if level >= self.depth and self._is_structured(node, file):
            return _nullable({"type": node["type"]} if "type" in node else {}, node)
        made: dict[str, Any] = {k: v for k, v in node.items() if k in KEYWORDS and _usable(k, v)}
        for name in BELOW:
            if isinstance(node.get(name), Mapping):
                made[name] = {k: self.trim(v, file, level + 1) for k, v in node[name].items()}
        for name in NESTED:
            if name in node:
                made[name] = self.trim(node[name], file, level)
        if isinstance(node.get("prefixItems"), list):
            made["prefixItems"] = [self.trim(one, file, level) for one in node["prefixItems"]]
        self._compose(made, node, file, level)
        return _nullable(_bounds(made), node)

    def finish(self) -> None:
        """Trim every schema that was referred to, the shallowest first."""
        while self._waiting:
            level, name, key = heapq.heappop(self._waiting)
            if name not in self.schemas:
                _, node = self.sources.target(f"#{key.pointer}", key.file)
                self.schemas[name] = self.trim(node, key.file, level)

    def _compose(self, schema: dict[str, Any], node: Node, file: Path, level: int) -> None:
        """The members of `allOf`; `anyOf`, which `oneOf` becomes: what is cut may fit twice."""
        kept = [self.trim(one, file, level) for one in node.get("allOf", []) if not _says_none(one)]
        if kept:
            schema["allOf"] = kept
        for name in ("anyOf", "oneOf"):
            members = [self.trim(one, file, level) for one in node.get(name, [])]
            if any(one in ({}, True) for one in members):
                # One that may be anything: then so may the whole.
                schema.setdefault("additionalProperties", True)
            elif members:
                unique = [one for i, one in enumerate(members) if one not in members[:i]]
                also = [{"anyOf": schema.pop("anyOf")}] if "anyOf" in schema else []
                schema["anyOf"] = unique
                schema.setdefault("allOf", []).extend(also)
                if not schema["allOf"]:
                    del schema["allOf"]

    def _ref(self, ref: str, file: Path, level: int) -> dict[str, Any]:
        key, node = self.sources.target(ref, file)
        if level >= self.depth and self._is_structured(node, key.file):
            found, _ = self.sources.resolved(node, key.file)
            return {"type": found["type"]} if "type" in found else {}
        name = self._name(key)
        heapq.heappush(self._waiting, (level, name, key))
        return {"$ref": f"#/components/schemas/{name}"}

    def _name(self, key: SchemaLocation) -> str:
        if key not in self._names:
            base = re.sub(r"[^\w.-]", "_", key.pointer.rpartition("/")[2]) or key.file.stem
            taken = set(self._names.values())
            name = next(one for one in _candidates(base) if one not in taken)
            self._names[key] = name
        return self._names[key]

    def _is_structured(self, node: Node, file: Path) -> bool:
        """Whether there is anything below it: an object, a choice, a list of such."""
        found, file = self.sources.resolved(node, file)
        if not isinstance(found, Mapping) or not STRUCTURE & found.keys():
            return False
        only_a_list = STRUCTURE & found.keys() == {"items"}
        return not only_a_list or self._is_structured(found["items"], file)


def _candidates(base: str) -> Iterator[str]:
    yield base
    yield from (f"{base}_{number}" for number in range(2, 10_000))


def _usable(keyword: str, value: object) -> bool:
    """False for patterns of another dialect, and for types that are none."""
    if keyword == "type":
        return value != "file"
    if keyword == "pattern":
        try:
            re.compile(str(value))
        except re.error:
            return False
    return True


def _says_none(node: Node) -> bool:
    """Whether a member of `allOf` is only prose."""
    if not isinstance(node, Mapping):
        return False
    return not ((KEYWORDS | STRUCTURE | {"$ref"}) & node.keys())


def _bounds(schema: dict[str, Any]) -> dict[str, Any]:
    """OpenAPI 3.0's `exclusiveMinimum: true` as the number it means."""
    for exclusive, plain in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if isinstance(schema.get(exclusive), bool):
            strict = schema.pop(exclusive)
            if strict and plain in schema:
                schema[exclusive] = schema.pop(plain)
    return schema


def _nullable(schema: dict[str, Any], node: Mapping[str, Node]) -> dict[str, Any]:
    """OpenAPI 3.0's `nullable` as a type of its own."""
    if node.get("nullable") is not True or not schema:
        return schema
    if "enum" in schema and None not in schema["enum"]:
        schema["enum"] = [*schema["enum"], None]
    kind = schema.get("type")
    if isinstance(kind, str):
        schema["type"] = [kind, "null"]
    if "$ref" in schema or "anyOf" in schema or "allOf" in schema:
        return {"anyOf": [schema, {"type": "null"}]}
    return schema
