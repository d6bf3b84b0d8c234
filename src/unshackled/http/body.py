"""Reading request bodies: bounded, JSON only, every wrong field named, nothing repeated."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from types import UnionType
from typing import Any, Final, TypeVar, Union, get_args, get_origin

import orjson
from pydantic import BaseModel, TypeAdapter, ValidationError
from starlette.requests import ClientDisconnect, Request

from unshackled.domain.bounds import STEP_BODY, excesses
from unshackled.domain.codec import adapter
from unshackled.domain.personal import fields_of
from unshackled.http.problems import Problem, field_error
from unshackled.steps import FieldError

# What providers may send; JSON of customers and retailers is far shorter.
LARGEST: Final = 256 * 1024
JSON_TYPES: Final = ("application/json",)
PATCH_TYPES: Final = ("application/merge-patch+json", "application/json")
LONGEST_NAME: Final = 64
MOST_TOLD: Final = 20
# How deep arrays and objects may lie in each other.
DEEPEST: Final = 32
T = TypeVar("T")


async def read(request: Request, largest: int = LARGEST) -> bytes:
    """The whole body; a problem as soon as it is known to be too large."""
    declared = request.headers.get("content-length", "")
    if declared.isascii() and declared.isdigit() and int(declared) > largest:
        raise _too_large(largest)
    found = bytearray()
    try:
        async for chunk in request.stream():
            found += chunk
            if len(found) > largest:
                raise _too_large(largest)
    except ClientDisconnect:
        raise Problem("malformed_json", "The body ended before it was complete.") from None
    return bytes(found)


def _too_large(largest: int) -> Problem:
    return Problem(
        "payload_too_large",
        f"The body has more than {largest} bytes.",
        headers={"Connection": "close"},
    )


def media_type(request: Request) -> str:
    """What the Content-Type says, without its parameters."""
    return request.headers.get("content-type", "").split(";")[0].strip().lower()


async def read_json(request: Request, types: Sequence[str] = JSON_TYPES) -> Any:
    """The body as JSON data; an absent body is an empty object."""
    raw = await read(request, STEP_BODY)
    if not raw:
        return {}
    if media_type(request) not in types:
        raise Problem(
            "unsupported_media_type", "The Content-Type is not one of these.", allowed=types
        )
    try:
        found = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise Problem("malformed_json", f"{error.msg.split(':')[0]} at {where}.") from None
    if is_deeper(found, DEEPEST, brackets=raw.count(b"[") + raw.count(b"{")):
        raise Problem("malformed_json", f"The JSON is nested deeper than {DEEPEST}.")
    _refuse_twins(raw)
    return found


def _refuse_twins(raw: bytes) -> None:
    """A key twice in one object: readers disagree which of the two counts (RFC 8259 section 4)."""
    # Numbers stay text: Python refuses to read one of thousands of digits.
    json.loads(raw, object_pairs_hook=_once, parse_int=str, parse_float=str)


def _once(pairs: list[tuple[str, Any]]) -> None:
    if len({name for name, _ in pairs}) < len(pairs):
        raise Problem("malformed_json", "A key is in one object twice: each may be there once.")


def is_deeper(value: Any, most: int, *, brackets: int) -> bool:
    """Whether arrays and objects lie more than `most` deep; few `brackets` cannot."""
    if brackets <= most:
        return False
    level = [value]
    for _ in range(most):
        level = [inner for one in level for inner in _inside(one)]
        if not level:
            return False
    return any(isinstance(one, dict | list) for one in level)


def _inside(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


async def read_object(request: Request, types: Sequence[str] = JSON_TYPES) -> dict[str, Any]:
    """The body as a JSON object."""
    found = await read_json(request, types)
    if not isinstance(found, dict):
        error = FieldError(path="$", code="object_type", message="must be a JSON object")
        raise Problem("invalid_input", "The body is no JSON object.", errors=[field_error(error)])
    return found


def parse(shape: type[T], data: Any, at: str = "") -> T:
    """JSON data as a model, strictly: no text for numbers, no unknown keys; `at` is its path.

    Nothing in it may be longer than a field of its name is.
    """
    require_bounds(data, at)
    checker: TypeAdapter[Any] = adapter(shape)
    try:
        parsed: T = checker.validate_json(orjson.dumps(data), strict=True)
    except ValidationError as error:
        raise invalid(error, shape, at) from None
    return parsed


def require_bounds(data: Any, at: str = "") -> None:
    """A problem that names each field that is too long, and how long it may be."""
    found = [
        field_error(FieldError(path=one.path, code=one.code, message=one.sentence))
        for one in islice(excesses(data, at, at), MOST_TOLD)
    ]
    if found:
        raise Problem("invalid_input", "Some fields are too long.", errors=found)


def invalid(error: ValidationError, shape: Any, at: str = "") -> Problem:
    """Every finding of a validation as a problem; what was sent is not in it."""
    found = error.errors(include_url=False, include_input=False)
    return Problem(
        "invalid_input",
        "Some fields are wrong.",
        errors=[_finding(dict(one), shape, at) for one in found],
    )


def _finding(one: Mapping[str, Any], shape: Any, at: str) -> dict[str, Any]:
    loc = one["loc"]
    code, message = one["type"], one["msg"]
    named = FieldError(path=path_of(loc, at), code=code, message=message)
    if code in ("extra_forbidden", "unexpected_keyword_argument"):
        names = sorted(_names(shape, loc[:-1]))
        named = FieldError(path=named.path, code="unknown_field", message="is not a field here")
        return field_error(named, names)
    expected = one.get("ctx", {}).get("expected", "")
    return field_error(named, _choices(str(expected)))


def _choices(expected: str) -> Iterable[str]:
    """`'a', 'b' or 'c'`, as pydantic writes it, one by one."""
    parts = expected.replace(" or ", ", ").split(", ")
    return [part.strip("'") for part in parts] if expected.startswith("'") else ()


def path_of(loc: Sequence[int | str], at: str = "") -> str:
    """The path of a field, e.g. `package.accessories[0]`."""
    path = at
    for part in loc:
        if isinstance(part, int):
            path += f"[{part}]"
        else:
            path += f".{part[:LONGEST_NAME]}" if path else part[:LONGEST_NAME]
    return path or "$"


def _names(shape: Any, loc: Sequence[int | str]) -> Iterable[str]:
    """The field names of the model at a place inside another."""
    known = _annotations(shape)
    if not loc:
        return known
    inner = known.get(str(loc[0]))
    return _names(inner, loc[1:]) if inner is not None else ()


def _annotations(shape: Any) -> Mapping[str, Any]:
    if get_origin(shape) in (Union, UnionType):
        arms = [arm for arm in get_args(shape) if arm is not type(None)]
        return _annotations(arms[0]) if len(arms) == 1 else {}
    if isinstance(shape, type) and issubclass(shape, BaseModel):
        return {name: field.annotation for name, field in shape.model_fields.items()}
    return fields_of(shape) if isinstance(shape, type) else {}
