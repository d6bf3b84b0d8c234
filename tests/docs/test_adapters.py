"""What docs/adapters.md says of capabilities, declarations and the suite is what the code has."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from unshackled.domain.personal import dataclasses_in, fields_of
from unshackled.ports import all_operations
from unshackled.ports.operation import Operation
from unshackled.sdk import Adapter, Api

PAGE = (Path(__file__).parents[2] / "docs" / "adapters.md").read_text()
OPERATIONS = [one for one in all_operations().values() if not one.is_undo]


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: one.key)
def test_every_operation_is_told_with_its_fields(operation: Operation) -> None:
    """Request, output, how it is undone, what it follows; and the fields of the facts it holds."""
    row = next(line for line in PAGE.splitlines() if line.startswith(f"| `{operation.key}` |"))
    words = [operation.request.__name__, *fields_of(operation.request)]
    words += [operation.output.__name__, *fields_of(operation.output)]
    words += [word for word in (operation.undo, operation.follows) if word]
    assert [word for word in words if f"`{word}`" not in row] == []
    assert ("can decline" in row) is operation.declinable
    for annotation in fields_of(operation.request).values():
        for fact in dataclasses_in(annotation):
            told = next(one for one in PAGE.splitlines() if one.startswith(f"| `{fact.__name__}`"))
            assert [name for name in fields_of(fact) if f"`{name}`" not in told] == []


@pytest.mark.parametrize("kind", [Adapter, Api])
def test_every_field_of_a_declaration_is_told(kind: type) -> None:
    """By its name."""
    names = [field.name for field in dataclasses.fields(kind)]
    assert [name for name in names if f"`{name}" not in PAGE and f"{name}=" not in PAGE] == []
