"""A temporary copy of the flows, and a shelf and a folder of kinds that are forgotten again."""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from unshackled import steps

ROOT = Path(__file__).parents[2]
EXAMPLE = Path(__file__).parent / "example"


@pytest.fixture
def flows(tmp_path: Path) -> Path:
    """The retailers of the repository, in a folder of the test's own."""
    return Path(shutil.copytree(ROOT / "flows", tmp_path / "flows"))


@pytest.fixture
def acme_shelf(tmp_path: Path) -> Iterator[Path]:
    """A shelf with one adapter's folder."""
    yield Path(shutil.copytree(EXAMPLE / "acme_shelf", tmp_path / "acme_shelf"))
    for name in [name for name in sys.modules if name.split(".")[0] == "acme_shelf"]:
        del sys.modules[name]


@pytest.fixture
def kinds_folder(tmp_path: Path) -> Iterator[Path]:
    """An empty folder for step kinds; afterwards only the kinds of the product are known."""
    folder, path = tmp_path / "kinds", list(steps.__path__)
    known = set(sys.modules)
    folder.mkdir()
    yield folder
    steps.__path__[:] = path
    steps.kinds.cache_clear()
    for name in {name for name in sys.modules if name not in known}:
        if str(tmp_path) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]
