"""What a provider's callback reports on a message that an event sent, not a step."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress

from unshackled.domain.clock import Clock
from unshackled.flow.engine import commands as c
from unshackled.flow.runtime.runner import UnknownCheckout
from unshackled.ports.outcome import Declined, Notice, Passed, Pending, Undelivered
from unshackled.store.side_tables.message_log import MessageLog, MessageRecord, MessageState
from unshackled.telemetry import get_logger, whose

log = get_logger(__name__)
Tells = Callable[[str, c.Command], Awaitable[object]]


class UndeliveredReports:
    """Takes reports on messages; they end a doubt, and are no news of a message that was sent."""

    def __init__(self, messages: MessageLog, clock: Clock, tells: Tells | None = None) -> None:
        """Nothing is read before the first report; `tells` gives a checkout a command.

        Without it a message that did not arrive is known to the log alone.
        """
        self._messages = messages
        self._clock = clock
        self._tells = tells

    async def take(self, retailer: str, provider: str, notice: Notice) -> bool:
        """Whether the message is known, and went to this retailer's provider.

        Who works on it (`Pending`) has taken it. Raises `StoreUnavailable`.
        """
        message = await self._messages.by_reference(notice.reference)
        if message is None or (message.retailer, message.provider) != (retailer, provider):
            return False
        outcome, now = notice.outcome, self._clock.now()
        if isinstance(outcome, Passed | Pending):
            number = getattr(getattr(outcome, "output", None), "message", None)
            number = number or message.message
            await self._messages.end(message, MessageState.SENT, at=now, number=number)
        elif isinstance(outcome, Declined):
            await self._messages.declined(message, at=now, code=outcome.code)
        elif isinstance(outcome, Undelivered):
            await self._messages.undelivered(message, at=now, code=outcome.code)
            await self._tell(message, outcome)
        log.info(
            "notification.reported",
            outcome=type(outcome).__name__,
            id=message.event,
            **whose(retailer),
            template=message.template,
            provider=provider,
        )
        return True

    async def _tell(self, message: MessageRecord, report: Undelivered) -> None:
        """The checkout's log says so, to every reader of its events."""
        command = c.Bounced(
            reference=message.reference,
            provider=message.provider,
            template=message.template,
            report=report,
        )
        if self._tells is not None:
            with suppress(UnknownCheckout):
                await self._tells(message.checkout, command)
