"""Dead letters: events that a consumer could not take, kept until a person decides.

There is one for each (consumer, event), however often it fails.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final, Protocol

from unshackled.domain.records import Record
from unshackled.store.stored_records import EventRow

OPEN: Final = "open"
REPLAYED: Final = "replayed"
DISCARDED: Final = "discarded"
STATES: Final = (OPEN, REPLAYED, DISCARDED)


class LetterRecord(Record):
    """One event that `consumer` could not take in `tries` tries.

    `error` is the type of the last error, `detail` its text where that is ours and so clean.
    `state` is open, replayed or discarded.
    """

    consumer: str
    event: EventRow
    error: str
    detail: str
    tries: int
    state: str = OPEN
    first_at: datetime
    last_at: datetime

    @property
    def id(self) -> str:
        """E.g. `webhooks:chk_1-7-0`."""
        return f"{self.consumer}:{self.event.id}"


class LetterRecordPage(Record):
    """A page of letters, the newest first; `next` is the cursor of the page after it."""

    letters: Sequence[LetterRecord]
    next: str | None


class DeadLetterSink(Protocol):
    """Where a delivery puts what cannot be taken."""

    async def add(self, letter: LetterRecord) -> None:
        """Keep a letter; the same again adds its tries and keeps what was decided on it."""
        ...


class DeadLetters(DeadLetterSink, Protocol):
    """The dead letters of all retailers."""

    async def get(self, letter: str) -> LetterRecord | None:
        """One letter by its id."""
        ...

    async def page(
        self,
        *,
        consumer: str | None = None,
        state: str | None = OPEN,
        retailer: str | None = None,
        after: str | None = None,
        limit: int = 50,
    ) -> LetterRecordPage:
        """Letters, the newest first; raises `ValueError` for a cursor that no page gave.

        `retailer` has those of its live and of its test account.
        """
        ...

    async def close(self, letter: str, state: str, *, at: datetime, tries: int = 0) -> bool:
        """Decide on an open letter; False when it is not open (any more)."""
        ...
