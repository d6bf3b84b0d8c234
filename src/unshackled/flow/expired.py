"""What comes too late to count: an output that had ended on arrival, a page that is over."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final, Protocol

from unshackled.domain.codec import encode
from unshackled.domain.lapse_events import StepLapsed
from unshackled.domain.states import State
from unshackled.domain.step_events import StepDelayed
from unshackled.flow.draft import Draft
from unshackled.flow.plan import PlannedStep
from unshackled.flow.unwind import let_go, stray, take_back

SLOWEST_RETRY: Final = timedelta(hours=1)


class Answered(Protocol):
    """Who answered, and when to try again."""

    @property
    def provider(self) -> str | None:
        """The provider whose answer it is."""
        ...

    @property
    def retry_at(self) -> datetime:
        """After a back-off."""
        ...


def over_on_arrival(draft: Draft, step: PlannedStep, valid_until: datetime | None) -> bool:
    """Whether an outcome stopped counting before it came, e.g. by a clock that is ahead of ours."""
    late = step.pivot or step.downstream_of_pivot
    return valid_until is not None and valid_until <= draft.now and not late


def lapsed(draft: Draft, step: PlannedStep, output: object, answer: Answered) -> None:
    """A failure of the provider: what it did is taken back, and it is asked ever less often.

    A hard search is not repeated: an approval without a future is a "no".
    """
    state, brought = draft.state(step.name), None if output is None else encode(output)
    if step.hard_search:
        let_go(draft, step, "approval_ended", brought)
    elif not step.is_effect:
        draft.emit(
            StepDelayed(
                step=step.name,
                provider=answer.provider,
                code="provider_unavailable",
                down=(),
                next_at=answer.retry_at,
            )
        )
    else:
        reference, provider = state.reference, state.provider
        waited = draft.now - (state.ready_at or draft.now)
        next_at = max(answer.retry_at, draft.now + min(waited, SLOWEST_RETRY))
        draft.emit(StepLapsed(step=step.name, code="provider_unavailable", next_at=next_at))
        if reference and provider:
            stray(draft, step, reference, provider, brought)


def page_over(draft: Draft, step: PlannedStep, answer: Answered) -> None:
    """Nobody can go on at the provider's page: before `confirm` there is a new one when wanted.

    One that was over when we got it is a failure of the provider. After `confirm`, and for an
    application that may have been searched, it is a "no".
    """
    if draft.state(step.name).state is State.RUNNING and not step.hard_search:
        lapsed(draft, step, None, answer)
    elif step.hard_search or draft.confirmed:
        let_go(draft, step, "page_expired")
    else:
        take_back(draft, step, State.PENDING, "page_expired", held=True)
