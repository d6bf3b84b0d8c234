"""Finds adapters by folder: each direct sub-package of a shelf is one adapter.

A shelf is a package named by an entry point in group `unshackled.adapters`, or a folder that the
caller hands in. Listing imports no adapter; `load` imports the one that is wanted.
"""

from __future__ import annotations

import importlib
import importlib.machinery
import importlib.util
import pkgutil
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from unshackled.domain.records import Record
from unshackled.entry_points import entry_points_of
from unshackled.errors import UnshackledError
from unshackled.sdk import Adapter

if TYPE_CHECKING:
    from unshackled.sdk.standin import StandIn

GROUP = "unshackled.adapters"


class ShelfError(UnshackledError):
    """A shelf or an adapter on it that cannot be used; the service does not start."""


class AdapterRegistry(Record):
    """The adapters at hand: `modules` by the adapters' names, `places` where the shelves are."""

    modules: Mapping[str, str]
    places: tuple[Path, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Every adapter's name, sorted."""
        return tuple(sorted(self.modules))

    def load(self, name: str) -> Adapter:
        """The adapter of that name, imported now.

        Raises `ShelfError` naming what is known, or what is wrong with the adapter.
        """
        adapter = getattr(self._import(name), "ADAPTER", None)
        if not isinstance(adapter, Adapter):
            raise ShelfError(
                f"adapter {name}: {self.modules[name]} has no `ADAPTER = Adapter(...)`"
            )
        return adapter

    def folder(self, name: str) -> Path | None:
        """Where the adapter's files are; None where it is no folder."""
        where = getattr(self._import(name), "__file__", None)
        return Path(where).parent if where else None

    def has_stand_in(self, name: str) -> bool:
        """Whether the adapter brings a stand-in backend, a `fake.py`."""
        return importlib.util.find_spec(f"{self._import(name).__name__}.fake") is not None

    def stand_in(self, name: str) -> StandIn:
        """A fresh stand-in backend of the adapter, from `make()` in its `fake.py`.

        Raises `ShelfError` where it cannot be made.
        """
        module = self._import(name, "fake")
        try:
            stand_in: StandIn = module.make()
        except Exception as error:
            kind = type(error).__name__
            raise ShelfError(f"adapter {name}: its stand-in: {kind}: {error}") from error
        return stand_in

    def _import(self, name: str, part: str = "") -> ModuleType:
        if name not in self.modules:
            raise ShelfError(f"adapter {name}: unknown; known are {', '.join(self.names)}")
        module = f"{self.modules[name]}.{part}" if part else self.modules[name]
        try:
            return importlib.import_module(module)
        except Exception as error:
            kind = type(error).__name__
            raise ShelfError(
                f"adapter {name}: {module} does not import: {kind}: {error}"
            ) from error


def find(folders: Sequence[Path] = ()) -> AdapterRegistry:
    """Every adapter on the installed shelves and in the folders.

    A folder is imported as a package of its own name. Raises `ShelfError` where a name is on two
    shelves, or a shelf cannot be found.
    """
    modules: dict[str, str] = {}
    packages = {**_installed(), **_in_folders(folders)}
    for package, places in packages.items():
        for name, module in _adapters(package, places):
            twin = modules.setdefault(name, module)
            if twin != module:
                raise ShelfError(f"adapter {name}: is on two shelves, as {twin} and as {module}")
    everywhere = (Path(place) for places in packages.values() for place in places)
    return AdapterRegistry(modules=modules, places=tuple(everywhere))


def _installed() -> dict[str, Sequence[str]]:
    found: dict[str, Sequence[str]] = {}
    for package in sorted({entry.value for entry in entry_points_of(GROUP)}):
        spec = importlib.util.find_spec(package)
        if spec is None or spec.submodule_search_locations is None:
            raise ShelfError(f"shelf {package}: is no package")
        found[package] = list(spec.submodule_search_locations)
    return found


def _in_folders(folders: Iterable[Path]) -> dict[str, Sequence[str]]:
    return {_as_package(folder.resolve()): [str(folder.resolve())] for folder in folders}


def _as_package(folder: Path) -> str:
    """Make a folder importable under its own name, beside whatever is on the path."""
    if not folder.is_dir() or not folder.name.isidentifier():
        raise ShelfError(f"shelf {folder}: is no folder with a name that Python can import")
    taken = sys.modules.get(folder.name) or importlib.util.find_spec(folder.name)
    if taken is None:
        spec = importlib.machinery.ModuleSpec(folder.name, None, is_package=True)
        spec.submodule_search_locations = [str(folder)]
        sys.modules[folder.name] = importlib.util.module_from_spec(spec)
    elif str(folder) not in _places(taken):
        raise ShelfError(f"shelf {folder}: another module is called {folder.name} already")
    return folder.name


def _places(taken: ModuleType | importlib.machinery.ModuleSpec) -> list[str]:
    spec = taken.__spec__ if isinstance(taken, ModuleType) else taken
    return list(spec.submodule_search_locations or ()) if spec else []


def _adapters(package: str, places: Iterable[str]) -> Iterator[tuple[str, str]]:
    for found in pkgutil.iter_modules(list(places)):
        if found.ispkg and not found.name.startswith("_"):
            yield found.name, f"{package}.{found.name}"
