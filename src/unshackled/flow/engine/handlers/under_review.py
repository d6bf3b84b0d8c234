"""What arrives about a step that a person looks at: recorded and shown, never dropped."""

from __future__ import annotations

from unshackled.domain.checkout import StepState
from unshackled.domain.codec import encode
from unshackled.domain.events.recovery_events import StepRecovered
from unshackled.domain.events.step_events import StepInReview
from unshackled.domain.states import AMOUNT_DIFFERS, RECOVERED
from unshackled.flow.engine.draft import Draft
from unshackled.flow.engine.outcomes import (
    OutcomeSource,
    amount_differs,
    apply_outcome,
    halves,
    reported_difference,
)
from unshackled.flow.plan.plan import PlannedStep
from unshackled.ports.outcome import Declined, Passed


def arrived(
    draft: Draft, step: PlannedStep, state: StepState, outcome: Passed[object] | Declined
) -> None:
    """Fold a final word about a step in review.

    A doubt ends with it. Otherwise the provider takes back what it said before, and since words
    may arrive in any order, none of them closes the review: the operator sees it.
    """
    if state.code == "in_doubt":
        apply_outcome(
            draft, step, outcome, OutcomeSource(provider=state.provider, retry_at=draft.now)
        )
    elif isinstance(outcome, Passed):
        _recovered(draft, step, state, outcome)
    elif state.code in (AMOUNT_DIFFERS, RECOVERED):
        draft.emit(
            StepInReview(step=step.name, code="contradiction", deadline_at=state.deadline_at)
        )


def _recovered(draft: Draft, step: PlannedStep, state: StepState, outcome: Passed[object]) -> None:
    """There is an effect after all; the same word once more changes nothing."""
    if not step.is_effect or state.reference is None:
        return
    output = None if outcome.output is None else encode(outcome.output)
    kept = draft.checkout.output(step.name)
    if state.code in (AMOUNT_DIFFERS, RECOVERED) and output == kept:
        return
    differs = reported_difference(draft, step, outcome)
    if differs is not None:
        amount_differs(draft, step, outcome, differs)
        return
    public, personal = halves(outcome)
    draft.emit(
        StepRecovered(
            step=step.name,
            was=state.code or "failed",
            output=public,
            personal=personal,
            valid_until=outcome.valid_until,
        )
    )
