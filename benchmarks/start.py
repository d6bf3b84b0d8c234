"""What it costs to import the service, beside FastAPI alone."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Final

from benchmarks.instructions import instructions
from benchmarks.report import Row
from unshackled.testing.known_keys import MASTER_KEY

ROUNDS: Final = 5
FLOWS: Final = str(Path(__file__).parent / "flows")
BUILD: Final = (
    "import unshackled.app as app; from pathlib import Path;"
    " from unshackled.settings import ServiceSettings;"
    " app.build(ServiceSettings(demo=True, flows=Path({flows!r}), store='sqlite:///never-opened.db',"
    f" master_key={MASTER_KEY!r}, proofs=Path({{proofs!r}})))"
)
BARS: Final = {"import": 1.5, "warm": 2.5}
WHAT: Final = {
    "import": "import of the service",
    "cold": "import, proofs and build",
    "warm": "import and build, flows proved before",
}


def rows() -> Iterator[Row]:
    """Import; import, proofs of the benchmark's flows and build, proved now and proved before."""
    seen: dict[str, list[float]] = defaultdict(list)
    counted: dict[str, float] = {}
    with TemporaryDirectory() as folder:
        codes = {
            "fastapi": "import fastapi",
            "import": "import unshackled.app",
            "cold": BUILD.format(flows=FLOWS, proofs="off"),
            "warm": BUILD.format(flows=FLOWS, proofs=folder),
        }
        cpu(codes["warm"])
        for _ in range(ROUNDS):
            for name, code in codes.items():
                seen[name].append(cpu(code))
        if shutil.which("valgrind"):
            counted = {name: instructions("-c", code) / 1e6 for name, code in codes.items()}
    found = {name: median(values) for name, values in seen.items()}
    yield from _compared(found, "CPU-ms")
    if counted:
        yield from _compared(counted, "M instructions")


def _compared(found: Mapping[str, float], unit: str) -> Iterator[Row]:
    for name, what in WHAT.items():
        yield Row(
            what=what,
            measured=found[name],
            unit=unit,
            against="import fastapi",
            compared=found["fastapi"],
            bar=BARS.get(name),
        )


def cpu(code: str) -> float:
    """The CPU-milliseconds of a new interpreter that runs the code."""
    ending = "; import time; print(time.process_time())"
    said = subprocess.run(
        [sys.executable, "-c", code + ending], capture_output=True, check=True, text=True
    )
    return float(said.stdout.splitlines()[-1]) * 1e3
