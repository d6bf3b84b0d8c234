"""Handing events to a consumer: some tries, then a dead letter, then the next event.

A store or broker that is away is no fault of the event: nothing is counted, the follower waits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from unshackled.domain.clock import Clock
from unshackled.errors import BrokerUnavailable, StoreUnavailable, UnshackledError
from unshackled.events.letters import DISCARDED, OPEN, REPLAYED, Letter, Letters
from unshackled.events.port import Consumer
from unshackled.store.port import EventRow
from unshackled.telemetry import Meters, get_logger, redact_text

log = get_logger(__name__)

TRIES: Final = 5
FIRST_PAUSE: Final = 0.1
WAITING: Final = (StoreUnavailable, BrokerUnavailable)


class Delivery:
    """One consumer, its tries and its dead letters."""

    def __init__(
        self, consumer: Consumer, *, letters: Letters, clock: Clock, meters: Meters
    ) -> None:
        self._consumer = consumer
        self._letters = letters
        self._clock = clock
        self._meters = meters

    async def hand_over(self, events: Sequence[EventRow]) -> None:
        """Return once each was taken or is a dead letter; raises only what is worth waiting for."""
        for event in events:
            await self._one(event)

    async def _one(self, event: EventRow) -> None:
        begun = self._clock.now()
        for tried in range(1, TRIES + 1):
            try:
                await self._consumer.take(event)
            except WAITING:
                raise
            except Exception as error:  # noqa: BLE001 - whatever a consumer raises
                if tried == TRIES:
                    await self._bury(event, error, begun)
                else:
                    await self._clock.sleep(FIRST_PAUSE * 2 ** (tried - 1))
            else:
                self._meters.delivered(self._consumer.name, "taken")
                return

    async def _bury(self, event: EventRow, error: Exception, begun: datetime) -> None:
        letter = Letter(
            consumer=self._consumer.name,
            event=event,
            error=type(error).__qualname__,
            detail=safe(error),
            tries=TRIES,
            first_at=begun,
            last_at=self._clock.now(),
        )
        await self._letters.put(letter)
        self._meters.delivered(self._consumer.name, "dead")
        log.error("events.dead_letter", letter=letter.id, type=event.type, exc_info=error)


def safe(error: Exception) -> str:
    """The text of an error of ours, which promise to be clean; none of anybody else's."""
    return redact_text(str(error)) if isinstance(error, UnshackledError) else ""


class UnknownLetter(UnshackledError):
    """There is no such dead letter."""


class UnknownConsumer(UnshackledError):
    """Nobody consumes under this name here."""


class LetterDesk:
    """What an operator does with dead letters; everything may be done again."""

    def __init__(self, letters: Letters, consumers: Sequence[Consumer], clock: Clock) -> None:
        self.letters = letters
        self._consumers: Mapping[str, Consumer] = {one.name: one for one in consumers}
        self._clock = clock

    async def replay(self, letter_id: str) -> Letter:
        """Hand an open letter to its consumer once more; it stays open when that fails again.

        The event comes late, after others of its checkout. A letter that is not open is given back
        as it is. Raises `UnknownLetter`, `UnknownConsumer`, or what is worth waiting for.
        """
        letter = await self.read(letter_id)
        if letter.state != OPEN:
            return letter
        consumer = self._consumers.get(letter.consumer)
        if consumer is None:
            raise UnknownConsumer(f"{letter.consumer}: no such consumer here")
        try:
            await consumer.take(letter.event)
        except WAITING:
            raise
        except Exception as error:  # noqa: BLE001 - whatever a consumer raises
            failed = replace(
                letter,
                error=type(error).__qualname__,
                detail=safe(error),
                tries=1,
                last_at=self._clock.now(),
            )
            await self.letters.put(failed)
        else:
            await self.letters.close(letter_id, REPLAYED, at=self._clock.now(), tries=1)
        return await self.read(letter_id)

    async def discard(self, letter_id: str) -> Letter:
        """Close an open letter for good; one that is not open is given back as it is."""
        await self.read(letter_id)
        await self.letters.close(letter_id, DISCARDED, at=self._clock.now())
        return await self.read(letter_id)

    async def read(self, letter_id: str) -> Letter:
        """One letter; raises `UnknownLetter`."""
        letter = await self.letters.get(letter_id)
        if letter is None:
            raise UnknownLetter("no such dead letter")
        return letter
