"""What a provider's callback reports on a message that an event sent, not a step."""

from __future__ import annotations

from unshackled.domain.clock import Clock
from unshackled.events.notifications.repository import Messages, Stage
from unshackled.ports.outcome import Declined, Notice, Passed, Pending
from unshackled.telemetry import get_logger

log = get_logger(__name__)


class Reported:
    """Takes reports on messages; they end a doubt, and are no news of a message that was sent."""

    def __init__(self, messages: Messages, clock: Clock) -> None:
        """Nothing is read before the first report."""
        self._messages = messages
        self._clock = clock

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
            await self._messages.end(message, Stage.SENT, at=now, number=number)
        elif isinstance(outcome, Declined):
            await self._messages.declined(message, at=now, code=outcome.code)
        log.info(
            "notification.reported",
            outcome=type(outcome).__name__,
            id=message.event,
            retailer=retailer,
            template=message.template,
            provider=provider,
        )
        return True
