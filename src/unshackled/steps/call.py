"""`call: stock.reserve`: one operation of a capability."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from unshackled.domain.documents import CREDIT_AGREEMENT, Template
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

# The documents that operations have customers sign, by the operation.
SIGNED: Final[Mapping[str, Template]] = {"agreement.sign": CREDIT_AGREEMENT}


class CallKind:
    """The kind `call`."""

    key = "call"

    def value_schema(self) -> Json:
        """The key of an operation."""
        return {"enum": sorted(k for k, op in all_operations().items() if not op.by_engine)}

    def define(self, value: Any, options: Options, library: KindContext) -> Definition:
        """A step that calls the operation; undos are the engine's business."""
        operation = one_of(value, library.operations, "operation")
        if operation.by_engine:
            does = "takes an effect back" if operation.is_undo else "answers what a provider wants"
            raise UnknownName(f"{value} {does}: the engine calls it, no step does")
        return BaseDefinition(
            kind=self.key,
            detail=value,
            entry="call",
            operation=operation,
            request=operation.request,
            output=operation.output,
            template=SIGNED.get(operation.key),
        )


KIND = CallKind()
