"""What it costs to import the service, beside FastAPI alone."""

from __future__ import annotations

import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from statistics import median
from typing import Final

from benchmarks.report import Row

ROUNDS: Final = 5
CODES: Final = {
    "fastapi": "import fastapi",
    "import": "import unshackled.app",
    "build": "import unshackled.app as app;"
    " from benchmarks.service import service; service(backends='http://127.0.0.1:1',"
    " store='sqlite:///never-opened.db')",
}


def rows() -> Iterator[Row]:
    """Import, and import with every flow of the benchmark proved and every part built."""
    seen: dict[str, list[float]] = defaultdict(list)
    for _ in range(ROUNDS):
        for name, code in CODES.items():
            seen[name].append(_cpu(code))
    found = {name: median(values) for name, values in seen.items()}
    for name, what in (("import", "import of the service"), ("build", "import and build")):
        yield Row(
            what=what,
            measured=found[name],
            unit="CPU-ms",
            against="import fastapi",
            compared=found["fastapi"],
            bar=1.3,
        )


def _cpu(code: str) -> float:
    ending = "; import time; print(time.process_time())"
    said = subprocess.run(
        [sys.executable, "-c", code + ending], capture_output=True, check=True, text=True
    )
    return float(said.stdout.splitlines()[-1]) * 1e3
