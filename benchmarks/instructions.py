"""How many instructions a process executes, by valgrind: the same on a busy machine."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

_COUNTED: Final = re.compile(r"I\s+refs:\s+([\d,]+)")


def instructions(*arguments: str) -> int:
    """Of a new interpreter with these arguments; raises `ValueError` where valgrind counts none."""
    with TemporaryDirectory() as folder:
        said = subprocess.run(
            [
                "valgrind",
                "--tool=cachegrind",
                "--cache-sim=no",
                f"--cachegrind-out-file={Path(folder) / 'out'}",
                sys.executable,
                *arguments,
            ],
            capture_output=True,
            check=True,
            text=True,
            env={**os.environ, "PYTHONHASHSEED": "0"},
        )
    found = _COUNTED.search(said.stderr)
    if found is None:
        raise ValueError(said.stderr)
    return int(found[1].replace(",", ""))
