"""The types that conditions are checked against, made from the classes that the facts are.

Loaded when a condition is checked: protobuf's descriptors take their time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any, Final

from google.protobuf import descriptor_pb2, descriptor_pool  # type: ignore[import-untyped]

from unshackled.domain.records import is_record
from unshackled.flow.plan.annotations import UnwrappedType, members_of

_F: Final = descriptor_pb2.FieldDescriptorProto
_SCALARS: Final[Mapping[type, int]] = {
    bool: _F.TYPE_BOOL,
    int: _F.TYPE_INT64,
    float: _F.TYPE_DOUBLE,
    Decimal: _F.TYPE_DOUBLE,
    str: _F.TYPE_STRING,
    date: _F.TYPE_STRING,
    datetime: _F.TYPE_STRING,
    timedelta: _F.TYPE_STRING,
}


def scalar(kind: object) -> int | None:
    """The wire type of a scalar; None for anything else."""
    if isinstance(kind, type) and issubclass(kind, Enum):
        return int(_F.TYPE_STRING)
    return _SCALARS.get(kind) if isinstance(kind, type) else None


@dataclass(slots=True)
class CelTypes:
    """Message types by name; two classes of one name get different ones."""

    file: Any = field(
        default_factory=lambda: descriptor_pb2.FileDescriptorProto(name="flow", syntax="proto3")
    )
    names: dict[type, str] = field(default_factory=dict)
    fields: dict[str, list[str]] = field(default_factory=dict)

    def message(self, name: str, members: Mapping[str, UnwrappedType]) -> str:
        """Declare a message type by its fields; what has no CEL type is left out."""
        while name in self.fields:
            name += "_"
        self.fields[name] = []
        made = self.file.message_type.add(name=name)
        for number, (key, unwrapped) in enumerate(members.items(), start=1):
            kind, owner = self._kind(unwrapped.inside)
            if kind is None:
                continue
            self.fields[name].append(key)
            label = _F.LABEL_REPEATED if unwrapped.many else _F.LABEL_OPTIONAL
            made.field.add(name=key, number=number, label=label, type=kind, type_name=owner)
        return name

    def of(self, shape: type, name: str | None = None) -> str:
        """The message type of a class of facts, by the class's name where no other is given."""
        if shape not in self.names:
            self.names[shape] = name or shape.__name__
            self.names[shape] = self.message(name or shape.__name__, members_of(shape))
        return self.names[shape]

    def _kind(self, inside: object) -> tuple[int | None, str | None]:
        if is_record(inside):
            return _F.TYPE_MESSAGE, f".{self.of(inside)}"
        return scalar(inside), None

    def pool(self) -> Any:
        """A descriptor pool with every message type."""
        pool = descriptor_pool.DescriptorPool()
        pool.Add(self.file)
        return pool
