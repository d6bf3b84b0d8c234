"""Buying in a real browser: what is installed for it, and how it is run."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from scripts.web.node import WEB, install_packages, run_node
from scripts.web.pages import build_pages

JOURNEYS = WEB / "journeys"


def run_journeys(words: Sequence[str] = (), *, folders: Sequence[str] = ("short", "long")) -> str:
    """Run those that have one of the words in their names, else all; raises `NodeFailed`.

    The answer is what the runner wrote.
    """
    build_pages()
    install_packages(JOURNEYS)
    os.environ.setdefault("UNSHACKLED", str(Path(sys.executable).with_name("unshackled")))
    chosen = [f"--test-name-pattern={word}" for word in words]
    files = [str(path) for folder in folders for path in sorted(JOURNEYS.glob(f"{folder}/*.ts"))]
    how = ["--test", "--test-isolation=none", "--test-reporter=spec", *chosen]
    return run_node([*how, *files], folder=JOURNEYS, patience=1200)
