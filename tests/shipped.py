"""The flows in `flows/`, loaded and proved once for all tests of a process."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

from unshackled.adapter_registry import find
from unshackled.flow.plan.registry import FlowRegistry, load_flows

FLOWS: Final = Path(__file__).parents[1] / "flows"


@cache
def shipped() -> FlowRegistry:
    """The three demo retailers' flows."""
    return load_flows(FLOWS, find())
