"""A message that did not reach the customer: noted, and sent another way where the flow has one."""

from __future__ import annotations

from unshackled.domain.events.message_events import MessageUndelivered
from unshackled.domain.events.step_events import StepReset
from unshackled.domain.states import S
from unshackled.flow.engine import commands as c
from unshackled.flow.engine.draft import Draft
from unshackled.flow.plan.personal_data.data_purposes import lacks_data
from unshackled.flow.plan.plan import PlannedStep
from unshackled.ports.outcome import Undelivered

SEND = "notification.send"
# Policies whose providers are in an order: the next one is another way to the same customer.
ORDERED = frozenset({"first", "waterfall"})


def undelivered(draft: Draft, reference: str, report: Undelivered) -> None:
    """Fold a report about a message that a step sent, now or in an earlier attempt."""
    sent = _sent(draft, reference)
    if sent is None or reference in draft.checkout.undelivered:
        return
    name, provider = sent
    draft.emit(
        MessageUndelivered(
            reference=reference,
            provider=provider,
            code=report.code,
            vendor_code=report.vendor_code,
            step=name,
        )
    )
    step, state = draft.plan.steps[name], draft.state(name)
    tried = (*state.tried, provider)
    present = state.reference == reference and state.state is S.PASSED
    if present and _another_way(draft, step, tried):
        draft.emit(StepReset(step=name, reason="undelivered", tried=tried))


def refused_message(draft: Draft, step: PlannedStep) -> bool:
    """Send a message that its provider refused by the next one; whether there is one.

    E.g. to a customer who opted out of text messages: a letter may still reach them.
    """
    state, operation = draft.state(step.name), step.definition.operation
    message = operation is not None and operation.key == SEND
    if not message or state.state is not S.FAILED or state.provider is None:
        return False
    tried = (*state.tried, state.provider)
    if not _another_way(draft, step, tried):
        return False
    draft.emit(StepReset(step=step.name, reason="undelivered", tried=tried))
    return True


def bounced(draft: Draft, command: c.Bounced) -> None:
    """Fold a report about a message that a rule of the retailer's `notifications` sent."""
    if command.reference in draft.checkout.undelivered:
        return
    draft.emit(
        MessageUndelivered(
            reference=command.reference,
            provider=command.provider,
            code=command.report.code,
            vendor_code=command.report.vendor_code,
            template=command.template,
        )
    )


def _sent(draft: Draft, reference: str) -> tuple[str, str] | None:
    """The step that sent it, and by which provider."""
    for name, state in draft.checkout.steps.items():
        if state.reference == reference and state.provider:
            return name, state.provider
    past = draft.checkout.past.get(reference)
    return (past.step, past.provider) if past is not None else None


def _another_way(draft: Draft, step: PlannedStep, tried: tuple[str, ...]) -> bool:
    """Whether another provider comes after those; not while an order is just being placed."""
    policy, checkout = step.policy, draft.checkout
    if policy is None or policy.how not in ORDERED or not policy.left(tried):
        return False
    if lacks_data(step, checkout):
        return False
    return checkout.canceled is None and (draft.pivot_sent or not draft.confirmed)
