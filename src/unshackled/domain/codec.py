"""Frozen values to JSON and back; the canonical bytes that digests are made of."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any, Final, TypeVar, get_args, get_origin

import msgspec
import orjson
from pydantic import TypeAdapter

from unshackled.domain.facts import Fact, added_fields
from unshackled.domain.memo import Memo
from unshackled.domain.personal import dataclasses_in, fields_of
from unshackled.domain.records import Record, declared, is_record

T = TypeVar("T")


@cache
def _adapter(shape: Any) -> TypeAdapter[Any]:
    return TypeAdapter(shape)


def adapter(shape: Any) -> TypeAdapter[Any]:
    """The compiled (de)serialiser of a type, made once."""
    found: TypeAdapter[Any] = _adapter(shape)
    return found


def encode(value: object) -> Any:
    """A frozen value as JSON data (dicts, lists, strings, numbers)."""
    return orjson.loads(json_of(value))


def plain(value: object) -> Any:
    """As `encode`, but that a tuple stays a tuple: half the cost where that is no matter."""
    return msgspec.to_builtins(value, enc_hook=_foreign)


def json_of(value: object) -> bytes:
    """A frozen value as JSON text: what `encode` gives, written."""
    return _ENCODER.encode(value)


def _foreign(value: object) -> Any:
    """What only pydantic can write."""
    return adapter(type(value)).dump_python(value, mode="json")


_ENCODER: Final = msgspec.json.Encoder(enc_hook=_foreign)


def decode(shape: type[T], data: Any) -> T:
    """JSON data as a frozen value; raises `pydantic.ValidationError` naming each wrong field."""
    if issubclass(shape, Record):
        try:
            return msgspec.convert(data, shape)
        except msgspec.ValidationError:
            pass  # it stops at the first wrong field; pydantic names all of them
    decoded: T = adapter(shape).validate_python(data)
    return decoded


SIMPLE: Final = frozenset({str, int, float, bool, type(None), datetime, date, timedelta, Decimal})


@cache
def _grown(shape: type) -> bool:
    """Whether it is a record, or holds one, or has fields that came later, at any depth."""
    if issubclass(shape, Record):
        return True
    if not is_record(shape):
        return False
    if added_fields(shape):
        return True
    return any(_can_grow(annotation) for annotation in fields_of(shape).values())


def _can_grow(annotation: object) -> bool:
    """Whether a field can hold such a dataclass; what its type does not tell is looked at."""
    if isinstance(annotation, type) and get_origin(annotation) is None:
        if is_record(annotation):
            return _grown(annotation)
        return annotation in (object, Any) or issubclass(annotation, Fact)
    return any(_can_grow(arm) for arm in get_args(annotation))


@dataclasses.dataclass(init=False, repr=False, eq=False)
class _Bare:
    """Some fields of a record, in their order: so it is written as the original was.

    orjson writes a dataclass without slots by its attributes, whatever it declares. A class for
    each selection of fields would take 28 KB of memory each, and their number has no bound.
    """


def _trimmed(value: Any) -> Any:
    """The value without fields that came later and are at their default, at any depth."""
    shape: Any = value.__class__
    if shape in SIMPLE:
        return value
    if isinstance(value, dict):
        return {
            key: inner if inner.__class__ in SIMPLE else _trimmed(inner)
            for key, inner in value.items()
        }
    if isinstance(value, list | tuple):
        return [_trimmed(inner) for inner in value]
    if not _grown(shape):
        return value
    return _TRIMMED.get(value, make=lambda: _bare_of(value))


# Of a package, say, which is part of several requests.
_TRIMMED: Final[Memo[object]] = Memo()


def _bare_of(value: Any) -> object:
    """The same of a record."""
    shape: Any = value.__class__
    later = added_fields(shape)
    known = {one.name: getattr(value, one.name) for one in declared(shape)}
    kept = [name for name in known if name not in later or known[name] != later[name]]
    bare = _Bare()
    bare.__dict__ = {name: _trimmed(known[name]) for name in kept}
    return bare


def without_added(shape: type, data: Any) -> Any:
    """JSON data of a class without what came later and is at its default, at any depth."""
    return _without(shape, data, _added_json) if _grown(shape) else data


def without_defaults(shape: type, data: Any) -> Any:
    """JSON data of a class without what is at its default, at any depth."""
    return _without(shape, data, _defaults_json)


def _without(shape: type, data: Any, left_out: Callable[[type], Mapping[str, Any]]) -> Any:
    if isinstance(data, list):
        return [_without(shape, one, left_out) for one in data]
    if not isinstance(data, Mapping):
        return data
    gone, inside = left_out(shape), _inside(shape)
    return {
        name: _without(inside[name], value, left_out) if name in inside else value
        for name, value in data.items()
        if name not in gone or value != gone[name]
    }


@cache
def _added_json(shape: type) -> Mapping[str, Any]:
    return {name: encode(default) for name, default in added_fields(shape).items()}


@cache
def _defaults_json(shape: type) -> Mapping[str, Any]:
    return {one.name: encode(one.default) for one in declared(shape) if not one.required}


@cache
def _inside(shape: type) -> Mapping[str, type]:
    """The fields that hold one kind of record, or several of it."""
    found = {name: dataclasses_in(annotation) for name, annotation in fields_of(shape).items()}
    return {name: inner[0] for name, inner in found.items() if len(inner) == 1}


def _plain(value: object) -> object:
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, Decimal):
        return str(value)
    return encode(value)


def canonical(value: object) -> bytes:
    """One byte string per value: keys sorted, no white space, UTC times.

    Fields that came later (`facts.added`) are left out while they have their default, so that a
    new field changes no digest that was made before it.
    """
    return orjson.dumps(
        _trimmed(value), default=_plain, option=orjson.OPT_SORT_KEYS | orjson.OPT_UTC_Z
    )


def digest(*parts: object) -> str:
    """`sha256:` and 64 hexadecimal digits over the canonical bytes of the parts."""
    return "sha256:" + hashlib.sha256(b"\0".join(canonical(part) for part in parts)).hexdigest()
