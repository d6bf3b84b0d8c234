"""Sending one message once, as far as the provider's way out of doubt allows.

Calls, leases and ways out of doubt are the engine's; what is known of a message is a row of its
log, not a step. The row is written before an attempt, so a process that dies leaves a message in
doubt, never one that is forgotten or blindly repeated.
"""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from unshackled.domain.checkout import Checkout
from unshackled.domain.provider_problem import CallKind
from unshackled.errors import Conflict, ProviderError, Refused, UnshackledError
from unshackled.events.notifications.message_rules import (
    TIMEOUT,
    UNEXPECTED,
    MessageEnd,
    action_of,
    end_of,
    end_without_answer,
    first_attempt,
    next_attempt,
)
from unshackled.flow.engine.doubt import SKEW, lease_from
from unshackled.flow.engine.vendor_problems import personal_of
from unshackled.flow.language.spec import NotificationRule
from unshackled.flow.plan.notification_plan import SEND
from unshackled.flow.runtime.provider_caller import ProviderCaller, answer_of
from unshackled.outbound.retry import RetryPolicy
from unshackled.ports.call_context import Call
from unshackled.ports.notification import SendNotification
from unshackled.ports.outcome import Absent, Found
from unshackled.store.side_tables.message_log import (
    MessageLog,
    MessageRecord,
    MessageState,
)
from unshackled.store.stored_records import EventRow
from unshackled.telemetry import Where, get_logger, problem_of, tell_problem, whose

log = get_logger(__name__)

# The follower hands the event over again, and then the row says what was tried.
ONCE: Final = RetryPolicy(attempts=1)
RACES: Final = 5


class StillInDoubt(UnshackledError):
    """A message may have been sent, and only a person can find out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationSender:
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
        known, now = await self.messages.read(event.id, rule.template), self.caller.clock.now()
        if known is None:
            message = first_attempt(event, rule, now, addressed=letter is not None)
            await self.messages.begin(message)
        else:
            doubt = self.caller.backends.doubt(known.retailer, known.provider, SEND)
            action = action_of(known, doubt, now, addressed=letter is not None)
            if action == "done":
                return True
            if action == "no_contact":
                await self._end(known, MessageEnd(state=MessageState.NO_CONTACT))
                return True
            if action != "resend":
                return await self._find_out(known, checkout, asks=action == "look_up")
            message = next_attempt(known, now)
            await self.messages.again(known, message)
        if letter is not None:
            await self._perform(message, checkout, letter)
        return True

    async def _find_out(self, known: MessageRecord, checkout: Checkout, *, asks: bool) -> bool:
        """Ask what became of it once no process can be sending it any more."""
        left = known.give_up_at - self.caller.clock.now()
        if left > timedelta(0):
            await self.caller.clock.sleep(left.total_seconds())
            return False
        if not asks:
            await self._end(known, MessageEnd(state=MessageState.IN_DOUBT, code="in_doubt"))
            raise StillInDoubt(
                f"{known.provider}: {SEND}: {known.template} may have been sent, and the provider "
                "can neither be asked nor sent it again"
            )
        call = self._frame(known, checkout, send_by=known.give_up_at)
        look_up = self.caller.look_up(known.retailer, known.provider, SEND, call)
        found = await self._answer(known, checkout, look_up, "look_up")
        if isinstance(found, Absent):
            await self._end(known, MessageEnd(state=MessageState.NOT_SENT, code="absent"))
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
            await self._end(message, end_without_answer(error, doubted=message.doubted))
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
        )

    async def _conclude(self, message: MessageRecord, outcome: Found[Any]) -> None:
        end = end_of(outcome)
        await self._end(message, end)
        if end.state is MessageState.REFUSED:
            raise Refused("unexpected answer", provider=message.provider, code=UNEXPECTED)

    async def _end(self, message: MessageRecord, end: MessageEnd) -> None:
        now = self.caller.clock.now()
        await self.messages.end(message, end.state, at=now, code=end.code, number=end.number)
        log.info(
            "notification.tried",
            state=str(end.state),
            id=message.event,
            **whose(message.retailer),
            template=message.template,
            provider=message.provider,
            tries=message.tries,
            code=end.code,
        )
