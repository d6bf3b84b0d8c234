"""`call: stock.reserve`: one operation of a capability."""

from __future__ import annotations

from typing import Any

from unshackled.ports import all_operations
from unshackled.steps import (
    BaseDefinition,
    Definition,
    Json,
    KindContext,
    Options,
    UnknownName,
    one_of,
)


class CallKind:
    """The kind `call`."""

    key = "call"

    def value_schema(self) -> Json:
        """The key of an operation."""
        return {"enum": sorted(k for k, op in all_operations().items() if not op.is_undo)}

    def define(self, value: Any, options: Options, library: KindContext) -> Definition:
        """A step that calls the operation; undos are the engine's business."""
        operation = one_of(value, library.operations, "operation")
        if operation.is_undo:
            raise UnknownName(f"{value} takes an effect back: the engine calls it, no step does")
        return BaseDefinition(
            kind=self.key,
            detail=value,
            entry="call",
            operation=operation,
            request=operation.request,
            output=operation.output,
        )


KIND = CallKind()
