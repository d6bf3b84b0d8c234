"""A checkout as two JSON documents: what is public, and what erasing takes away.

Fields at their default are left out, so a default of the snapshot's classes never changes its
meaning. Without its personal part a checkout still loads: see `ERASED` and `NOTHING`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import MISSING, fields
from functools import cache
from typing import Any, Final

import orjson
from pydantic import ValidationError

from unshackled.domain.checkout import Checkout
from unshackled.domain.codec import adapter
from unshackled.domain.personal import dataclasses_in, fields_of, is_personal, merge, split
from unshackled.errors import StoreError

Json = Any
Path = tuple[str, ...]

ERASED: Final = "erased"  # what a required personal field reads as, once erased
NOTHING: Final = b"{}"  # what erasing writes over the personal part


def dump(checkout: Checkout) -> tuple[bytes, bytes]:
    """The public and the personal part, each a JSON object."""
    whole = adapter(Checkout).dump_python(checkout, mode="json", exclude_defaults=True)
    public, personal = split(Checkout, whole)
    return orjson.dumps(public), orjson.dumps(personal)


def parse(public: bytes | str, personal: bytes | str) -> Checkout:
    """The checkout of two parts; raises `StoreError` naming each wrong field, never its value."""
    whole = merge(orjson.loads(public), orjson.loads(personal))
    for path in required_personal(Checkout):
        _fill(whole, path)
    try:
        checkout: Checkout = adapter(Checkout).validate_python(whole)
    except ValidationError as error:
        wrong = [".".join(map(str, found["loc"])) for found in error.errors(include_input=False)]
        raise StoreError(f"a stored snapshot cannot be read: {', '.join(wrong)}") from None
    return checkout


@cache
def required_personal(shape: type) -> tuple[Path, ...]:
    """Where a personal field without a default lies in a dataclass, at any depth."""
    return tuple(_required(shape))


def _required(shape: type) -> Iterator[Path]:
    optional = {
        field.name
        for field in fields(shape)
        if field.default is not MISSING or field.default_factory is not MISSING
    }
    for name, annotation in fields_of(shape).items():
        if is_personal(annotation):
            yield from () if name in optional else [(name,)]
        else:
            for inner in dataclasses_in(annotation):
                yield from ((name, *path) for path in required_personal(inner))


def _fill(whole: dict[str, Json], path: Path) -> None:
    """Mark the field as erased where what it belongs to is still there."""
    *way, last = path
    part: Json = whole
    for name in way:
        part = part.get(name) if isinstance(part, Mapping) else None
    if isinstance(part, dict):
        part.setdefault(last, ERASED)
