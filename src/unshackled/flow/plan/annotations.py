"""Annotations of fields without their wrapping."""

from __future__ import annotations

import types
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Annotated, Literal, Union, get_args, get_origin

from unshackled.domain.personal import fields_of
from unshackled.domain.records import Record


class UnwrappedType(Record, kw_only=False):
    """An annotation without its wrapping: the type inside, and whether it is a list or optional."""

    inside: object
    many: bool = False
    optional: bool = False


def unwrap(annotation: object) -> UnwrappedType:
    """Take `Annotated`, `| None` and `tuple[X, ...]` off an annotation."""
    origin, arms = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return unwrap(arms[0])
    if origin in (Union, types.UnionType):
        rest = [arm for arm in arms if arm is not types.NoneType]
        inner = unwrap(rest[0]) if len(rest) == 1 else UnwrappedType(annotation)
        return UnwrappedType(inner.inside, inner.many, optional=len(rest) < len(arms))
    if origin in (tuple, list, Sequence) and (len(arms) == 1 or arms[1:] == (...,)):
        return UnwrappedType(unwrap(arms[0]).inside, many=True)
    if origin is Literal:
        return UnwrappedType(type(arms[0]))
    return UnwrappedType(annotation)


@cache
def members_of(shape: type) -> Mapping[str, UnwrappedType]:
    """Each field of a record or dataclass without its wrapping; not to be changed."""
    return {name: unwrap(annotation) for name, annotation in fields_of(shape).items()}
