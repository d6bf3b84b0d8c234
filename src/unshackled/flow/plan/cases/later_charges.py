"""Charges of a case to the payment of its sale: whether one is due, was taken, or did not go."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from unshackled.domain.run_records import StepState
from unshackled.domain.states import NOT_TAKEN, UNSUCCESSFUL, WITH_EFFECT, S
from unshackled.flow.plan.plan import Plan

CHARGES: Final = "payment.charge_amount"


def is_charged(plan: Plan, steps: Mapping[str, StepState]) -> bool:
    """Whether the payment of the sale is charged by a step of a case, was, or still may be."""
    state = _charge(plan, steps)
    return state is not None and state.state not in NOT_TAKEN


def not_charged(plan: Plan, steps: Mapping[str, StepState]) -> bool:
    """Whether it was tried and did not go, so that a person has to see to it.

    What may have gone, or went otherwise than asked, is not that.
    """
    state = _charge(plan, steps)
    if state is None:
        return False
    looked_at = state.state is S.IN_REVIEW and state.code not in WITH_EFFECT
    return looked_at or state.state in UNSUCCESSFUL


def _charge(plan: Plan, steps: Mapping[str, StepState]) -> StepState | None:
    """How the step stands that charges; None in a flow without."""
    for name, step in plan.steps.items():
        operation = step.definition.operation
        if operation is not None and operation.key == CHARGES:
            return steps.get(name)
    return None
