"""Sending one message once, as far as the provider's way out of doubt allows.

Before an attempt its row is written, so a process that dies leaves a message in doubt, never one
that is forgotten or blindly repeated.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final

from unshackled.domain.checkout import Checkout, reference_of
from unshackled.domain.clock import Clock
from unshackled.errors import Conflict, InDoubt, ProviderError, Refused, UnshackledError
from unshackled.flow.engine.vendor_problems import personal_of
from unshackled.flow.language.spec import NotificationRule
from unshackled.flow.plan.notification_plan import SEND
from unshackled.flow.runtime.backend_port import Backends
from unshackled.ports.call_context import Call
from unshackled.ports.notification import SendNotification
from unshackled.ports.operation import Doubt
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
SEND_WITHIN: Final = timedelta(seconds=5)
# The provider's guard bounds each call; this only catches one that does not come back at all.
GRACE: Final = timedelta(seconds=2)
RACES: Final = 5


class StillInDoubt(UnshackledError):
    """A message may have been sent, and only a person can find out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationSender:
    """Sends messages by the retailers' providers; `public_url` is our address as they see it."""

    backends: Backends
    messages: MessageLog
    clock: Clock
    public_url: str

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
        elif known.state in DOUBTFUL and not self._honoured(known):
            return await self._find_out(known, checkout)
        else:
            known = await self._again(known)
        if letter is not None:
            await self._perform(known, checkout, letter)
        return True

    def _first(self, event: EventRow, rule: NotificationRule, state: MessageState) -> MessageRecord:
        """The message, with a reference that each try of this event makes the same."""
        now = self.clock.now()
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
            give_up_at=now + SEND_WITHIN + TIMEOUT,
        )

    async def _again(self, known: MessageRecord) -> MessageRecord:
        """Write ahead of another attempt; what was in doubt stays so, whatever a resend says."""
        now = self.clock.now()
        message = replace(
            known,
            state=MessageState.SENDING,
            doubted=known.state in DOUBTFUL,
            tries=known.tries + 1,
            last_at=now,
            give_up_at=now + SEND_WITHIN + TIMEOUT,
        )
        await self.messages.again(known, message)
        return message

    def _honoured(self, known: MessageRecord) -> bool:
        """Whether the sender would take a resend for the same message."""
        lifetime = self._way(known).key_lifetime
        return lifetime is not None and self.clock.now() - known.first_at < lifetime

    def _way(self, known: MessageRecord) -> Doubt:
        return self.backends.doubt(known.retailer, known.provider, SEND)

    async def _find_out(self, known: MessageRecord, checkout: Checkout) -> bool:
        """Ask what became of it once no process can be sending it any more."""
        left = known.give_up_at - self.clock.now()
        if left > timedelta(0):
            await self.clock.sleep(left.total_seconds())
            return False
        if not self._way(known).lookup:
            await self._end(known, MessageState.IN_DOUBT, code="in_doubt")
            raise StillInDoubt(
                f"{known.provider}: {SEND}: {known.template} may have been sent, and the provider "
                "can neither be asked nor sent it again"
            )
        asked = self.backends.look_up(
            known.retailer, known.provider, SEND, self._frame(known, checkout)
        )
        found = await _bounded(known.provider, asked)
        if isinstance(found, Absent):
            await self._end(known, MessageState.NOT_SENT, code="absent")
            return False
        await self._conclude(known, found)
        return True

    async def _perform(
        self, message: MessageRecord, checkout: Checkout, letter: SendNotification
    ) -> None:
        call = self._frame(message, checkout)
        sending = self.backends.perform(message.retailer, message.provider, SEND, letter, call)
        try:
            outcome = await _bounded(message.provider, sending)
        except ProviderError as error:
            problem = problem_of(
                error,
                at=self.clock.now(),
                provider=message.provider,
                operation=SEND,
                reference=message.reference,
                attempt=message.tries,
                personal=personal_of(checkout),
            )
            of_message = Where(
                account=message.retailer, flow=checkout.flow, checkout=message.checkout
            )
            tell_problem(log, None, of_message, problem)
            await self._stumble(message, error)
            raise
        await self._conclude(message, outcome)

    def _frame(self, message: MessageRecord, checkout: Checkout) -> Call:
        where = f"{message.retailer}/{message.provider}"
        return Call(
            reference=message.reference,
            checkout=message.checkout,
            currency=checkout.currency,
            locale=checkout.locale,
            callback_url=f"{self.public_url}/v1/callbacks/{where}",
            return_url=f"{self.public_url}/v1/returns/{message.reference}",
            attempt=message.tries,
            timeout=TIMEOUT,
            send_by=message.last_at + SEND_WITHIN,
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
        await self.messages.end(message, state, at=self.clock.now(), code=code, number=number)
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


async def _bounded(provider: str, request: Awaitable[Found[Any]]) -> Found[Any]:
    """The answer; whatever an adapter breaks with is a doubt, without its text: maybe personal."""
    try:
        async with asyncio.timeout((TIMEOUT + GRACE).total_seconds()):
            return await request
    except ProviderError:
        raise
    except TimeoutError:
        raise InDoubt("gave up waiting", provider=provider, reason="timeout") from None
    except Exception as broken:  # noqa: BLE001 - whatever an adapter raises
        text = f"adapter broke: {type(broken).__name__}"
        raise InDoubt(text, provider=provider, reason="adapter_broken") from None
