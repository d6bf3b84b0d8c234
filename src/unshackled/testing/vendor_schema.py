"""Checks what an adapter and its stand-in say to each other against the vendor's own schema.

`contract/schema.json` in the adapter's folder is an OpenAPI 3.1 document with structure only, as
`unshackled adapters extract` cuts it out of what the vendor publishes. Needs `jsonschema-rs`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote, urlsplit

import orjson

from unshackled.testing.exchanges import Exchange
from unshackled.testing.vendor_forms import nested, typed
from unshackled.testing.vendor_shapes import Direction, closed, strict

if TYPE_CHECKING:
    from jsonschema_rs import Draft202012Validator, ValidationError

NAME: Final = "schema.json"
FORM: Final = "application/x-www-form-urlencoded"
# Modes whose answers the switches make, not the vendor's handlers.
UNFAITHFUL: Final = frozenset(
    {"error", "unavailable", "refuse", "lost_answer", "malformed", "wrong"}
)


@dataclass
class VendorSchema:
    """One vendor's document, ready to judge.

    `undocumented` names fields that the vendor has beyond its published schema.
    """

    document: Mapping[str, Any]
    undocumented: Collection[str] = ()
    _strict: dict[Direction, dict[str, Any]] = field(default_factory=dict)
    _validators: dict[tuple[str, Direction], Draft202012Validator] = field(default_factory=dict)
    # By the identity of a schema, which is kept with its validator so that it stays its own.
    _recent: dict[tuple[int, Direction], tuple[Any, Draft202012Validator]] = field(
        default_factory=dict
    )

    def mistakes(self, exchange: Exchange) -> Iterator[str]:
        """What is wrong with an exchange, each with where it is; nothing below `/_`."""
        if exchange.path.startswith("/_"):
            return
        found = self._operation(exchange.method, exchange.path)
        if found is None:
            yield f"{exchange.method} {exchange.path}: the vendor has no such operation"
            return
        operation, told, params = found
        for mistake in self._request(operation, exchange, params):
            yield f"{told} request: {mistake}"
        if exchange.complete and exchange.struck not in UNFAITHFUL:
            for mistake in self._answer(operation, exchange):
                yield f"{told} answer {exchange.status}: {mistake}"

    def callback_mistakes(self, body: bytes, headers: Mapping[str, str]) -> Iterator[str]:
        """What is wrong with a callback: nothing where it fits one of the `webhooks`."""
        hooks = self.document.get("webhooks", {})
        told: list[list[str]] = []
        for name, hook in sorted(hooks.items()):
            kind = next((v for k, v in headers.items() if k.lower() == "content-type"), "")
            wrong = self._body(hook["post"]["requestBody"], body, kind, "answer")
            told.append([f"callback {name}: {one}" for one in wrong])
        if told and all(told):
            yield from min(told, key=len)

    def _operation(
        self, method: str, path: str
    ) -> tuple[Mapping[str, Any], str, dict[str, str]] | None:
        bases = {urlsplit(one["url"]).path.rstrip("/") for one in self.document.get("servers", ())}
        for below in sorted({"", *bases}, key=len, reverse=True):
            if not path.startswith(below):
                continue
            for template, item in self._templates():
                match = _pattern(template).fullmatch(path[len(below) :])
                if match and method.lower() in item:
                    names = re.findall(r"{([^}]*)}", template)
                    params = dict(zip(names, map(unquote, match.groups()), strict=True))
                    return item[method.lower()], f"{method} {template}", params
        return None

    def _templates(self) -> list[tuple[str, Mapping[str, Any]]]:
        """Those with the fewest parameters first: a literal path comes before a template."""
        return sorted(self.document.get("paths", {}).items(), key=lambda one: one[0].count("{"))

    def _request(
        self, operation: Mapping[str, Any], exchange: Exchange, params: Mapping[str, str]
    ) -> Iterator[str]:
        declared = operation.get("parameters", ())
        query = nested(exchange.query)
        known = {one["name"].partition("[")[0] for one in declared if one["in"] == "query"}
        known |= {one["name"] for one in self._keys() if one["in"] == "query"}
        for name in sorted(query.keys() - known - set(self.undocumented)):
            yield f"query {name}: the vendor has no such parameter"
        places = {"query": query, "header": exchange.headers, "path": params}
        for one in declared:
            yield from self._parameter(one, places)
        kind = exchange.headers.get("content-type", "")
        body = operation.get("requestBody")
        if body is not None:
            yield from self._body(body, exchange.body, kind, "request")
        elif exchange.body not in (b"", b"{}"):
            yield "a body where the vendor takes none"

    def _parameter(self, one: Mapping[str, Any], places: Mapping[str, Any]) -> Iterator[str]:
        name, place = one["name"], one["in"]
        if place not in places:
            return
        wanted = name.lower() if place == "header" else name.removesuffix("[]")
        if wanted not in places[place]:
            if one.get("required"):
                yield f"{place} {name}: missing"
            return
        schema = one.get("schema", True)
        value = self._typed(places[place][wanted], schema, "request")
        for error in self._errors(value, schema, "request"):
            yield f"{place} {name}: {error}"

    def _answer(self, operation: Mapping[str, Any], exchange: Exchange) -> Iterator[str]:
        answers, status = operation.get("responses", {}), str(exchange.status)
        range_ = f"{status[0]}XX"
        answer = next(
            (answers[one] for one in (status, range_, range_.lower(), "default") if one in answers),
            None,
        )
        if answer is None:
            # Many vendors list only some of their errors.
            if exchange.status < 400:
                yield "the vendor has no such answer"
        elif answer.get("content"):
            kind = exchange.answer_headers.get("content-type", "")
            yield from self._body(answer, exchange.answer_body, kind, "answer")

    def _body(
        self, wanted: Mapping[str, Any], body: bytes, kind: str, direction: Direction
    ) -> Iterator[str]:
        plain = kind.partition(";")[0].strip().lower()
        if not body:
            if wanted.get("required") or direction == "answer":
                yield "no body"
            return
        media = _media(wanted["content"], plain)
        if media is None:
            yield f"{plain or 'no content type'}: the vendor has {', '.join(wanted['content'])}"
            return
        schema = media.get("schema", True)
        if plain == FORM:
            value = self._typed(nested(body.decode()), schema, direction)
        elif plain.endswith("json"):
            try:
                value = orjson.loads(body)
            except orjson.JSONDecodeError:
                yield "no JSON"
                return
        else:
            return
        yield from self._errors(value, schema, direction)

    def _typed(self, value: Any, schema: Any, direction: Direction) -> Any:
        def fits(one: Any, part: Any) -> bool:
            return self._validator(part, direction).is_valid(one)

        return typed(value, schema, self._schemas(), fits)

    def _errors(self, value: Any, schema: Any, direction: Direction) -> Iterator[str]:
        for error in self._validator(schema, direction).iter_errors(value):
            yield from _told(error, self.undocumented)

    def _validator(self, schema: Any, direction: Direction) -> Draft202012Validator:
        key = (id(schema), direction)
        if key not in self._recent:
            self._recent[key] = (schema, self._compiled(schema, direction))
        return self._recent[key][1]

    def _compiled(self, schema: Any, direction: Direction) -> Draft202012Validator:
        from jsonschema_rs import Draft202012Validator  # noqa: PLC0415  a test dependency

        key = (orjson.dumps(schema, option=orjson.OPT_SORT_KEYS).decode(), direction)
        if key not in self._validators:
            if direction not in self._strict:
                self._strict[direction] = strict(self._schemas(), direction)
            made = closed(schema, self._schemas(), direction)
            root = made if isinstance(made, dict) else {"allOf": [made]}
            whole = {**root, "components": {"schemas": self._strict[direction]}}
            self._validators[key] = Draft202012Validator(whole, validate_formats=True)
        return self._validators[key]

    def _schemas(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.document.get("components", {}).get("schemas", {})
        return found

    def _keys(self) -> Iterator[Mapping[str, str]]:
        yield from self.document.get("components", {}).get("securitySchemes", {}).values()


def load(folder: Path, undocumented: Collection[str] = ()) -> VendorSchema | None:
    """The schema in an adapter's folder, if there is one."""
    path = folder / "contract" / NAME
    if not path.is_file():
        return None
    return VendorSchema(orjson.loads(path.read_bytes()), undocumented)


def _pattern(template: str) -> re.Pattern[str]:
    parts = re.split(r"{[^}]*}", template)
    return re.compile("([^/]+)".join(map(re.escape, parts)) + "/?")


def _media(content: Mapping[str, Any], kind: str) -> Mapping[str, Any] | None:
    known = {name.partition(";")[0].strip().lower(): media for name, media in content.items()}
    group = kind.partition("/")[0]
    found = (known[one] for one in (kind, f"{group}/*", "*/*") if one in known)
    media: Mapping[str, Any] | None = next(found, None)
    if media is None and kind.endswith("json"):
        # `application/hal+json` for `application/json`, and the other way round.
        media = next((one for name, one in known.items() if name.endswith("json")), None)
    return media


def _told(error: ValidationError, undocumented: Collection[str]) -> Iterator[str]:
    """An error where it is; of a choice, what the nearest arm misses."""
    kind: Any = error.kind
    if kind.name == "anyOf":
        arms = [[text for one in arm for text in _told(one, undocumented)] for arm in kind.context]
        yield from min(arms, key=len) if arms else ()
        return
    unexpected = getattr(kind, "unexpected", None)
    if unexpected is not None and all(name in undocumented for name in unexpected):
        return
    place = "/".join(map(str, error.instance_path)) or "body"
    yield f"{place}: {error.message[:300]}"
