"""When the goods leave, as the answer about a checkout tells it: promised, then done."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from pydantic import Field

from unshackled.domain.checkout import Checkout
from unshackled.domain.states import State
from unshackled.flow.plan.plan import Plan, PlannedStep
from unshackled.http.described import Described
from unshackled.ports.orders import OrderDispatched
from unshackled.ports.stock import StockReserved

Json = Any


class DispatchRef(Described):
    """When the goods leave: the day that is promised, then the moment when they did."""

    promised: date | None = Field(
        description="The day from which all of it can be sent, of goods on back order or pre-order;"
        " after the order the day that the shop promises for its dispatch, which may move."
    )
    dispatched_at: datetime | None
    tracking: str | None = Field(description="The carrier's number, where it is told.")


def dispatch(plan: Plan, checkout: Checkout) -> dict[str, Json] | None:
    """What is known; None where the goods are there and nobody waits for their dispatch."""
    left = _output(plan, checkout, OrderDispatched)
    promised = promised_day(plan, checkout)
    if left is None and promised is None:
        return None
    return {
        "promised": promised,
        "dispatched_at": left["dispatched_at"] if left else None,
        "tracking": left.get("tracking") if left else None,
    }


def promised_day(plan: Plan, checkout: Checkout) -> date | None:
    """The shop's newest word: of the order's dispatch, else of the reservation."""
    for step in plan.steps.values():
        state = checkout.steps[step.name]
        waits = state.state is State.WAITING_PROVIDER and _is_dispatch(step)
        if waits and state.due_by is not None:
            return plan.local(state.due_by).date()
    held = _output(plan, checkout, StockReserved)
    day = held.get("promised") if held else None
    return None if day is None else date.fromisoformat(day)


def _is_dispatch(step: PlannedStep) -> bool:
    shape = step.definition.output
    return shape is not None and issubclass(shape, OrderDispatched)


def _output(plan: Plan, checkout: Checkout, fact: type) -> Json:
    for step in plan.steps.values():
        shape = step.definition.output
        passed = checkout.steps[step.name].state is State.PASSED
        if passed and shape is not None and issubclass(shape, fact):
            return checkout.output(step.name)
    return None
