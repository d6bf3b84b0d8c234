"""Frozen values that are cheap to make, to change, to write and to read: `msgspec.Struct`.

A record answers what dataclasses are asked too (`fields`, `replace`, `is_dataclass`), and pydantic
takes it at the door and describes it: both see a dataclass of the same fields, made when first
asked for.
"""

from __future__ import annotations

import dataclasses
from abc import ABCMeta
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any, ClassVar, Final, TypeGuard, TypeVar, dataclass_transform, get_type_hints

import msgspec

T = TypeVar("T")
ADDED: Final = "added"
WITHOUT: Final = "without"
MARKS: Final = "__field_marks__"


def without(*names: str) -> Any:
    """A field of a request that holds a fact of which some fields are no part of what is asked.

    They are sent, but left out of the request's digest: correcting them asks nothing again.
    """
    return dataclasses.field(metadata={WITHOUT: names})


def added(default: T) -> T:
    """A field that came later than its class, with its default.

    It is left out of digests while it has the default: what was signed and sent before the field
    existed keeps its digest.
    """
    return dataclasses.field(default=default, metadata={ADDED: True})


class _AsDataclass:
    """What `dataclasses` looks for: the fields of the class that looks like the record."""

    def __get__(self, record: object, shape: type[Record]) -> Mapping[str, dataclasses.Field[Any]]:
        fields: Mapping[str, dataclasses.Field[Any]] = vars(twin(shape))["__dataclass_fields__"]
        return fields


class RecordMeta(msgspec.StructMeta):
    """Takes fields as dataclasses declare them; what is marked of them stands in `MARKS`."""

    def __new__(
        mcs, name: str, bases: tuple[type, ...], body: dict[str, Any], **options: Any
    ) -> type:
        """Make the class."""
        marks = {key: mark for base in bases for key, mark in getattr(base, MARKS, {}).items()}
        for key in body.get("__annotations__", {}):
            field = body.get(key)
            if isinstance(field, dataclasses.Field):
                marks |= {key: field.metadata} if field.metadata else {}
                body[key] = _declared(field)
                if field.default is field.default_factory:  # both are missing
                    del body[key]
        body[MARKS] = MappingProxyType(marks)
        return super().__new__(mcs, name, bases, body, **{"kw_only": True, **options})


def _declared(field: dataclasses.Field[Any]) -> Any:
    """The field as a struct declares it."""
    if field.default_factory is not dataclasses.MISSING:
        return msgspec.field(default_factory=field.default_factory)
    return field.default


@dataclass_transform(
    frozen_default=True,
    kw_only_default=True,
    field_specifiers=(dataclasses.field, msgspec.field),
)
class Record(
    msgspec.Struct, metaclass=RecordMeta, frozen=True, forbid_unknown_fields=True, kw_only=True
):
    """Base of frozen values with named fields; a field that is not known is refused when read."""

    __dataclass_fields__: ClassVar[Any] = _AsDataclass()

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        """Read and described as the dataclass of the same fields."""
        from pydantic_core import core_schema  # noqa: PLC0415 - only where pydantic asks

        def made(looks: Any) -> Any:
            return cls(**{name: getattr(looks, name) for name in cls.__struct_fields__})

        return core_schema.no_info_after_validator_function(
            made,
            handler.generate_schema(twin(cls)),
            serialization=core_schema.plain_serializer_function_ser_schema(plain),
        )


class _AbstractRecordMeta(RecordMeta, ABCMeta):
    """Makes records of classes with abstract methods."""


class AbstractRecord(Record, metaclass=_AbstractRecordMeta):
    """Base of records that have a class with abstract methods beside it."""


def plain(value: object) -> Any:
    """A record as JSON data, for pydantic."""
    return msgspec.json.decode(msgspec.json.encode(value))


@cache
def twin(shape: type[Record]) -> type:
    """The dataclass that a record looks like to code that knows only dataclasses."""
    hints = get_type_hints(shape, include_extras=True)
    marks, strict = getattr(shape, MARKS), shape.__struct_config__.forbid_unknown_fields
    named = [
        (one.name, hints[one.name], _as_field(one, marks.get(one.name)))
        for one in msgspec.structs.fields(shape)
    ]
    made = dataclasses.make_dataclass(
        shape.__name__,
        named,
        namespace={
            "__doc__": shape.__doc__,
            "__module__": shape.__module__,
            "__qualname__": shape.__qualname__,
            "__pydantic_config__": {"extra": "forbid"} if strict else {},
        },
        frozen=True,
        slots=True,
        kw_only=True,
    )
    made.__module__ = shape.__module__
    return made


def _as_field(one: msgspec.structs.FieldInfo, marks: Mapping[str, Any] | None) -> Any:
    if one.default is not msgspec.NODEFAULT:
        return dataclasses.field(default=one.default, metadata=marks)
    if one.default_factory is not msgspec.NODEFAULT:
        return dataclasses.field(default_factory=one.default_factory, metadata=marks)
    return dataclasses.field(metadata=marks)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """A field as its class declares it: `default` is MISSING where it must be given."""

    name: str
    default: Any
    marks: Mapping[str, Any]

    @property
    def required(self) -> bool:
        """Whether it must be given."""
        return self.default is dataclasses.MISSING


def is_record(shape: object) -> TypeGuard[type]:
    """Whether it is a class of named fields: a record, or a dataclass."""
    return isinstance(shape, RecordMeta) or (
        isinstance(shape, type) and dataclasses.is_dataclass(shape)
    )


@cache
def declared(shape: Any) -> tuple[Declared, ...]:
    """The fields of a record or of a dataclass, in order; none of any other class."""
    if isinstance(shape, RecordMeta):
        record: Any = shape
        marks = getattr(record, MARKS)
        return tuple(
            Declared(name=one.name, default=_default(one), marks=marks.get(one.name, {}))
            for one in msgspec.structs.fields(record)
        )
    if not is_record(shape):
        return ()
    return tuple(
        Declared(name=one.name, default=_default(one), marks=one.metadata)
        for one in dataclasses.fields(shape)
    )


def _default(one: Any) -> Any:
    """The default of a field, made where it is made anew for each value."""
    missing = (msgspec.NODEFAULT, dataclasses.MISSING)
    if one.default not in missing:
        return one.default
    return dataclasses.MISSING if one.default_factory in missing else one.default_factory()


def replace(value: T, /, **changes: Any) -> T:
    """The same frozen value with some fields changed, whichever kind it is."""
    if isinstance(value, msgspec.Struct):
        return msgspec.structs.replace(value, **changes)
    changed: T = dataclasses.replace(value, **changes)  # type: ignore[type-var]
    return changed
