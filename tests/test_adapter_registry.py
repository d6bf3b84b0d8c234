"""Adapters are found by folder."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from unshackled.adapter_registry import AdapterRegistry, ShelfError, find

ADAPTER = """
from unshackled.sdk import Adapter, Settings
from .client import connect
ADAPTER = Adapter(title="Acme", settings=Settings, connect=connect, ports={})
"""
CLIENT = "def connect(settings, http):\n    return http\n"
FAKE = "from unshackled.sdk.standin import StandIn\ndef make():\n    return StandIn(name='acme')\n"


@pytest.fixture
def folder(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    """A folder with one adapter, under a name of its own; forgotten after the test."""
    shelf = tmp_path / f"shelf_of_{request.node.name}"
    put(shelf / "acme", __init__=ADAPTER, client=CLIENT, fake=FAKE)
    yield shelf
    for name in [name for name in sys.modules if name.split(".")[0] == shelf.name]:
        del sys.modules[name]


def put(package: Path, **files: str) -> None:
    package.mkdir(parents=True)
    for name, text in files.items():
        (package / f"{name}.py").write_text(text)


def test_the_installed_shelf_is_listed_without_importing_an_adapter() -> None:
    """Listing finds the bundled adapters by the entry point and imports none of them."""
    before = set(sys.modules)
    shelf = find()
    assert {f"unshackled_adapters.{name}" for name in shelf.names} == set(shelf.modules.values())
    assert not {name for name in set(sys.modules) - before if name in shelf.modules.values()}


def test_an_adapter_in_a_folder_is_one_folder_and_nothing_else(folder: Path) -> None:
    """A folder handed in adds its adapter and stand-in with no line changed elsewhere."""
    shelf = find([folder])
    assert shelf.load("acme").title == "Acme"
    assert shelf.stand_in("acme").name == "acme"


def test_every_stand_in_is_fresh(folder: Path) -> None:
    """Two stand-ins of one adapter share no state."""
    shelf = find([folder])
    assert shelf.stand_in("acme").ledger is not shelf.stand_in("acme").ledger


def test_a_folder_can_be_handed_in_twice(folder: Path) -> None:
    """Naming the same folder again is harmless."""
    assert find([folder, folder]).names == find([folder]).names


def test_plain_modules_and_private_packages_are_no_adapters(folder: Path) -> None:
    """Only public sub-packages of a shelf count."""
    put(folder / "_shared", __init__="")
    (folder / "notes.py").write_text("")
    assert {"_shared", "notes"}.isdisjoint(find([folder]).names)


def test_a_name_on_two_shelves_stops_the_start(tmp_path: Path, folder: Path) -> None:
    """The error names both modules."""
    second = tmp_path / "second_shelf"
    put(second / "acme", __init__=ADAPTER)
    try:
        with pytest.raises(ShelfError, match=rf"{folder.name}\.acme and as second_shelf\.acme"):
            find([folder, second])
    finally:
        del sys.modules["second_shelf"]


def test_an_unknown_name_says_what_is_known(folder: Path) -> None:
    """Asking for an adapter that is not there lists those that are."""
    with pytest.raises(ShelfError, match=r"^adapter acne: unknown; known are .*acme"):
        find([folder]).load("acne")


def test_a_broken_adapter_says_what_is_wrong(folder: Path) -> None:
    """An adapter that fails to import, or has no ADAPTER, is named with its module."""
    put(folder / "broken", __init__="import no_such_thing_at_all")
    put(folder / "empty", __init__="")
    shelf = find([folder])
    with pytest.raises(ShelfError, match=r"broken does not import: ModuleNotFoundError"):
        shelf.load("broken")
    with pytest.raises(ShelfError, match=r"\.empty has no `ADAPTER = Adapter"):
        shelf.load("empty")
    with pytest.raises(ShelfError, match=r"empty\.fake does not import"):
        shelf.stand_in("empty")


@pytest.mark.parametrize("name", ["not-a-name", "missing", "json"])
def test_a_folder_that_cannot_be_a_package_is_refused(tmp_path: Path, name: str) -> None:
    """A bad name, a missing folder, or the name of another module is an error at start-up."""
    if name != "missing":
        (tmp_path / name).mkdir()
    with pytest.raises(ShelfError, match=f"shelf .*{name}"):
        find([tmp_path / name])


def test_a_shelf_can_be_made_by_hand() -> None:
    """A shelf is a mapping of names to modules, so a test needs no installed package."""
    assert AdapterRegistry(modules={"b": "x.b", "a": "x.a"}).names == ("a", "b")
