"""docs/writing-a-store.md is true: its files are there, and its tables are all there are."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

from unshackled.domain.stored_quote import READABLE
from unshackled.store.side_tables import SideTables, deliveries, parity_counts
from unshackled.testing import store_contract

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "writing-a-store.md").read_text()


def test_every_file_that_is_named_is_there() -> None:
    """In the picture of the folder and in the text."""
    picture, text = PAGE.split("```")[1], "".join(PAGE.split("```")[2::2])
    store = ROOT / "src" / "unshackled" / "store"
    inside = re.findall(r"\w+/|\w+\.py", picture.partition("store/")[2])
    named = re.findall(r"`((?:store|tests|scripts)/[\w/]+(?:\.py)?)`", text)
    assert len(inside) > 8
    assert len(named) > 6
    for name in inside:
        assert (store / name).exists(), name
    for name in named:
        roots = (ROOT, ROOT / "src" / "unshackled")
        assert any((root / name).exists() for root in roots), name


def test_every_side_table_is_listed() -> None:
    """By the name of its Protocol, and no other; how long it is kept is said."""
    listed = re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE)
    assert sorted(listed) == sorted(SideTables.__annotations__.values())
    assert timedelta(days=30) == deliveries.RETENTION
    assert timedelta(days=91) == parity_counts.RETENTION
    assert timedelta(days=7) == READABLE


def test_the_suite_has_about_as_many_tests_as_is_said() -> None:
    """Counted by their functions."""
    said = re.search(r"some (\d+) tests", PAGE)
    assert said is not None
    tests = [name for name in dir(store_contract.StoreContract) if name.startswith("test_")]
    assert abs(len(tests) - int(said[1])) <= 10
