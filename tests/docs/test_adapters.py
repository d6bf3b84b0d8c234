"""What the pages about adapters say of capabilities and declarations is what the code has."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from scripts import adapter_tables
from unshackled.ports import all_operations
from unshackled.sdk import Adapter, Api, ports

DOCS = Path(__file__).parents[2] / "docs"
GUIDE = (DOCS / "adapters.md").read_text()
PAGE = (DOCS / "adapter-reference.md").read_text()


def test_the_tables_of_the_reference_are_what_the_code_says() -> None:
    """`make docs` writes them: operations, the values that they hold, codes, modules, the call."""
    assert adapter_tables.page(PAGE) == PAGE
    assert "<!-- made" not in GUIDE
    for name in adapter_tables.TABLES:
        assert f"<!-- made: {name} -->" in PAGE
    for operation in all_operations().values():
        assert (
            operation.by_engine or f"| `{operation.key}` | `{operation.request.__name__}`" in PAGE
        )
    values = [line.split("`")[1] for line in adapter_tables.facts().splitlines()[2:]]
    assert [name for name in values if not hasattr(ports, name)] == []


@pytest.mark.parametrize("kind", [Adapter, Api])
def test_every_field_of_a_declaration_is_told(kind: type) -> None:
    """By its name."""
    names = [field.name for field in dataclasses.fields(kind)]
    assert [name for name in names if f"`{name}" not in GUIDE and f"{name}=" not in GUIDE] == []
