"""Writes the tables of docs/adapter-reference.md: operations, values, codes, modules, the call."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import pkgutil
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Final

from scripts.flow_tables import BLOCK, keys, named, said, table
from unshackled import sdk
from unshackled.authoring.scaffold.shapes import bare, nested, optional
from unshackled.domain.personal import dataclasses_in, fields_of
from unshackled.ports import all_operations
from unshackled.ports.call_context import Call
from unshackled.ports.operation import Operation
from unshackled.sdk import ports
from unshackled.sdk.standin import Scenario
from unshackled.testing.adapter_contract import CODES

PAGE: Final = Path(__file__).parents[1] / "docs" / "adapter-reference.md"


def real() -> list[Operation]:
    """Every operation that is no undo, by its key."""
    return [one for _, one in sorted(all_operations().items()) if not one.by_engine]


def operations() -> str:
    """Each operation with its request, its output and what it declares."""
    head = ("operation", "its request", "its output", "")
    return table(
        head,
        (
            (f"`{one.key}`", shape(one.request), shape(one.output), ", ".join(declared(one)))
            for one in real()
        ),
    )


def facts() -> str:
    """Each value that a request or an output holds, with its fields."""
    held: set[type] = set()
    for one in real():
        for whole in (one.request, one.output):
            for annotation in fields_of(whole).values():
                for inner in dataclasses_in(annotation):
                    held |= {*nested(inner)}
    rows = ((f"`{one.__name__}`", fields(one)) for one in sorted(held, key=lambda x: x.__name__))
    return table(("value", "fields"), rows)


def shape(whole: type) -> str:
    """A request or an output by its name and its fields."""
    return f"`{whole.__name__}`: {fields(whole) or 'nothing'}"


def fields(whole: type) -> str:
    """Its fields; those that may be None have a question mark."""
    return ", ".join(
        f"`{name}`{'?' * (optional(bare(annotation)) is not None)}"
        for name, annotation in fields_of(whole).items()
    )


def declared(one: Operation) -> Iterator[str]:
    """What an operation declares, in words."""
    yield "effect" if one.effect else "query"
    if one.undo:
        yield f"undone by `{one.undo}`"
    if one.declinable:
        yield "can decline"
    if one.follows:
        yield f"follows `{one.follows}`"
    if one.of_sale:
        yield "of the sale's " + " or ".join(f"`{name}`" for name in one.of_sale)


def declines() -> str:
    """The vocabulary of declines."""
    return named(sorted(CODES))


def modules() -> str:
    """Each module that an adapter may import, with its first sentence and its public names."""
    names = [
        sdk.__name__,
        *(f"{sdk.__name__}.{one.name}" for one in pkgutil.iter_modules(sdk.__path__)),
    ]
    rows = [(f"`{name}`", *_module(importlib.import_module(name))) for name in names]
    return table(("module", "what it is", "its names"), rows)


def _module(module: ModuleType) -> tuple[str, str]:
    """A module's first sentence and its names: those it lists, else those that it defines."""
    told = (module.__doc__ or "").split("\n")[0].rstrip(".")
    if module is ports:
        return told, "every request, output and [value](#values)"
    found = getattr(module, "__all__", None) or [
        name
        for name, one in vars(module).items()
        if not name.startswith("_")
        and (inspect.isclass(one) or inspect.isfunction(one))
        and one.__module__ == module.__name__
    ]
    return told, named(sorted(found))


def call() -> str:
    """The fields of a call's frame."""
    rows = []
    for field in dataclasses.fields(Call):
        default = field.default
        shown = "required" if default is dataclasses.MISSING else said(default)
        rows.append((f"`{field.name}`", f"`{field.type}`".replace("|", "\\|"), shown))
    return table(("field", "type", "default"), rows)


TABLES: Final[Mapping[str, Callable[[], str]]] = {
    "capabilities": operations,
    "facts": facts,
    "declines": declines,
    "modules": modules,
    "call": call,
    "switches": lambda: keys(Scenario),
}


def page(text: str) -> str:
    """The text with every table as it should be; raises `KeyError` for an unknown marker."""

    def made(found: re.Match[str]) -> str:
        return f"<!-- made: {found[1]} -->\n{TABLES[found[1]]()}\n<!-- end -->"

    return BLOCK.sub(made, text)


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text()))
    sys.exit(0)
