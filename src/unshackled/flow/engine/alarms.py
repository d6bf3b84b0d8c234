"""What must be heard of at once, beside the list of attention: money that is not right."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from unshackled.domain.checkout import Checkout
from unshackled.domain.events.event import Event
from unshackled.domain.events.message_events import MessageUndelivered
from unshackled.domain.events.recovery_events import StepRecovered
from unshackled.domain.events.step_events import StepInReview
from unshackled.domain.events.waiting_events import StepLate
from unshackled.domain.states import AMOUNT_DIFFERS, UNPAID
from unshackled.telemetry import get_logger

ALARMS: Final = {AMOUNT_DIFFERS: "step.amount_differs", UNPAID: "step.unpaid"}
log = get_logger(__name__)


def warn_of_money(checkout: Checkout, events: Sequence[Event]) -> None:
    """One warning for each amount that differs and each order that was held back unpaid.

    And for each effect that is there after all, though a person had to look at its failure, and
    each message that did not reach the customer, and each promise of a provider that has passed.
    """
    for event in events:
        if isinstance(event, StepInReview) and event.code in ALARMS:
            _warn(checkout, ALARMS[event.code], event, event.step, differs=event.differs)
        elif isinstance(event, StepLate):
            _warn(checkout, "step.late", event, event.step, due_by=event.due_by)
        elif isinstance(event, StepRecovered):
            _warn(checkout, "step.recovered", event, event.step, was=event.was)
        elif isinstance(event, MessageUndelivered):
            _warn(
                checkout,
                "message.undelivered",
                event,
                event.step,
                template=event.template,
                provider=event.provider,
                reference=event.reference,
                code=event.code,
                vendor_code=event.vendor_code,
            )


def _warn(checkout: Checkout, name: str, event: Event, step: str | None, **more: Any) -> None:
    run = checkout.runs[event.run] if event.run is not None else checkout
    where = {
        "retailer": checkout.retailer,
        "livemode": checkout.livemode,
        "flow": run.flow,
        "checkout": checkout.id,
        "step": step,
        "provider": run.steps[step].provider if step is not None else None,
    }
    case = {"case": event.run} if event.run is not None else {}
    log.warning(name, **{**where, **case, **more})
