"""Cuts what an adapter uses out of a vendor's published API document: `contract/schema.json`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import orjson

from unshackled.authoring.vendor_sources import Node, SchemaError, Sources, methods_of
from unshackled.authoring.vendor_trim import Trimmer

LAID_OUT: Final = 3


def extract(
    files: Sequence[Path],
    *,
    operations: Sequence[str] = (),
    webhooks: Sequence[str] = (),
    callbacks: Sequence[str] = (),
    depth: int = 3,
) -> dict[str, Any]:
    """The structure of some operations, as an OpenAPI 3.1 document.

    `operations` read `POST /v1/orders/{id}`; `webhooks` names entries of the document's own
    `webhooks`; `callbacks` names schemas that callback bodies have, where it has none. `depth`
    is how many objects deep bodies are kept. Raises `SchemaError` naming what is not there.
    """
    sources = Sources()
    trimmer = Trimmer(sources, depth)
    read = [(file.resolve(), sources.document(file)) for file in files]
    cut = _Cut(sources, trimmer)
    paths: dict[str, dict[str, Any]] = {}
    for wanted in operations:
        method, path, one, item, file = _find(wanted, read)
        paths.setdefault(path, {})[method.lower()] = cut.operation(one, item, file)
    hooks = {name: cut.webhook(name, read) for name in webhooks}
    hooks |= {name: cut.callback(name, read) for name in callbacks}
    trimmer.finish()
    info = read[0][1].get("info", {})
    made: dict[str, Any] = {
        "openapi": "3.1.0",
        "info": {"title": str(info.get("title", "")), "version": str(info.get("version", ""))},
        "servers": [{"url": url} for url in _servers(document for _, document in read)],
        "paths": paths,
        "components": {
            "schemas": trimmer.schemas,
            "securitySchemes": dict(_keys(document for _, document in read)),
        },
    }
    return made | ({"webhooks": hooks} if hooks else {})


def written(document: Mapping[str, Any]) -> bytes:
    """The bytes of an extract, a line for each operation and schema: the same for the same."""
    return b"\n".join(_lines(document, 0)) + b"\n"


def _lines(node: Any, level: int) -> Iterator[bytes]:
    """JSON with sorted keys, laid out three levels deep."""
    if level == LAID_OUT or not isinstance(node, dict) or not node:
        yield orjson.dumps(node, option=orjson.OPT_SORT_KEYS)
        return
    yield b"{"
    for number, (key, value) in enumerate(sorted(node.items())):
        first, *rest = _lines(value, level + 1)
        comma = b"," if number < len(node) - 1 else b""
        lines = [orjson.dumps(key) + b": " + first, *rest]
        lines[-1] += comma
        yield from (b" " + line for line in lines)
    yield b"}"


def same_path(one: str, other: str) -> bool:
    """Whether two templates are alike but for the names of their parameters."""
    return re.sub(r"{[^}]*}", "{}", one) == re.sub(r"{[^}]*}", "{}", other)


def _find(
    wanted: str, read: Sequence[tuple[Path, Mapping[str, Node]]]
) -> tuple[str, str, Node, Node, Path]:
    method, _, path = wanted.strip().partition(" ")
    for file, document in read:
        for known, item in document.get("paths", {}).items():
            if same_path(known, path.strip()):
                for name, one in methods_of(item):
                    if name == method.upper():
                        return name, known, one, item, file
    raise SchemaError(f"{wanted}: no such operation in {', '.join(f.name for f, _ in read)}")


class _Cut:
    """Operations without their prose; parameters, bodies and answers in place."""

    def __init__(self, sources: Sources, trimmer: Trimmer) -> None:
        self.sources = sources
        self.trimmer = trimmer

    def operation(self, one: Node, item: Node, file: Path) -> dict[str, Any]:
        given: dict[tuple[str, str], dict[str, Any]] = {}
        for node in (*item.get("parameters", []), *one.get("parameters", [])):
            made = self._parameter(node, file)
            given[made["in"], made["name"]] = made
        made = {"responses": self._answers(one.get("responses", {}), file)}
        if given:
            made["parameters"] = [given[key] for key in sorted(given)]
        if "requestBody" in one:
            made["requestBody"] = self._body(one["requestBody"], file)
        return made

    def webhook(self, name: str, read: Sequence[tuple[Path, Mapping[str, Node]]]) -> Any:
        for file, document in read:
            found = document.get("webhooks", document.get("x-webhooks", {}))
            if name in found:
                item, where = self.sources.resolved(found[name], file)
                _, one = next(methods_of(item))
                return {"post": {"requestBody": self._body(one["requestBody"], where)}}
        raise SchemaError(f"{name}: no such webhook")

    def callback(self, name: str, read: Sequence[tuple[Path, Mapping[str, Node]]]) -> Any:
        for file, document in read:
            if name in document.get("components", {}).get("schemas", {}):
                place = f"#/components/schemas/{name}"
            elif name in document.get("definitions", {}):
                place = f"#/definitions/{name}"
            else:
                continue
            schema = self.trimmer.trim({"$ref": place}, file)
            content = {"application/json": {"schema": schema}}
            return {"post": {"requestBody": {"required": True, "content": content}}}
        raise SchemaError(f"{name}: no such schema")

    def _parameter(self, node: Node, file: Path) -> dict[str, Any]:
        found, file = self.sources.resolved(node, file)
        schema = found.get("schema")
        if schema is None:
            media: dict[str, Node] = next(iter(found.get("content", {}).values()), {})
            schema = media.get("schema", {})
        made = {"name": found["name"], "in": found["in"], "schema": self.trimmer.trim(schema, file)}
        return made | ({"required": True} if found.get("required") else {})

    def _body(self, node: Node, file: Path) -> dict[str, Any]:
        found, file = self.sources.resolved(node, file)
        made = {"content": self._content(found.get("content", {}), file)}
        return made | ({"required": True} if found.get("required") else {})

    def _answers(self, responses: Mapping[Any, Node], file: Path) -> dict[str, Any]:
        made = {}
        for status, node in responses.items():
            found, where = self.sources.resolved(node, file)
            made[str(status)] = {"content": self._content(found.get("content", {}), where)}
        return made

    def _content(self, content: Mapping[str, Node], file: Path) -> dict[str, Any]:
        return {
            kind: {"schema": self.trimmer.trim(media["schema"], file)} if "schema" in media else {}
            for kind, media in content.items()
        }


def _servers(documents: Iterator[Mapping[str, Node]]) -> list[str]:
    found = set()
    for document in documents:
        for server in document.get("servers") or []:
            url = str(server.get("url", ""))
            for name, variable in (server.get("variables") or {}).items():
                url = url.replace(f"{{{name}}}", str(variable.get("default", "")))
            found.add(url)
    return sorted(found)


def _keys(documents: Iterator[Mapping[str, Node]]) -> Iterator[tuple[str, dict[str, str]]]:
    """API keys: where they are put, for some go into the query."""
    for document in documents:
        schemes = (document.get("components") or {}).get("securitySchemes") or {}
        for name, scheme in schemes.items():
            if scheme.get("type") == "apiKey":
                yield name, {key: scheme[key] for key in ("type", "in", "name")}
