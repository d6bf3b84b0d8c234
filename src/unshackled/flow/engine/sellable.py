"""The door: which parts a flow takes in a package, and what is wrong with a selection of others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache

from unshackled.domain.package import Selection
from unshackled.domain.pricing import DUE_TODAY
from unshackled.domain.selection import SelectionFault
from unshackled.flow.language.spec import LATER, PARTS, Sold
from unshackled.flow.plan.plan import Plan
from unshackled.ports.operation import Carried, Collected


def not_sold(
    plan: Plan, selection: Selection, before: Selection | None = None
) -> tuple[SelectionFault, ...]:
    """Every part that the flow does not sell, and every part it requires that is not there.

    A flow that was stored before flows said what they sell takes what its steps carry and collect;
    what was in the package `before` and stays as it is, is let be there.
    """
    here = [part for part in PARTS if getattr(selection, part)]
    if plan.sells is None and before is not None:
        here = [part for part in here if getattr(selection, part) != getattr(before, part)]
    return (*_problems(sold(plan), here), *_of_upgrade(plan, selection))


def _of_upgrade(plan: Plan, selection: Selection) -> Iterator[SelectionFault]:
    """An upgrade goes with the flows that read it, and with no other."""
    if plan.upgrades is (selection.upgrade is not None):
        return
    code = "part_required" if plan.upgrades else "part_not_sold"
    yield SelectionFault(path="package.upgrade", code=code, allowed=tuple(sold(plan)))


def sold(plan: Plan) -> Mapping[Carried, Sold]:
    """The parts that the flow sells, and whether each must be there."""
    return plan.sells if plan.sells is not None else _derived(plan)


def _problems(sells: Mapping[Carried, Sold], here: list[Carried]) -> Iterator[SelectionFault]:
    for part in PARTS:
        code = None
        if part in here and part not in sells:
            code = "part_not_sold"
        elif part not in here and sells.get(part) == "required":
            code = "part_required"
        if code is not None:
            yield SelectionFault(path=f"package.{part}", code=code, allowed=tuple(sells))


def _derived(plan: Plan) -> Mapping[Carried, Sold]:
    operations = [step.definition.operation for step in plan.steps.values()]
    done = [one for one in operations if one is not None]
    carried = frozenset[Carried]().union(*(one.carries for one in done))
    collected = frozenset[Collected]().union(*(one.collects for one in done))
    return {part: "optional" for part in PARTS if part in carried and _prices(part) <= collected}


@cache
def _prices(part: Carried) -> frozenset[Collected]:
    """The prices that a part can bring."""
    today = frozenset[Collected](("due_today",)) if part in DUE_TODAY else frozenset[Collected]()
    return today | ({LATER[part]} if part in LATER else frozenset())
