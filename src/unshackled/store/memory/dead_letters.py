"""Dead letters in memory."""

from __future__ import annotations

from datetime import datetime

from unshackled.domain.account import accounts_of
from unshackled.domain.records import replace
from unshackled.store import encoding
from unshackled.store.memory.tables import Ping, page_of
from unshackled.store.side_tables.dead_letters import OPEN, REPLAYED, LetterRecord, LetterRecordPage


class MemoryDeadLetters:
    """Letters by their ids."""

    def __init__(self, ping: Ping) -> None:
        self._ping = ping
        self._rows: dict[str, LetterRecord] = {}

    async def add(self, letter: LetterRecord) -> None:
        """Keep a letter; the same again adds its tries and keeps what was decided on it."""
        self._ping()
        old = self._rows.get(letter.id)
        if old is not None:
            letter = replace(
                old,
                tries=old.tries + letter.tries,
                error=letter.error,
                detail=letter.detail,
                last_at=letter.last_at,
            )
        self._rows[letter.id] = letter

    async def get(self, letter: str) -> LetterRecord | None:
        """One letter by its id."""
        self._ping()
        return self._rows.get(letter)

    async def page(
        self,
        *,
        consumer: str | None = None,
        state: str | None = OPEN,
        retailer: str | None = None,
        after: str | None = None,
        limit: int = 50,
    ) -> LetterRecordPage:
        """Letters, the newest first; raises `ValueError` for a cursor that no page gave."""
        self._ping()
        accounts = accounts_of(retailer) if retailer is not None else ()
        rows = (
            one
            for one in self._rows.values()
            if (consumer is None or one.consumer == consumer)
            and (state is None or one.state == state)
            and (retailer is None or one.event.retailer in accounts)
        )
        found, following = page_of(rows, _place, after=after, limit=limit)
        return LetterRecordPage(letters=found, next=following)

    async def close(self, letter: str, state: str, *, at: datetime, tries: int = 0) -> bool:
        """Decide on an open letter; False when it is not open (any more)."""
        self._ping()
        old = self._rows.get(letter)
        if old is None or old.state != OPEN:
            return False
        self._rows[letter] = replace(old, state=state, last_at=at, tries=old.tries + tries)
        return True

    def replayed(self, consumer: str, event: str, at: datetime) -> None:
        """Close an open letter of an event that was queued again, within another's transaction."""
        key = f"{consumer}:{event}"
        old = self._rows.get(key)
        if old is not None and old.state == OPEN:
            self._rows[key] = replace(old, state=REPLAYED, last_at=at)


def _place(one: LetterRecord) -> tuple[str, str]:
    return encoding.stamp(one.first_at), one.id
