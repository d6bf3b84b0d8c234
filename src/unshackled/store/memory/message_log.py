"""Messages to customers in memory."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from unshackled.domain.records import replace
from unshackled.errors import Conflict
from unshackled.store.memory.tables import Ping
from unshackled.store.side_tables.message_log import DOUBTFUL, FINAL, MessageRecord, MessageState

ARRIVED = frozenset({MessageState.SENT, MessageState.UNDELIVERED})


class MemoryMessageLog:
    """Messages by event and template."""

    def __init__(self, ping: Ping) -> None:
        self._ping = ping
        self._rows: dict[tuple[str, str], MessageRecord] = {}

    async def read(self, event: str, template: str) -> MessageRecord | None:
        """One message."""
        self._ping()
        return self._rows.get((event, template))

    async def by_reference(self, reference: str) -> MessageRecord | None:
        """The message that was sent under this reference."""
        self._ping()
        return next((one for one in self._rows.values() if one.reference == reference), None)

    async def all(self, *, after: tuple[str, str] | None, limit: int) -> Sequence[MessageRecord]:
        """Messages in the order of (event, template), those behind `after`."""
        self._ping()
        behind = sorted(key for key in self._rows if after is None or key > after)
        return [self._rows[key] for key in behind[:limit]]

    async def begin(self, message: MessageRecord) -> None:
        """Write ahead; raises `Conflict` when another process did."""
        self._ping()
        if _key(message) in self._rows:
            raise Conflict("the message was begun by another process")
        self._rows[_key(message)] = replace(message, doubted=False)

    async def again(self, old: MessageRecord, new: MessageRecord) -> None:
        """Write ahead of another attempt; raises `Conflict` when the message is not as it was."""
        self._ping()
        row = self._rows.get(_key(old))
        if row is None or (row.state, row.tries) != (old.state, old.tries):
            raise Conflict("the message is not as it was")
        self._change(
            row,
            state=new.state,
            tries=new.tries,
            last_at=new.last_at,
            give_up_at=new.give_up_at,
        )

    async def end(
        self,
        message: MessageRecord,
        state: MessageState,
        *,
        at: datetime,
        code: str | None = None,
        number: str | None = None,
    ) -> None:
        """Note what an attempt brought; a message that was sent stays sent."""
        self._ping()
        row = self._rows.get(_key(message))
        stays = MessageState.SENT if state is MessageState.SENT else MessageState.DECLINED
        if row is not None and row.state not in ARRIVED and row.state is not stays:
            self._change(row, state=state, code=code, message=number, last_at=at)

    async def declined(self, message: MessageRecord, *, at: datetime, code: str) -> None:
        """Note the provider's report that it was not sent, which only ends a doubt."""
        self._ping()
        row = self._rows.get(_key(message))
        if row is not None and row.state in DOUBTFUL:
            self._change(row, state=MessageState.DECLINED, code=code, last_at=at)

    async def undelivered(self, message: MessageRecord, *, at: datetime, code: str) -> None:
        """Note the provider's report that it did not reach the customer, though it was sent."""
        self._ping()
        row = self._rows.get(_key(message))
        if row is not None:
            self._change(row, state=MessageState.UNDELIVERED, code=code, last_at=at)

    async def prune(self, *, before: datetime, limit: int) -> int:
        """Delete messages that came to an end before a time, the oldest first; how many."""
        self._ping()
        old = [one for one in self._rows.values() if one.state in FINAL and one.last_at < before]
        gone = sorted(old, key=lambda one: one.last_at)[:limit]
        for one in gone:
            del self._rows[_key(one)]
        return len(gone)

    def _change(self, row: MessageRecord, **changes: Any) -> None:
        self._rows[_key(row)] = replace(row, **changes)


def _key(message: MessageRecord) -> tuple[str, str]:
    return message.event, message.template
