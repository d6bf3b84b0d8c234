"""Frozen values to JSON and back; the canonical bytes that digests are made of."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from decimal import Decimal
from functools import cache
from typing import Any, TypeVar

import orjson
from pydantic import TypeAdapter

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
    return adapter(type(value)).dump_python(value, mode="json")


def decode(shape: type[T], data: Any) -> T:
    """JSON data as a frozen value; raises `pydantic.ValidationError` naming each wrong field."""
    decoded: T = adapter(shape).validate_python(data)
    return decoded


def _plain(value: object) -> object:
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, Decimal):
        return str(value)
    return encode(value)


def canonical(value: object) -> bytes:
    """One byte string per value: keys sorted, no white space, UTC times."""
    return orjson.dumps(value, default=_plain, option=orjson.OPT_SORT_KEYS | orjson.OPT_UTC_Z)


def digest(*parts: object) -> str:
    """`sha256:` and 64 hexadecimal digits over the canonical bytes of the parts."""
    return "sha256:" + hashlib.sha256(b"\0".join(canonical(part) for part in parts)).hexdigest()
