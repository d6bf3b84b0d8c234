"""Runs commands of ours: in this process, or as a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.own_logging import own_logging
from unshackled.cli.root import run

ROOT = Path(__file__).parents[2]
FLOWS = ROOT / "flows"


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandResult:
    """What a command said and how it ended."""

    code: int
    out: str
    err: str


def told(capsys: pytest.CaptureFixture[str], *arguments: object) -> CommandResult:
    """Run a command in this process."""
    capsys.readouterr()
    with own_logging():
        code = run([str(argument) for argument in arguments])
    said = capsys.readouterr()
    return CommandResult(code=code, out=said.out, err=said.err)


def environ(**changes: str) -> dict[str, str]:
    """This process's environment without settings of ours, and with `changes`."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("UNSHACKLED_")}
    return {**kept, "UNSHACKLED_FLOWS": str(FLOWS), "UNSHACKLED_STORE": "memory:", **changes}


def process(
    *arguments: object, env: Mapping[str, str] | None = None, cwd: Path = ROOT
) -> subprocess.Popen[str]:
    """Start a command as a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "unshackled", *map(str, arguments)],
        env=environ() if env is None else env,
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(child: subprocess.Popen[str]) -> CommandResult:
    """Wait for a process."""
    out, err = child.communicate(timeout=60)
    return CommandResult(code=child.returncode, out=out, err=err)
