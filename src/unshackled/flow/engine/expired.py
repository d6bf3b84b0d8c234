"""What comes too late to count: an output that had ended on arrival, a page that is over."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final, Protocol

from unshackled.domain.codec import encode
from unshackled.domain.events.lapse_events import StepLapsed
from unshackled.domain.states import EXPIRED_ON_ARRIVAL, S
from unshackled.flow.engine.draft import Draft
from unshackled.flow.engine.unwind import let_go, stray, take_back
from unshackled.flow.engine.vendor_problems import gave_up
from unshackled.flow.plan.plan import PlannedStep

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

    Another provider that the step has comes first. Operators hear of it at once, and the step's
    `deadline` ends it, for no try can help where two clocks differ by more than a hold. A hard
    search is not repeated: an approval without a future is a "no".
    """
    state, brought = draft.state(step.name), None if output is None else encode(output)
    gave_up(draft, step, "expired", EXPIRED_ON_ARRIVAL, answer.provider)
    if step.hard_search:
        let_go(draft, step, "approval_ended", brought)
        return
    if step.is_effect and state.reference and state.provider:
        stray(draft, step, state.reference, state.provider, brought)
    draft.emit(_again(draft, step, answer))


def _again(draft: Draft, step: PlannedStep, answer: Answered) -> StepLapsed:
    """At another provider now, else after a pause that doubles."""
    state = draft.state(step.name)
    down = (*state.down, answer.provider) if answer.provider else state.down
    others = step.policy.left((*state.tried, *down)) if step.policy and answer.provider else ()
    waited = draft.now - (state.ready_at or draft.now)
    later = max(answer.retry_at, draft.now + min(waited, SLOWEST_RETRY))
    return StepLapsed(
        step=step.name,
        code="provider_unavailable",
        next_at=draft.now if others else later,
        down=down if others else (),
    )


def page_over(draft: Draft, step: PlannedStep, answer: Answered) -> None:
    """The provider's page leads on no more: before `confirm` there is a new one when wanted.

    One that was over when we got it is a failure of the provider. After `confirm`, and for an
    application that may have been searched, it is a "no".
    """
    if draft.state(step.name).state is S.RUNNING and not step.hard_search:
        lapsed(draft, step, None, answer)
    elif step.hard_search or draft.confirmed:
        let_go(draft, step, "page_expired")
    else:
        take_back(draft, step, S.PENDING, "page_expired", holding=True)
