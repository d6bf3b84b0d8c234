"""Handing events to a consumer: some tries, then a dead letter, then the next event.

What a broker refused once, it would refuse again: such an event is not tried twice.

A store or broker that is away is no fault of the event: nothing is counted, the follower waits.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from unshackled.domain.clock import Clock
from unshackled.errors import BrokerRefused, BrokerUnavailable, StoreUnavailable, UnshackledError
from unshackled.events.event_ports import Bulk, Choosy, Consumer
from unshackled.outbound.retry import RetryPolicy
from unshackled.store.side_tables.dead_letters import DeadLetterSink, LetterRecord
from unshackled.store.stored_records import EventRow
from unshackled.telemetry import Meters, get_logger, redact_text

log = get_logger(__name__)

TRIES: Final = 5
PAUSES: Final = RetryPolicy(initial=timedelta(seconds=0.1), maximum=timedelta(seconds=1))
WAITING: Final = (StoreUnavailable, BrokerUnavailable)


class DeliveryAttempts:
    """One consumer, its tries and its dead letters."""

    def __init__(
        self,
        consumer: Consumer,
        *,
        letters: DeadLetterSink,
        clock: Clock,
        meters: Meters,
        taken: str = "taken",
    ) -> None:
        """`taken` is how a metric calls what the consumer took."""
        self._consumer = consumer
        self._choosy = consumer if isinstance(consumer, Choosy) else None
        self._letters = letters
        self._clock = clock
        self._meters = meters
        self._taken = taken

    async def hand_over(self, events: Sequence[EventRow]) -> None:
        """Return once each was taken or is a dead letter; raises only what is worth waiting for."""
        if await self._all(events):
            return
        concerning = [event for event in events if self._concerns(event)]
        if others := len(events) - len(concerning):
            self._meters.delivered(self._consumer.name, self._taken, others)
        for event in concerning:
            await self._one(event)

    def portion(self, events: Sequence[EventRow], begin: int) -> int:
        """Where one hand-over that begins there ends: with the first event that takes its time."""
        following = range(begin, len(events))
        return next((at + 1 for at in following if self._concerns(events[at])), len(events))

    def _concerns(self, event: EventRow) -> bool:
        """Whether the consumer must see it; one that cannot say is given it, and fails then."""
        if self._choosy is None:
            return True
        try:
            return self._choosy.concerns(event)
        except Exception:  # noqa: BLE001 - a consumer is anybody's code
            return True

    async def _all(self, events: Sequence[EventRow]) -> bool:
        """Whether the consumer took all at once; else one by one finds the event at fault."""
        if len(events) < 2 or not isinstance(self._consumer, Bulk):
            return False
        try:
            await self._consumer.take_all(events)
        except WAITING:
            raise
        except Exception as error:
            log.info("events.one_by_one", consumer=self._consumer.name, exc_info=error)
            return False
        self._meters.delivered(self._consumer.name, self._taken, len(events))
        return True

    async def _one(self, event: EventRow) -> None:
        begun = self._clock.now()
        for tried in range(1, TRIES + 1):
            try:
                await self._consumer.take(event)
            except WAITING:
                raise
            except Exception as error:  # noqa: BLE001 - whatever a consumer raises
                if tried == TRIES or isinstance(error, BrokerRefused):
                    await self._bury(event, error, begun, tried)
                    return
                await self._clock.sleep(PAUSES.ceiling(tried).total_seconds())
            else:
                self._meters.delivered(self._consumer.name, self._taken)
                return

    async def _bury(self, event: EventRow, error: Exception, begun: datetime, tries: int) -> None:
        letter = LetterRecord(
            consumer=self._consumer.name,
            event=event,
            error=type(error).__qualname__,
            detail=safe(error),
            tries=tries,
            first_at=begun,
            last_at=self._clock.now(),
        )
        await self._letters.add(letter)
        self._meters.delivered(self._consumer.name, "dead")
        log.error("events.dead_letter", letter=letter.id, type=event.type, exc_info=error)


def safe(error: Exception) -> str:
    """The text of an error of ours, which promise to be clean; none of a library's."""
    return redact_text(str(error)) if isinstance(error, UnshackledError) else ""
