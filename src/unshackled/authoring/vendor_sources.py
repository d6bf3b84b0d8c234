"""A vendor's published API documents, as read: OpenAPI 3.0, 3.1 and Swagger 2.0."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import orjson
import yaml

Node = Any
METHODS: Final = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_SWAGGER_SCHEMA: Final = (
    *("type", "format", "items", "enum", "pattern", "minimum", "maximum"),
    *("minLength", "maxLength", "minItems", "maxItems", "exclusiveMinimum", "exclusiveMaximum"),
)


class SchemaError(ValueError):
    """A vendor document that cannot be read, or that lacks what was asked for."""


class _Yaml(yaml.SafeLoader):
    """YAML 1.2's scalars only: `NO` is Norway, and `2026-11-22` is text."""


_Yaml.yaml_implicit_resolvers = {
    first: [
        (tag, pattern)
        for tag, pattern in found
        if tag not in ("tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:bool")
    ]
    for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
for _first in "tf":
    _Yaml.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(?:true|false)$"), [_first])


@dataclass(frozen=True, slots=True)
class SchemaLocation:
    """Where a node is: the file, and the JSON pointer in it."""

    file: Path
    pointer: str


@dataclass
class Sources:
    """Documents by file; those that a document refers to are read when they are needed."""

    documents: dict[Path, dict[str, Node]] = field(default_factory=dict)

    def document(self, file: Path) -> dict[str, Node]:
        """The document of a file, as OpenAPI 3."""
        file = file.resolve()
        if file not in self.documents:
            self.documents[file] = _read(file)
        return self.documents[file]

    def target(self, ref: str, file: Path) -> tuple[SchemaLocation, Node]:
        """What a `$ref` in a file points to."""
        address, _, pointer = ref.partition("#")
        if urlsplit(address).scheme:
            raise SchemaError(f"{ref}: fetch it and refer to the file beside this one")
        found = (file.parent / unquote(address)).resolve() if address else file
        node: Node = self.document(found)
        for part in pointer.split("/")[1:]:
            step = unquote(part).replace("~1", "/").replace("~0", "~")
            try:
                node = node[int(step)] if isinstance(node, list) else node[step]
            except (KeyError, IndexError, TypeError, ValueError):
                raise SchemaError(f"{ref}: leads nowhere in {found.name}") from None
        return SchemaLocation(found, pointer), node

    def resolved(self, node: Node, file: Path) -> tuple[Node, Path]:
        """A node itself, or what its `$ref`s lead to in the end."""
        for _ in range(50):
            if not isinstance(node, Mapping) or not isinstance(node.get("$ref"), str):
                return node, file
            key, node = self.target(node["$ref"], file)
            file = key.file
        raise SchemaError(f"{file.name}: references in a circle")


def _read(file: Path) -> dict[str, Node]:
    try:
        raw = file.read_bytes()
        read = orjson.loads(raw) if raw.lstrip()[:1] == b"{" else yaml.load(raw, _Yaml)  # noqa: S506
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise SchemaError(f"{file.name}: {type(error).__name__}: neither JSON nor YAML") from error
    if not isinstance(read, dict):
        raise SchemaError(f"{file.name}: no document")
    return _as_openapi_3(read) if str(read.get("swagger", "")).startswith("2") else read


def _as_openapi_3(old: dict[str, Node]) -> dict[str, Node]:
    """Swagger 2.0 in the words of OpenAPI 3; `definitions` stays where references find it."""
    scheme = next(iter(old.get("schemes") or ["https"]))
    server = f"{scheme}://{old.get('host', 'localhost')}{old.get('basePath', '')}"
    return {
        **old,
        "openapi": "3.0.0",
        "servers": [{"url": server}],
        "paths": {path: _path_item(item, old) for path, item in old.get("paths", {}).items()},
        "components": {"securitySchemes": old.get("securityDefinitions", {})},
    }


def _path_item(item: Mapping[str, Node], old: Mapping[str, Node]) -> dict[str, Node]:
    shared = item.get("parameters", [])
    return {
        name: _operation(one, shared, old) for name, one in item.items() if name.lower() in METHODS
    }


def _operation(
    one: Mapping[str, Node], shared: list[Node], old: Mapping[str, Node]
) -> dict[str, Node]:
    given = [_named(parameter, old) for parameter in [*shared, *one.get("parameters", [])]]
    made: dict[str, Node] = {
        "parameters": [
            {**parameter, "schema": _inline_schema(parameter)}
            for parameter in given
            if parameter.get("in") not in ("body", "formData")
        ],
        "responses": {
            status: _response(answer, one.get("produces", old.get("produces")), old)
            for status, answer in one.get("responses", {}).items()
        },
    }
    body = _body(given, one.get("consumes", old.get("consumes")))
    return made | ({"requestBody": body} if body else {})


def _named(node: Node, old: Mapping[str, Node]) -> Node:
    """What a reference to a shared parameter or response means."""
    if not isinstance(node.get("$ref"), str):
        return node
    _, group, name = node["$ref"].split("/", 2)
    return old[group][name]


def _inline_schema(parameter: Mapping[str, Node]) -> dict[str, Node]:
    return {name: parameter[name] for name in _SWAGGER_SCHEMA if name in parameter}


def _body(given: list[Node], consumes: list[str] | None) -> dict[str, Node] | None:
    for parameter in given:
        if parameter.get("in") == "body":
            content = {kind: {"schema": parameter["schema"]} for kind in consumes or [_JSON]}
            return {"required": parameter.get("required", False), "content": content}
    fields = [parameter for parameter in given if parameter.get("in") == "formData"]
    if not fields:
        return None
    schema = {
        "type": "object",
        "properties": {one["name"]: _inline_schema(one) for one in fields},
        "required": [one["name"] for one in fields if one.get("required")],
    }
    return {"required": True, "content": {kind: {"schema": schema} for kind in consumes or [_FORM]}}


def _response(
    answer: Mapping[str, Node], produces: list[str] | None, old: Mapping[str, Node]
) -> dict[str, Node]:
    answer = _named(answer, old)
    schema = answer.get("schema")
    if schema is None:
        return {}
    return {"content": {kind: {"schema": schema} for kind in produces or [_JSON]}}


_JSON: Final = "application/json"
_FORM: Final = "application/x-www-form-urlencoded"


def methods_of(item: Mapping[str, Node]) -> Iterator[tuple[str, Node]]:
    """The operations of a path item, by method in upper case."""
    for name, one in item.items():
        if name.lower() in METHODS:
            yield name.upper(), one
