"""A request that a provider refused as it is: other data begins it anew, without a person.

A person looks at it meanwhile, for the refusal may be about us, e.g. about our key. Whatever it is
about, nothing was done, so the customer may go another way until the order is being placed.
"""

from __future__ import annotations

from unshackled.domain.checkout import StepState
from unshackled.domain.states import DATA_REFUSED, UNPAID, WITH_EFFECT, S
from unshackled.flow.engine.draft import Draft
from unshackled.flow.plan.plan import PlannedStep


def refused(step: PlannedStep, state: StepState) -> bool:
    """Whether a person looks at a call before the pivot that has no effect behind it."""
    if step.definition.operation is None or step.pivot or step.downstream_of_pivot:
        return False
    return state.state is S.IN_REVIEW and state.code not in {*WITH_EFFECT, UNPAID}


def refused_after_yes(draft: Draft, step: PlannedStep) -> bool:
    """Whether it was refused once the customer had said yes: other data takes their yes back."""
    if not draft.confirmed or draft.closed or draft.pivot_sent:
        return False
    return refused(step, draft.state(step.name))


def mendable(step: PlannedStep, code: str | None) -> bool:
    """Whether other data helps where the step is declined.

    Where a decline ends the checkout, one that is only about what the customer wrote does not.
    """
    return step.on_decline == "edit" or (step.on_decline == "end" and code == DATA_REFUSED)
