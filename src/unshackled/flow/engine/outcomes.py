"""What an outcome means for its step: the one place where a provider's answer becomes events."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

from unshackled.domain.codec import decode, encode
from unshackled.domain.customer import CardChargeConsent, CreditSearchConsent
from unshackled.domain.events.consent_events import ConsentGiven
from unshackled.domain.events.step_events import (
    StepAwaited,
    StepDeclined,
    StepDelayed,
    StepFailed,
    StepInDoubt,
    StepInReview,
    StepPassed,
    StepPassedOver,
    StepReset,
)
from unshackled.domain.events.undo_events import StepUndone
from unshackled.domain.events.waiting_events import LookUpDelayed
from unshackled.domain.personal import split
from unshackled.domain.provider_problem import ProviderProblem
from unshackled.domain.records import Record
from unshackled.domain.states import AMOUNT_DIFFERS, S
from unshackled.errors import InDoubt, NotSent, ProviderError, Refused
from unshackled.flow.engine.draft import Draft
from unshackled.flow.engine.expired import lapsed, over_on_arrival, page_over
from unshackled.flow.engine.papers.recording import record_shown, record_signed, viewed
from unshackled.flow.engine.size_limits import NO_ROOM, has_room, stored_form
from unshackled.flow.engine.waiting import look_up_later, pending, redirected
from unshackled.flow.plan.personal_data.data_purposes import lacks_data
from unshackled.flow.plan.plan import PlannedStep
from unshackled.ports.amount_ranges import ReportsAmount, difference
from unshackled.ports.outcome import Absent, Declined, Found, Passed, Pending, Redirect
from unshackled.steps import InvalidInput, StepContext

# The code of an offer on other terms than the customer chose.
OTHER_TERMS: Final = "other_terms"
_VENDOR_CODE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:/-]{0,63}")


class OutcomeSource(Record):
    """An outcome with where it came from, and when to try again if it is none."""

    provider: str | None
    retry_at: datetime
    asked_at: datetime | None = None


def passed(
    draft: Draft,
    step: PlannedStep,
    outcome: Passed[object],
    provider: str | None = None,
    *,
    accepted: bool = False,
) -> None:
    """The step passes, unless its outcome reports another amount than was asked for.

    Then a person decides about it; `accepted`: a person did. The output is divided into what is
    public and what is personal.
    """
    if not accepted and (differs := reported_difference(draft, step, outcome)):
        amount_differs(draft, step, outcome, differs, provider)
        return
    public, personal = halves(outcome)
    record_signed(draft, step, outcome.output)
    draft.emit(
        StepPassed(
            step=step.name,
            output=public,
            personal=personal,
            provider=provider,
            valid_until=_counts_until(draft, step, outcome.valid_until),
        )
    )
    if isinstance(outcome.output, CreditSearchConsent | CardChargeConsent) and outcome.output.given:
        draft.emit(ConsentGiven(step=step.name, wording=outcome.output.wording))


def _counts_until(draft: Draft, step: PlannedStep, granted: datetime | None) -> datetime | None:
    """How long it counts: as its provider, or the options it was picked from, or the flow says.

    The shortest of these.
    """
    ends = [granted or _offered_until(draft, step)]
    if step.counts_for is not None:
        ends.append(draft.now + step.counts_for)
    return min((end for end in ends if end is not None), default=None)


def _offered_until(draft: Draft, step: PlannedStep) -> datetime | None:
    """What was picked counts no longer than the options it was picked from."""
    if step.definition.entry != "query_then_customer":
        return None
    return draft.state(step.name).expires_at


def halves(outcome: Passed[object]) -> tuple[dict[str, object], dict[str, object] | None]:
    """The public and the personal part of an output."""
    if outcome.output is None:
        return {}, None
    return split(type(outcome.output), encode(outcome.output))


def reported_difference(draft: Draft, step: PlannedStep, outcome: Passed[object]) -> str | None:
    """What the outcome reports otherwise than asked: by what was sent, else what would be."""
    shape = step.definition.request
    if shape is None or not step.is_effect or lacks_data(step, draft.checkout):
        return None
    sent = draft.checkout.private.requests.get(step.name)
    request = step.build(draft.checkout) if sent is None else decode(shape, sent)
    return difference(outcome.output, request, draft.checkout.currency)


def offers_otherwise(draft: Draft, step: PlannedStep, output: object) -> bool:
    """Whether a query found something else than was asked for: that is a "no"."""
    if not isinstance(output, ReportsAmount):
        return False
    request = step.build(draft.checkout)
    return difference(output, request, draft.checkout.currency) is not None


def amount_differs(
    draft: Draft,
    step: PlannedStep,
    outcome: Passed[object],
    differs: str,
    provider: str | None = None,
) -> None:
    """The effect exists, with another amount than was asked for: a person decides."""
    kept = has_room(draft.plan, draft.checkout, stored_form(outcome), step)
    public, personal = halves(outcome) if kept else (None, None)
    draft.emit(
        StepInReview(
            step=step.name,
            code=AMOUNT_DIFFERS,
            deadline_at=review_deadline(draft, step),
            output=public,
            personal=personal,
            provider=provider,
            valid_until=outcome.valid_until,
            differs=differs,
        )
    )


def review_deadline(draft: Draft, step: PlannedStep) -> datetime | None:
    """Until when a person decides about an effect.

    From the point of no return on as long as it takes: the clock takes nothing back then.
    """
    bounded = not (step.pivot or step.downstream_of_pivot or draft.pivot_sent)
    return draft.now + step.deadline if bounded and not only_once(draft) else None


def only_once(draft: Draft) -> bool:
    """Whether nobody can open a case again that a clock would end: a sale opened it by itself."""
    return draft.case is not None and draft.case.opened_by == "flow"


def apply_outcome(
    draft: Draft, step: PlannedStep, result: Found[object], answer: OutcomeSource
) -> None:
    """Fold an outcome of the step's present call."""
    if not has_room(draft.plan, draft.checkout, stored_form(result), step):
        _without_room(draft, step, answer)
    elif isinstance(result, Passed):
        _passed(draft, step, result, answer)
    elif isinstance(result, Declined):
        _declined(draft, step, result, answer)
    elif isinstance(result, Pending):
        pending(draft, step, result, answer)
    elif isinstance(result, Redirect):
        redirected(draft, step, result, answer)
    elif isinstance(result, Absent):
        _absent(draft, step, answer)


def _without_room(draft: Draft, step: PlannedStep, answer: OutcomeSource) -> None:
    """What cannot be kept is as good as unread: an effect is in doubt, and a person's to decide."""
    note_no_room(draft, step, "in_doubt", answer.provider)
    if not step.is_effect:
        draft.emit(StepFailed(step=step.name, code=NO_ROOM))
    elif draft.state(step.name).state is not S.IN_REVIEW:
        deadline_at = review_deadline(draft, step)
        draft.emit(StepInReview(step=step.name, code="in_doubt", deadline_at=deadline_at))


def note_no_room(draft: Draft, step: PlannedStep, outcome: str, provider: str | None) -> None:
    """Tell operators that a checkout is too full for an answer, or for a call."""
    state, operation = draft.state(step.name), step.definition.operation
    problem = ProviderProblem(
        at=draft.now,
        outcome=outcome,
        code=NO_ROOM,
        provider=provider or state.provider,
        operation=operation.key if operation else "",
        reference=state.reference,
        attempt=max(state.attempt, 1),
    )
    draft.note(step.name, problem)


def _passed(draft: Draft, step: PlannedStep, result: Passed[object], answer: OutcomeSource) -> None:
    if over_on_arrival(draft, step, result.valid_until):
        lapsed(draft, step, result.output, answer)
        return
    if not step.is_effect and offers_otherwise(draft, step, result.output):
        _declined(draft, step, Declined(code=OTHER_TERMS), answer)
        return
    if step.definition.entry != "query_then_customer":
        passed(draft, step, result, answer.provider)
        return
    view = StepContext(now=draft.local_now, market=draft.plan.market)
    offer = step.definition.arrive(result.output, view)
    draft.emit(
        StepAwaited(
            step=step.name, offer=offer, provider=answer.provider, expires_at=result.valid_until
        )
    )
    take_early_input(draft, step)


def take_early_input(draft: Draft, step: PlannedStep) -> None:
    """Input that was sent before its time counts now, if it still fits."""
    data = draft.checkout.private.inputs.get(step.name)
    if data is None or lacks_data(step, draft.checkout):
        return
    offer = draft.checkout.private.offers.get(step.name)
    view = viewed(draft, step, step.build(draft.checkout), offer=offer, stored=True)
    try:
        outcome = step.definition.submit(data, view)
    except InvalidInput:
        return
    if isinstance(outcome, Passed):
        record_shown(draft, step, data)
        passed(draft, step, outcome)


def _declined(draft: Draft, step: PlannedStep, result: Declined, answer: OutcomeSource) -> None:
    state = draft.state(step.name)
    operation = step.definition.operation
    if operation is not None and not operation.declinable:
        draft.emit(StepFailed(step=step.name, code=f"unexpected_decline:{result.code}"))
        return
    tried = (*state.tried, answer.provider or state.provider or "")
    vendor_code = _legible(result.vendor_code)
    waterfall = step.policy is not None and step.policy.how == "waterfall"
    if waterfall and step.policy and step.policy.left(tried):
        draft.emit(
            StepPassedOver(
                step=step.name,
                provider=tried[-1],
                code=result.code,
                tried=tried,
                vendor_code=vendor_code,
                details=result.details,
            )
        )
        return
    draft.emit(
        StepDeclined(
            step=step.name,
            code=result.code,
            provider=answer.provider,
            vendor_code=vendor_code,
            details=result.details,
        )
    )


def _legible(vendor_code: str | None) -> str | None:
    """A vendor's code as it may be written down: one word, never a sentence about a customer."""
    if vendor_code is None or _VENDOR_CODE.fullmatch(vendor_code):
        return vendor_code
    return "unreadable"


def _absent(draft: Draft, step: PlannedStep, answer: OutcomeSource) -> None:
    """It counts only when asked after the call was given up: before, it may be on its way."""
    state = draft.state(step.name)
    page_ended = state.expires_at is not None and state.expires_at <= draft.now
    if state.state is S.WAITING_CUSTOMER and page_ended:
        page_over(draft, step, answer)
    elif state.state is not S.IN_DOUBT:
        look_up_later(draft, step, answer.retry_at)
    elif (answer.asked_at or draft.now) < (state.give_up_at or draft.now):
        draft.emit(LookUpDelayed(step=step.name, next_at=state.give_up_at or draft.now))
    else:
        draft.emit(StepUndone(step=step.name, reference=None))
        if draft.checkout.canceled is None:
            down = _others_first(step, state.provider)
            draft.emit(StepReset(step=step.name, reason="never_happened", down=down))


def _others_first(step: PlannedStep, provider: str | None) -> tuple[str, ...]:
    """Where an effect never happened at a provider, the others come before it."""
    others = step.policy is not None and provider and step.policy.left((provider,))
    return (provider,) if others and provider else ()


def apply_error(
    draft: Draft, step: PlannedStep, error: ProviderError, answer: OutcomeSource
) -> None:
    """Fold the error of the step's present call."""
    query = not step.is_effect
    if draft.state(step.name).doubted and not query:
        _still_in_doubt(draft, step, error, answer)
    elif isinstance(error, Refused):
        draft.emit(StepFailed(step=step.name, code=error.code))
    elif isinstance(error, NotSent) or query:
        delay(draft, step, "provider_unavailable", answer)
    elif isinstance(error, InDoubt):
        first = draft.state(step.name).attempt <= 1
        next_at = draft.now if first else answer.retry_at
        draft.emit(StepInDoubt(step=step.name, code="in_doubt", next_at=next_at))


def _still_in_doubt(
    draft: Draft, step: PlannedStep, error: ProviderError, answer: OutcomeSource
) -> None:
    """A resend that was not sent, or refused, says nothing about what was sent before it."""
    code = "refused" if isinstance(error, Refused) else "in_doubt"
    draft.emit(StepInDoubt(step=step.name, code=code, next_at=answer.retry_at))


def delay(draft: Draft, step: PlannedStep, code: str, answer: OutcomeSource) -> None:
    """Nothing happened at this provider: the next one now, or all of them again later."""
    state = draft.state(step.name)
    down = (*state.down, answer.provider) if answer.provider else state.down
    others = step.policy.left((*state.tried, *down)) if step.policy else ()
    draft.emit(
        StepDelayed(
            step=step.name,
            provider=answer.provider,
            code=code,
            down=down if others and answer.provider else (),
            next_at=draft.now if others and answer.provider else answer.retry_at,
        )
    )
