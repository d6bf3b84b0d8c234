"""What was measured, as rows with their bars: a table to read and JSON to keep."""

from __future__ import annotations

import os
import platform
import sysconfig
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

LIBRARIES: Final = ("aiohttp", "fastapi", "httpx", "httpx-aiohttp", "orjson", "pydantic", "uvicorn")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One measured figure, in `unit`, beside what it is compared with; `bar` is the budget.

    The budget holds for the ratio where there is something to compare with, else for the figure.
    """

    what: str
    measured: float
    unit: str
    against: str = ""
    compared: float | None = None
    bar: float | None = None

    @property
    def ratio(self) -> float | None:
        """Measured by compared."""
        return self.measured / self.compared if self.compared else None

    @property
    def verdict(self) -> str:
        """Whether the budget is met."""
        if self.bar is None:
            return ""
        value = self.measured if self.ratio is None else self.ratio
        return "met" if value <= self.bar else "missed"

    def cells(self) -> tuple[str, ...]:
        """The row of the table."""
        bar = "" if self.bar is None else f"<= {self.bar:g}{'' if self.ratio is None else ' x'}"
        return (
            self.what,
            f"{self.measured:.2f} {self.unit}",
            "" if self.compared is None else f"{self.compared:.2f} {self.against}",
            "" if self.ratio is None else f"{self.ratio:.2f} x",
            bar,
            self.verdict,
        )

    def kept(self) -> dict[str, Any]:
        """The row as JSON."""
        ratio = None if self.ratio is None else round(self.ratio, 3)
        return {**asdict(self), "ratio": ratio, "verdict": self.verdict or None}


HEAD: Final = ("what", "measured", "compared with", "ratio", "budget", "")


def table(rows: Sequence[Row]) -> str:
    """The rows, aligned."""
    cells = [HEAD, *(row.cells() for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(HEAD))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in cells
    )


def document(rows: Sequence[Row], seconds: float) -> dict[str, Any]:
    """The results file."""
    return {
        "measured_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds": round(seconds),
        "machine": machine(),
        "load_average": os.getloadavg()[1],
        "python": python(),
        "libraries": {name: version(name) for name in LIBRARIES},
        "results": [row.kept() for row in rows],
    }


def python() -> str:
    """The interpreter, and how it was built: an optimized one takes a fifth less CPU."""
    optimized = "--enable-optimizations" in (sysconfig.get_config_var("CONFIG_ARGS") or "")
    built = "built with" if optimized else "built without"
    return f"{platform.python_version()}, {built} --enable-optimizations"


def machine() -> str:
    """The processor as Linux names it, and how many of its cores we may use."""
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    model = next((line.partition(":")[2].strip() for line in lines if "model name" in line), "?")
    return f"{model}, {os.cpu_count()} cores, {platform.system()}"
