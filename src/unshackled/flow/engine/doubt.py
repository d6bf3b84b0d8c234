"""The way out of doubt, and how long to wait before the next try."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import Literal

from unshackled.domain.checkout import Checkout
from unshackled.domain.records import Record, replace
from unshackled.flow.plan.plan import PlannedStep
from unshackled.outbound.retry import RetryPolicy
from unshackled.ports.operation import Doubt

SEND_WITHIN = timedelta(seconds=5)
# How far the clocks of two replicas may be apart: nobody doubts another's call sooner.
SKEW = timedelta(seconds=3)
WayOut = Literal["resend", "look_up", "manual"]
SLOWEST = timedelta(hours=1)
# The pauses between attempts; before the pivot a customer may be waiting.
BEFORE_PIVOT = RetryPolicy(initial=timedelta(milliseconds=500), maximum=timedelta(seconds=30))
AFTER_PIVOT = replace(BEFORE_PIVOT, maximum=SLOWEST)


class Lease(Record):
    """Until when a call may be sent, and from when on anyone may doubt it."""

    send_by: datetime
    give_up_at: datetime


def lease_from(now: datetime, timeout: timedelta) -> Lease:
    """The lease that is written ahead of a call that may take so long."""
    send_by = now + SEND_WITHIN
    return Lease(send_by=send_by, give_up_at=send_by + timeout + SKEW)


def way_out(
    doubt: Doubt, *, since: datetime, now: datetime, wanted: bool = True, refused: bool = False
) -> WayOut:
    """Resend while the backend honours our key, else ask, else a person decides.

    `since` is when the effect was first sent. One that is not `wanted` any more is asked for first:
    a resend might make it happen. So is one whose resend was `refused`.
    """
    taken = doubt.key_lifetime is not None and not refused
    fresh = taken and now - since < (doubt.key_lifetime or timedelta(0))
    if doubt.lookup and not (wanted and fresh):
        return "look_up"
    return "resend" if fresh else "manual"


def retry_at(step: PlannedStep, attempt: int, now: datetime, random: Random) -> datetime:
    """When a step is tried again; before the pivot a customer may be waiting."""
    policy = AFTER_PIVOT if step.downstream_of_pivot else BEFORE_PIVOT
    return now + policy.pause(attempt + 1, random)


def given_up_by(checkout: Checkout, step: PlannedStep, reference: str) -> datetime:
    """When the call of an effect that is taken back was over at the latest.

    That its backend knows no such effect counts only from then on, as for a look-up: before, what
    we sent may be on its way to where it looks.
    """
    state, since = checkout.steps[step.name], checkout.undos[reference].since
    sent = state.first_sent_at if state.reference == reference else since
    return (sent or since or checkout.created_at) + SEND_WITHIN + step.timeout
