"""The flows that are simulated."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

from unshackled.adapter_registry import find
from unshackled.flow.plan.plan import Plan
from unshackled.flow.plan.registry import FlowRegistry, load_flows

OWN: Final = Path(__file__).parent / "flows"
# How often each is played: mostly the smallest one, so that many are played.
OURS: Final = (
    *["simulated/long"] * 2,
    "simulated/routed",
    "simulated/held",
    *["simulated/lined"] * 2,
    *["upgrading/upgraded"] * 2,
    *["upgrading/inspected"] * 2,
    *["upgrading/on-credit"] * 2,
    *["simulated/short"] * 2,
    *["simulated/tiny"] * 18,
)


@cache
def plans(folder: Path = OWN) -> Mapping[str, Plan]:
    """Every flow of a folder that sells by `retailer/flow`; raises `FlowMistakes`."""
    return {f"{plan.retailer}/{plan.name}": plan for plan in _book(folder).plans.values()}


def cases_of(plan: Plan, folder: Path = OWN) -> tuple[Plan, ...]:
    """The case flows of the retailer whose flow it is."""
    return _book(folder).cases_of(plan.retailer)


@cache
def _book(folder: Path) -> FlowRegistry:
    return load_flows(folder, find())


def plan_for(seed: int, folder: Path = OWN) -> Plan:
    """The plan of a seed: of our own, mostly the small ones; of others, each in turn."""
    known = plans(folder)
    if folder == OWN:
        return known[OURS[seed % len(OURS)]]
    names = sorted(known)
    return known[names[seed % len(names)]]
