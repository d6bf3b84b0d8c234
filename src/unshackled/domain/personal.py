"""The mark of personal data, and the one place that acts on it.

`Personal[str]` marks a field once, in its type. Store, logs, spans, events and API
ask `split` which part of a value may leave the personal part of a snapshot.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any, Final, TypeVar, Union, get_args, get_origin, get_type_hints

from unshackled.domain.records import declared, is_record

Json = Any
T = TypeVar("T")


class _Mark:
    """The annotation that `Personal[...]` carries."""

    def __repr__(self) -> str:
        return "PERSONAL"


PERSONAL: Final = _Mark()
Personal = Annotated[T, PERSONAL]


def _is_union(annotation: object) -> bool:
    return get_origin(annotation) in (Union, types.UnionType)


def is_personal(annotation: object) -> bool:
    """Whether a field's annotation carries the mark, `Personal[str] | None` included."""
    if get_origin(annotation) is Annotated and PERSONAL in get_args(annotation)[1:]:
        return True
    if _is_union(annotation):
        return any(is_personal(arm) for arm in get_args(annotation))
    return False


@cache
def fields_of(shape: Any) -> Mapping[str, Any]:
    """Each field of a record or dataclass with its resolved annotation, marks kept."""
    names = [field.name for field in declared(shape)]
    hints = get_type_hints(shape, include_extras=True) if names else {}
    return {name: hints[name] for name in names}


def dataclasses_in(annotation: object) -> tuple[type, ...]:
    """The records an annotation can hold: itself, the arms of a union, the items of a tuple.

    A dataclass is as good as one.
    """
    if isinstance(annotation, type) and is_record(annotation):
        return (annotation,)
    return tuple(found for arm in get_args(annotation) for found in dataclasses_in(arm))


@cache
def has_personal(shape: type) -> bool:
    """Whether any field of a dataclass, at any depth, is marked."""
    return any(
        is_personal(annotation) or any(has_personal(inner) for inner in dataclasses_in(annotation))
        for annotation in fields_of(shape).values()
    )


def _inside(annotation: object) -> type | None:
    """The dataclass a field holds directly, `None` beside it allowed; None for anything else."""
    arms = [arm for arm in get_args(annotation) if arm is not types.NoneType]
    only = arms[0] if _is_union(annotation) and len(arms) == 1 else annotation
    return only if isinstance(only, type) and is_record(only) else None


@cache
def _marked(shape: type) -> Mapping[str, type | None]:
    """The fields that hold anything personal: the dataclass to divide, or None: hide it whole."""
    return {
        name: None if is_personal(annotation) else _inside(annotation)
        for name, annotation in fields_of(shape).items()
        if is_personal(annotation) or any(map(has_personal, dataclasses_in(annotation)))
    }


def split(shape: type, data: Mapping[str, Json]) -> tuple[dict[str, Json], dict[str, Json]]:
    """Divide the JSON of a dataclass into what is public and what is personal.

    A list, a mapping or a choice of types that holds anything personal is personal as a whole.
    """
    public: dict[str, Json] = dict(data)
    personal: dict[str, Json] = {}
    for name, inner in _marked(shape).items():
        if name not in data:
            continue
        value = data[name]
        if inner is None or not (value is None or isinstance(value, dict)):
            personal[name] = public.pop(name)
        elif value is not None:
            public[name], hidden = split(inner, value)
            personal |= {name: hidden} if hidden else {}
    return public, personal


def merge(public: Mapping[str, Json], personal: Mapping[str, Json]) -> dict[str, Json]:
    """Put the two halves of `split` together again."""
    whole = dict(public)
    for name, value in personal.items():
        mine = whole.get(name)
        both = mine is not None and isinstance(value, Mapping) and isinstance(mine, Mapping)
        whole[name] = merge(mine, value) if both else value  # type: ignore[arg-type]
    return whole
