"""A request that a provider refused as it is: other data begins it anew, without a person."""

from __future__ import annotations

from unshackled.domain.checkout import StepState
from unshackled.domain.states import UNPAID, WITH_EFFECT, State
from unshackled.flow.plan import PlannedStep


def refused(step: PlannedStep, state: StepState) -> bool:
    """Whether a person looks at a call before `confirm` that has no effect behind it.

    A sent hard search is not among them: it is never repeated, whatever became of it.
    """
    if step.definition.operation is None or step.downstream_of_confirm or step.hard_search:
        return False
    return state.state is State.IN_REVIEW and state.code not in {*WITH_EFFECT, UNPAID}
