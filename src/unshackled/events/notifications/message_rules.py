"""What follows from what is known of a message: decided here, done by the sender.

The ways out of doubt are the engine's; `addressed` says whether there is a letter to send: the
customer's contact may be missing, or may have been erased since.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final, Literal

from unshackled.domain.checkout import reference_of
from unshackled.domain.records import Record, replace
from unshackled.errors import InDoubt, ProviderError, Refused
from unshackled.flow.engine.doubt import lease_from, way_out
from unshackled.flow.language.spec import NotificationRule
from unshackled.ports.operation import Doubt
from unshackled.ports.outcome import Declined, Found, Passed, Pending
from unshackled.store.side_tables.message_log import (
    DOUBTFUL,
    FINAL,
    MessageRecord,
    MessageState,
)
from unshackled.store.stored_records import EventRow

Action = Literal["done", "no_contact", "resend", "look_up", "manual"]
TIMEOUT: Final = timedelta(seconds=10)
UNEXPECTED: Final = "unexpected_answer"


class MessageEnd(Record):
    """What an attempt or a look-up came to; `number` is the message's at its sender."""

    state: MessageState
    code: str | None = None
    number: str | None = None


def action_of(known: MessageRecord, doubt: Doubt, now: datetime, *, addressed: bool) -> Action:
    """What to do about a message that was begun before."""
    if known.state in FINAL:
        return "done"
    if known.state not in DOUBTFUL:
        return "resend" if addressed else "no_contact"
    way = way_out(doubt, since=known.first_at, now=now, wanted=addressed)
    return "manual" if way == "resend" and not addressed else way


def first_attempt(
    event: EventRow, rule: NotificationRule, now: datetime, *, addressed: bool
) -> MessageRecord:
    """The message, with a reference that each try of this event makes the same."""
    return MessageRecord(
        event=event.id,
        template=rule.template,
        retailer=event.retailer,
        checkout=event.checkout,
        provider=rule.provider,
        reference=reference_of(event.id, "notification", rule.template, 0, rule.provider),
        state=MessageState.SENDING if addressed else MessageState.NO_CONTACT,
        first_at=now,
        last_at=now,
        give_up_at=lease_from(now, TIMEOUT).give_up_at,
    )


def next_attempt(known: MessageRecord, now: datetime) -> MessageRecord:
    """The message in another attempt; what was in doubt stays so, whatever a resend says."""
    return replace(
        known,
        state=MessageState.SENDING,
        doubted=known.state in DOUBTFUL,
        tries=known.tries + 1,
        last_at=now,
        give_up_at=lease_from(now, TIMEOUT).give_up_at,
    )


def end_of(outcome: Found[Any]) -> MessageEnd:
    """What an answer says; a sender that works on it (`Pending`) has taken it."""
    if isinstance(outcome, Passed | Pending):
        return MessageEnd(state=MessageState.SENT, number=number_of(outcome))
    if isinstance(outcome, Declined):
        return MessageEnd(state=MessageState.DECLINED, code=outcome.code)
    return MessageEnd(state=MessageState.REFUSED, code=UNEXPECTED)


def end_without_answer(error: ProviderError, *, doubted: bool) -> MessageEnd:
    """A resend that was not sent, or refused, says nothing about what was sent before it."""
    if isinstance(error, InDoubt) or doubted:
        return MessageEnd(state=MessageState.IN_DOUBT, code="in_doubt")
    if isinstance(error, Refused):
        return MessageEnd(state=MessageState.REFUSED, code=error.code)
    return MessageEnd(state=MessageState.NOT_SENT, code="not_sent")


def number_of(outcome: object) -> str | None:
    """The message's number at its sender, where the outcome has one."""
    number: str | None = getattr(getattr(outcome, "output", None), "message", None)
    return number
