"""What must be heard of at once, beside the list of attention: money that is not right."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from unshackled.domain.checkout import Checkout
from unshackled.domain.events import Event
from unshackled.domain.recovery_events import StepRecovered
from unshackled.domain.states import AMOUNT_DIFFERS, UNPAID
from unshackled.domain.step_events import StepInReview
from unshackled.telemetry import get_logger

ALARMS: Final = {AMOUNT_DIFFERS: "step.amount_differs", UNPAID: "step.unpaid"}
log = get_logger(__name__)


def warn_of_money(checkout: Checkout, events: Sequence[Event]) -> None:
    """One warning for each amount that differs and each order that was held back unpaid.

    And for each effect that is there after all, though a person had to look at its failure.
    """
    for event in events:
        if isinstance(event, StepRecovered):
            log.warning(
                "step.recovered",
                retailer=checkout.retailer,
                flow=checkout.flow,
                checkout=checkout.id,
                step=event.step,
                provider=checkout.steps[event.step].provider,
                was=event.was,
            )
        if isinstance(event, StepInReview) and event.code in ALARMS:
            log.warning(
                ALARMS[event.code],
                retailer=checkout.retailer,
                livemode=checkout.livemode,
                flow=checkout.flow,
                checkout=checkout.id,
                step=event.step,
                provider=checkout.steps[event.step].provider,
                differs=event.differs,
            )
