"""Messages to customers in SQL: one row for each event and template."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from unshackled.store.encoding import stamp
from unshackled.store.side_tables.message_log import MessageRecord, MessageState
from unshackled.store.sql.tables import Statement, Tables, Value

TABLES: Final[tuple[str, ...]] = (
    """
    CREATE TABLE IF NOT EXISTS notifications (
        event TEXT NOT NULL,
        template TEXT NOT NULL,
        retailer TEXT NOT NULL,
        checkout TEXT NOT NULL,
        provider TEXT NOT NULL,
        reference TEXT NOT NULL,
        state TEXT NOT NULL,
        code TEXT,
        message TEXT,
        tries BIGINT NOT NULL,
        first_at TEXT NOT NULL,
        last_at TEXT NOT NULL,
        give_up_at TEXT NOT NULL,
        PRIMARY KEY (event, template)
    )
    """,
    "CREATE INDEX IF NOT EXISTS notifications_reference ON notifications (reference)",
)
COLUMNS: Final = (
    "event, template, retailer, checkout, provider, reference, state, code, message, tries, "
    "first_at, last_at, give_up_at"
)
READ: Final = f"SELECT {COLUMNS} FROM notifications WHERE event = ? AND template = ?"  # noqa: S608 - no value is in it
BY_REFERENCE: Final = f"SELECT {COLUMNS} FROM notifications WHERE reference = ?"  # noqa: S608 - no value is in it
ALL: Final = f"""
    SELECT {COLUMNS} FROM notifications
    WHERE (event, template) > (?, ?) ORDER BY event, template LIMIT ?
"""  # noqa: S608 - no value is in it
BEGIN: Final = f"""
    INSERT INTO notifications ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (event, template) DO NOTHING RETURNING event
"""  # noqa: S608 - no value is in it
AGAIN: Final = """
    UPDATE notifications SET state = ?, tries = ?, last_at = ?, give_up_at = ?
    WHERE event = ? AND template = ? AND state = ? AND tries = ? RETURNING event
"""
END: Final = """
    UPDATE notifications SET state = ?, code = ?, message = ?, last_at = ?
    WHERE event = ? AND template = ? AND state NOT IN ('sent', 'undelivered') AND state <> ?
"""
UNDELIVERED: Final = """
    UPDATE notifications SET state = 'undelivered', code = ?, last_at = ?
    WHERE event = ? AND template = ?
"""
REPORTED: Final = """
    UPDATE notifications SET state = 'declined', code = ?, last_at = ?
    WHERE event = ? AND template = ? AND state IN ('sending', 'in_doubt')
"""
PRUNE: Final = """
    DELETE FROM notifications WHERE (event, template) IN (
        SELECT event, template FROM notifications
        WHERE last_at < ? AND state IN ('sent', 'declined', 'no_contact', 'undelivered')
        ORDER BY last_at LIMIT ?
    )
    RETURNING event
"""


class SqlMessageLog:
    """The messages of a database."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def read(self, event: str, template: str) -> MessageRecord | None:
        """One message."""
        rows = await self._tables.read(READ, event, template)
        return _message(rows[0]) if rows else None

    async def by_reference(self, reference: str) -> MessageRecord | None:
        """The message that was sent under this reference."""
        rows = await self._tables.read(BY_REFERENCE, reference)
        return _message(rows[0]) if rows else None

    async def all(self, *, after: tuple[str, str] | None, limit: int) -> Sequence[MessageRecord]:
        """Messages in the order of (event, template), those behind `after`."""
        rows = await self._tables.read(ALL, *(after or ("", "")), limit)
        return [_message(row) for row in rows]

    async def begin(self, message: MessageRecord) -> None:
        """Write ahead; `Conflict` when another process did."""
        values: list[Value] = [
            *(message.event, message.template, message.retailer, message.checkout),
            *(
                message.provider,
                message.reference,
                message.state.value,
                message.code,
                message.message,
            ),
            *(message.tries, stamp(message.first_at), stamp(message.last_at)),
            stamp(message.give_up_at),
        ]
        await self._tables.write(Statement(BEGIN, values, must=True))

    async def again(self, old: MessageRecord, new: MessageRecord) -> None:
        """Write ahead of another attempt; `Conflict` when the message is not as it was."""
        values: list[Value] = [
            *(new.state.value, new.tries, stamp(new.last_at), stamp(new.give_up_at)),
            *(old.event, old.template, old.state.value, old.tries),
        ]
        await self._tables.write(Statement(AGAIN, values, must=True))

    async def end(
        self,
        message: MessageRecord,
        state: MessageState,
        *,
        at: datetime,
        code: str | None = None,
        number: str | None = None,
    ) -> None:
        """Note what an attempt brought.

        A message that was sent stays sent; one that was declined meanwhile stays so unless it was
        sent after all.
        """
        stays = MessageState.SENT if state is MessageState.SENT else MessageState.DECLINED
        values = [
            *(state.value, code, number, stamp(at)),
            *(message.event, message.template, stays.value),
        ]
        await self._tables.write(Statement(END, values))

    async def declined(self, message: MessageRecord, *, at: datetime, code: str) -> None:
        """Note the provider's report that it was not sent, which only ends a doubt."""
        values = [code, stamp(at), message.event, message.template]
        await self._tables.write(Statement(REPORTED, values))

    async def undelivered(self, message: MessageRecord, *, at: datetime, code: str) -> None:
        """Note the provider's report that it did not reach the customer, though it was sent."""
        values = [code, stamp(at), message.event, message.template]
        await self._tables.write(Statement(UNDELIVERED, values))

    async def prune(self, *, before: datetime, limit: int) -> int:
        """Delete messages that came to an end before a time, at least a day ago; how many.

        An event that old leads to no message any more, so nothing is sent twice.
        """
        (rows,) = await self._tables.write(Statement(PRUNE, [stamp(before), limit]))
        return len(rows)


def _message(row: Any) -> MessageRecord:
    *told, state, code, number, tries, first_at, last_at, give_up_at = row
    event, template, retailer, checkout, provider, reference = told
    return MessageRecord(
        event=event,
        template=template,
        retailer=retailer,
        checkout=checkout,
        provider=provider,
        reference=reference,
        state=MessageState(state),
        code=code,
        message=number,
        tries=tries,
        first_at=datetime.fromisoformat(first_at),
        last_at=datetime.fromisoformat(last_at),
        give_up_at=datetime.fromisoformat(give_up_at),
    )
