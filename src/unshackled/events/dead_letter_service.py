"""What an operator does with dead letters."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from unshackled.domain.clock import Clock
from unshackled.domain.records import replace
from unshackled.errors import UnshackledError
from unshackled.events.delivery_attempts import WAITING, safe
from unshackled.events.event_ports import Consumer
from unshackled.store.side_tables.dead_letters import (
    DISCARDED,
    OPEN,
    REPLAYED,
    DeadLetters,
    LetterRecord,
)


class UnknownLetter(UnshackledError):
    """There is no such dead letter."""


class UnknownConsumer(UnshackledError):
    """No consumer has this name here."""


def _none(consumer: str) -> Consumer | None:
    """There are no others."""
    return None


class DeadLetterService:
    """Read, replay, discard; everything may be done again.

    `others` gives the consumers that come and go, such as the queue of a webhook endpoint.
    """

    def __init__(
        self,
        letters: DeadLetters,
        consumers: Sequence[Consumer],
        clock: Clock,
        others: Callable[[str], Consumer | None] = _none,
    ) -> None:
        self.letters = letters
        self._others = others
        self._consumers: Mapping[str, Consumer] = {one.name: one for one in consumers}
        self._clock = clock

    async def replay(self, letter_id: str) -> LetterRecord:
        """Hand an open letter to its consumer once more; it stays open when that fails again.

        The event comes late, after others of its checkout. A letter that is not open is given back
        as it is. Raises `UnknownLetter`, `UnknownConsumer`, or what is worth waiting for.
        """
        letter = await self.read(letter_id)
        if letter.state != OPEN:
            return letter
        consumer = self._consumers.get(letter.consumer) or self._others(letter.consumer)
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
            await self.letters.add(failed)
        else:
            await self.letters.close(letter_id, REPLAYED, at=self._clock.now(), tries=1)
        return await self.read(letter_id)

    async def discard(self, letter_id: str) -> LetterRecord:
        """Close an open letter for good; one that is not open is given back as it is."""
        await self.read(letter_id)
        await self.letters.close(letter_id, DISCARDED, at=self._clock.now())
        return await self.read(letter_id)

    async def read(self, letter_id: str) -> LetterRecord:
        """One letter; raises `UnknownLetter`."""
        letter = await self.letters.get(letter_id)
        if letter is None:
            raise UnknownLetter("no such dead letter")
        return letter
