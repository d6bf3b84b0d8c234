"""Writes the files of a new adapter where they belong, and records its first exchanges."""

from __future__ import annotations

import asyncio
import importlib
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from unshackled.adapter_registry import find
from unshackled.authoring.recorder import renew
from unshackled.authoring.scaffold.parts import AdapterFiles, files
from unshackled.ports import CAPABILITIES


@dataclass(frozen=True, slots=True, kw_only=True)
class Scaffold:
    """Where a new adapter is: its folder and its suite."""

    folder: Path
    suite: Path


def write(
    name: str, capabilities: Sequence[str], *, shelf: Path, tests: Path | None = None
) -> Scaffold:
    """Write the adapter `name` onto a shelf, its suite into `tests` (default: beside the shelf).

    Raises `ValueError` for a name or a capability that cannot be, or where something is there,
    `ShelfError` for a shelf whose name another package has.
    """
    shelf = shelf.resolve()
    _require(name, capabilities, shelf)
    suite = (tests or shelf.parent).resolve() / f"test_{name}.py"
    folder = shelf / name
    for taken in (folder, suite):
        if taken.exists():
            raise ValueError(f"{taken.name}: is there already")
    shelf.mkdir(parents=True, exist_ok=True)
    find([shelf])  # refuses a shelf whose name is taken, before anything is written
    parts = AdapterFiles(name, capabilities)
    (folder / "contract").mkdir(parents=True)
    suite.parent.mkdir(parents=True, exist_ok=True)
    if not (shelf / "__init__.py").exists():
        (shelf / "__init__.py").write_text('"""A shelf: each package in it is one adapter."""\n')
    for file, text in files(parts):
        (folder / file).write_text(text)
    suite.write_text(parts.suite(_path_to(shelf, suite.parent)))
    asyncio.run(_record(name, shelf))
    return Scaffold(folder=folder, suite=suite)


def _require(name: str, capabilities: Sequence[str], shelf: Path) -> None:
    if not (name.isidentifier() and name.islower() and not name.startswith("_")):
        raise ValueError(f"{name}: is no name of a package, e.g. acme_pay")
    if not shelf.name.isidentifier():
        raise ValueError(f"{shelf.name}: is no name of a package, e.g. acme_shelf")
    unknown = sorted(set(capabilities) - set(CAPABILITIES))
    if unknown or not capabilities:
        known = ", ".join(sorted(CAPABILITIES))
        raise ValueError(f"{', '.join(unknown) or 'no capability'}: known are {known}")


def _path_to(shelf: Path, tests: Path) -> str:
    """An expression for the shelf's path, seen from the suite."""
    steps = Path(os.path.relpath(shelf, tests)).parts
    up = sum(step == ".." for step in steps)
    base = f"Path(__file__).parents[{up}]" if up else "Path(__file__).parent"
    return " / ".join([base, *(f'"{step}"' for step in steps if step not in ("..", "."))])


async def _record(name: str, shelf: Path) -> None:
    """One exchange of each operation with the stand-in, as the first recordings."""
    importlib.invalidate_caches()
    async for made in renew(find([shelf]), name):
        assert made.done == "new", str(made)
    # The next command of this process must see the files as they are then.
    for module in [one for one in sys.modules if one.startswith(f"{shelf.name}.{name}")]:
        del sys.modules[module]
