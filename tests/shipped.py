"""The flows in `flows/`, loaded and proved once for all tests of a process."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

from unshackled.flow.plan.registry import Book, load_flows
from unshackled.shelf import find

FLOWS: Final = Path(__file__).parents[1] / "flows"


@cache
def shipped() -> Book:
    """The three demo retailers' flows."""
    return load_flows(FLOWS, find())
