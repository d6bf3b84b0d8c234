"""The flows that are simulated."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

from unshackled.adapter_registry import find
from unshackled.flow.plan.plan import Plan
from unshackled.flow.plan.registry import load_flows

OWN: Final = Path(__file__).parent / "flows"
OURS: Final = ("long", "routed", *["short"] * 3, *["tiny"] * 27)


@cache
def plans(folder: Path = OWN) -> Mapping[str, Plan]:
    """Every flow of a folder by `retailer/flow`; raises `FlowMistakes`."""
    book = load_flows(folder, find())
    return {f"{plan.retailer}/{plan.name}": plan for plan in book.by_digest.values()}


def plan_for(seed: int, folder: Path = OWN) -> Plan:
    """The plan of a seed: of our own, mostly the small ones; of others, each in turn."""
    known = plans(folder)
    if folder == OWN:
        return known[f"simulated/{OURS[seed % len(OURS)]}"]
    names = sorted(known)
    return known[names[seed % len(names)]]
