"""Sending one message once, as far as the provider's way out of doubt allows.

Calls, leases and ways out of doubt are the engine's; what is known of a message is a row of its
log, not a step. The row is written before an attempt, so a process that dies leaves a message in
doubt, never one that is forgotten or blindly repeated.
"""

from __future__ import annotations

from collections.abc import Awaitable
from datetime import datetime, timedelta
from typing import Any, Final

from unshackled.domain.checkout import Checkout, reference_of
from unshackled.domain.provider_problem import CallKind
from unshackled.domain.records import Record, replace
from unshackled.errors import Conflict, InDoubt, ProviderError, Refused, UnshackledError
from unshackled.flow.engine.doubt import SKEW, WayOut, lease_from, way_out
from unshackled.flow.engine.vendor_problems import personal_of
from unshackled.flow.language.spec import NotificationRule
from unshackled.flow.plan.notification_plan import SEND
from unshackled.flow.runtime.provider_caller import ProviderCaller, answer_of
from unshackled.outbound.retry import RetryPolicy
from unshackled.ports.call_context import Call
from unshackled.ports.notification import SendNotification
from unshackled.ports.outcome import Absent, Declined, Found, Passed, Pending
from unshackled.store.side_tables.message_log import (
    DOUBTFUL,
    FINAL,
    MessageLog,
    MessageRecord,
    MessageState,
)
from unshackled.store.stored_records import EventRow
from unshackled.telemetry import Where, get_logger, problem_of, tell_problem, whose

log = get_logger(__name__)

TIMEOUT: Final = timedelta(seconds=10)
# The follower hands the event over again, and then the row says what was tried.
ONCE: Final = RetryPolicy(attempts=1)
RACES: Final = 5


class StillInDoubt(UnshackledError):
    """A message may have been sent, and only a person can find out."""


class NotificationSender(Record):
    """Sends messages by the retailers' providers, each call as the engine makes its own."""

    caller: ProviderCaller
    messages: MessageLog

    async def send(
        self,
        event: EventRow,
        checkout: Checkout,
        rule: NotificationRule,
        letter: SendNotification | None,
    ) -> None:
        """Send unless it was; None as the letter is noted as a message that has nobody to go to.

        Raises a `ProviderError` where it should be tried again, `StillInDoubt` where that is of no
        use, `Conflict` when other processes were faster again and again.
        """
        for _ in range(RACES):
            try:
                if await self._step(event, checkout, rule, letter):
                    return
            except Conflict:  # another process is at it: what did it bring?
                continue
        raise Conflict(f"{event.id}: others send {rule.template} again and again")

    async def _step(
        self,
        event: EventRow,
        checkout: Checkout,
        rule: NotificationRule,
        letter: SendNotification | None,
    ) -> bool:
        """One look at the message and what follows from it; whether that was all."""
        known = await self.messages.read(event.id, rule.template)
        if known is None:
            state = MessageState.SENDING if letter is not None else MessageState.NO_CONTACT
            known = self._first(event, rule, state)
            await self.messages.begin(known)
        elif known.state in FINAL:
            return True
        else:
            way = self._way_out(known) if known.state in DOUBTFUL else "resend"
            if way != "resend":
                return await self._find_out(known, checkout, asks=way == "look_up")
            known = await self._again(known)
        if letter is not None:
            await self._perform(known, checkout, letter)
        return True

    def _first(self, event: EventRow, rule: NotificationRule, state: MessageState) -> MessageRecord:
        """The message, with a reference that each try of this event makes the same."""
        now = self.caller.clock.now()
        return MessageRecord(
            event=event.id,
            template=rule.template,
            retailer=event.retailer,
            checkout=event.checkout,
            provider=rule.provider,
            reference=reference_of(event.id, "notification", rule.template, 0, rule.provider),
            state=state,
            first_at=now,
            last_at=now,
            give_up_at=lease_from(now, TIMEOUT).give_up_at,
        )

    async def _again(self, known: MessageRecord) -> MessageRecord:
        """Write ahead of another attempt; what was in doubt stays so, whatever a resend says."""
        now = self.caller.clock.now()
        message = replace(
            known,
            state=MessageState.SENDING,
            doubted=known.state in DOUBTFUL,
            tries=known.tries + 1,
            last_at=now,
            give_up_at=lease_from(now, TIMEOUT).give_up_at,
        )
        await self.messages.again(known, message)
        return message

    def _way_out(self, known: MessageRecord) -> WayOut:
        doubt = self.caller.backends.doubt(known.retailer, known.provider, SEND)
        return way_out(doubt, since=known.first_at, now=self.caller.clock.now())

    async def _find_out(self, known: MessageRecord, checkout: Checkout, *, asks: bool) -> bool:
        """Ask what became of it once no process can be sending it any more."""
        left = known.give_up_at - self.caller.clock.now()
        if left > timedelta(0):
            await self.caller.clock.sleep(left.total_seconds())
            return False
        if not asks:
            await self._end(known, MessageState.IN_DOUBT, code="in_doubt")
            raise StillInDoubt(
                f"{known.provider}: {SEND}: {known.template} may have been sent, and the provider "
                "can neither be asked nor sent it again"
            )
        call = self._frame(known, checkout, send_by=known.give_up_at)
        look_up = self.caller.look_up(known.retailer, known.provider, SEND, call)
        found = await self._answer(known, checkout, look_up, "look_up")
        if isinstance(found, Absent):
            await self._end(known, MessageState.NOT_SENT, code="absent")
            return False
        await self._conclude(known, found)
        return True

    async def _perform(
        self, message: MessageRecord, checkout: Checkout, letter: SendNotification
    ) -> None:
        call = self._frame(message, checkout, send_by=lease_from(message.last_at, TIMEOUT).send_by)
        sending = self.caller.perform(
            message.retailer,
            message.provider,
            SEND,
            letter,
            call,
            policy=ONCE,
            ends_by=message.give_up_at - SKEW,
        )
        try:
            outcome = await self._answer(message, checkout, sending, "call")
        except ProviderError as error:
            await self._stumble(message, error)
            raise
        await self._conclude(message, outcome)

    async def _answer(
        self,
        message: MessageRecord,
        checkout: Checkout,
        call: Awaitable[Found[Any]],
        kind: CallKind,
    ) -> Found[Any]:
        """What a call brought; one line about it where it has no outcome."""
        try:
            return await answer_of(message.provider, call)
        except ProviderError as error:
            problem = problem_of(
                error,
                at=self.caller.clock.now(),
                provider=message.provider,
                operation=SEND,
                reference=message.reference,
                kind=kind,
                attempt=message.tries,
                personal=personal_of(checkout),
            )
            where = Where(account=message.retailer, flow=checkout.flow, checkout=message.checkout)
            tell_problem(log, None, where, problem)
            raise

    def _frame(self, message: MessageRecord, checkout: Checkout, send_by: datetime) -> Call:
        return self.caller.frame(
            message.retailer,
            message.provider,
            message.reference,
            checkout=message.checkout,
            currency=checkout.currency,
            locale=checkout.locale,
            attempt=message.tries,
            timeout=TIMEOUT,
            send_by=send_by,
            documents_url=self.caller.documents_url(checkout),
        )

    async def _conclude(self, message: MessageRecord, outcome: Found[Any]) -> None:
        """A sender that works on it (`Pending`) has taken it."""
        if isinstance(outcome, Passed | Pending):
            number = getattr(getattr(outcome, "output", None), "message", None)
            await self._end(message, MessageState.SENT, number=number)
        elif isinstance(outcome, Declined):
            await self._end(message, MessageState.DECLINED, code=outcome.code)
        else:
            await self._end(message, MessageState.REFUSED, code="unexpected_answer")
            raise Refused("unexpected answer", provider=message.provider, code="unexpected_answer")

    async def _stumble(self, message: MessageRecord, error: ProviderError) -> None:
        """A resend that was not sent, or refused, says nothing about what was sent before it."""
        if isinstance(error, InDoubt) or message.doubted:
            await self._end(message, MessageState.IN_DOUBT, code="in_doubt")
        elif isinstance(error, Refused):
            await self._end(message, MessageState.REFUSED, code=error.code)
        else:
            await self._end(message, MessageState.NOT_SENT, code="not_sent")

    async def _end(
        self,
        message: MessageRecord,
        state: MessageState,
        *,
        code: str | None = None,
        number: str | None = None,
    ) -> None:
        now = self.caller.clock.now()
        await self.messages.end(message, state, at=now, code=code, number=number)
        log.info(
            "notification.tried",
            state=str(state),
            id=message.event,
            **whose(message.retailer),
            template=message.template,
            provider=message.provider,
            tries=message.tries,
            code=code,
        )
