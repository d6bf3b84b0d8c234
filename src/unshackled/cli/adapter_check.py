"""Runs the suites of adapters and tells each promise's verdict."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

# The reports are pytest's own, written a moment ago.
from xml.etree import ElementTree as ET

NAMED = re.compile(r"^\s*adapter(?:\s*:[^=\n]*)?\s*=\s*[\"'](\w+)[\"']", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class AdapterVerdict:
    """One promise of one adapter; `why` is empty where it is kept."""

    adapter: str
    promise: str
    why: str = ""

    @property
    def holds(self) -> bool:
        """Whether it holds."""
        return not self.why

    def __str__(self) -> str:
        line = f"{self.adapter:<16}{'kept' if self.holds else 'BROKEN':<8}{self.promise}"
        return line if self.holds else f"{line}\n{'':<24}{self.why}"


def default_folder() -> Path:
    """Where suites are by default: `contract-tests`, else here."""
    return Path("contract-tests") if Path("contract-tests").is_dir() else Path()


def check(names: Collection[str], folder: Path) -> Iterator[AdapterVerdict]:
    """The verdicts of the named adapters' suites in a folder, or of all; `ValueError` if none."""
    if find_spec("pytest") is None or find_spec("pytest_asyncio") is None:
        raise ValueError("adapters check: needs pytest and pytest-asyncio")
    suites = _suites(folder)
    for name in names or sorted(suites):
        if name not in suites:
            raise ValueError(f'{name}: no suite in {folder} says `adapter = "{name}"`')
        yield from _run(name, suites[name])


def _suites(folder: Path) -> dict[str, list[Path]]:
    found: dict[str, list[Path]] = {}
    for path in sorted(folder.rglob("test_*.py")):
        if any(part.startswith(".") or part == "site-packages" for part in path.parts):
            continue
        for name in set(NAMED.findall(path.read_text())):
            found.setdefault(name, []).append(path)
    if not found:
        raise ValueError(f"{folder}: no suite of an adapter there")
    return found


def _run(name: str, suites: list[Path]) -> Iterator[AdapterVerdict]:
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
        command += ["-o", "asyncio_mode=auto", f"--junitxml={report}", *map(str, suites)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
        if not report.is_file():
            said = (done.stdout + done.stderr).strip().splitlines() or ["pytest did not run"]
            yield AdapterVerdict(adapter=name, promise="the suite runs", why=said[-1])
            return
        cases = list(ET.parse(report).iter("testcase"))  # noqa: S314
    if not cases:
        yield AdapterVerdict(adapter=name, promise="the suite runs", why="it has no test")
    for case in cases:
        wrong = next((one for kind in ("failure", "error") for one in case.iter(kind)), None)
        why = "" if wrong is None else (wrong.get("message") or "failed").splitlines()[0][:300]
        yield AdapterVerdict(adapter=name, promise=_words(case.get("name", "")), why=why)


def _words(test: str) -> str:
    """`it passes (GBP)` of `test_it_passes[GBP]`."""
    name, _, case = test.removeprefix("test_").partition("[")
    return name.replace("_", " ") + (f" ({case.removesuffix(']')})" if case else "")
