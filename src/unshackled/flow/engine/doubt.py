"""The way out of doubt, and how long to wait before the next try."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Literal

from unshackled.domain.checkout import Checkout, StepState
from unshackled.flow.plan.plan import PlannedStep
from unshackled.outbound.retry import RetryPolicy
from unshackled.ports.operation import Doubt

SEND_WITHIN = timedelta(seconds=5)
WayOut = Literal["resend", "look_up", "manual"]
SLOWEST = timedelta(hours=1)
# The pauses between attempts; before the pivot a customer may be waiting.
BEFORE_PIVOT = RetryPolicy(initial=timedelta(milliseconds=500), maximum=timedelta(seconds=30))
AFTER_PIVOT = replace(BEFORE_PIVOT, maximum=SLOWEST)


def way_out(doubt: Doubt, state: StepState, now: datetime, *, wanted: bool) -> WayOut:
    """Resend while the backend honours our key, else ask, else a person decides.

    An effect that is not wanted any more is asked for first: a resend might make it happen. So is
    one whose resend was refused.
    """
    since = state.first_sent_at or now
    taken = doubt.key_lifetime is not None and state.code != "refused"
    fresh = taken and now - since < (doubt.key_lifetime or timedelta(0))
    if doubt.lookup and not (wanted and fresh):
        return "look_up"
    return "resend" if fresh else "manual"


def given_up_by(checkout: Checkout, step: PlannedStep, reference: str) -> datetime:
    """When the call of an effect that is taken back was over at the latest.

    That its backend knows no such effect counts only from then on, as for a look-up: before, what
    we sent may be on its way to where it looks.
    """
    state, since = checkout.steps[step.name], checkout.undos[reference].since
    sent = state.first_sent_at if state.reference == reference else since
    return (sent or since or checkout.created_at) + SEND_WITHIN + step.timeout
