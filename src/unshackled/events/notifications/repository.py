"""What is known of each message: written before it is sent, and after."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from unshackled.store.cursor import stamp
from unshackled.store.sql.tables import Statement, Tables, Value

COLUMNS: Final = (
    "event, template, retailer, checkout, provider, reference, state, code, message, tries, "
    "first_at, last_at, give_up_at"
)
READ: Final = f"SELECT {COLUMNS} FROM notifications WHERE event = ? AND template = ?"  # noqa: S608 - no value is in it
BY_REFERENCE: Final = f"SELECT {COLUMNS} FROM notifications WHERE reference = ?"  # noqa: S608 - no value is in it
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


class Stage(StrEnum):
    """How a message stands.

    `sending`: an attempt is under way, or its process died. `in_doubt`: it may have been sent.
    `not_sent`, `refused`: it was not, and may be tried again. The rest is final; `undelivered` was
    sent, and did not reach the customer.
    """

    SENDING = "sending"
    IN_DOUBT = "in_doubt"
    NOT_SENT = "not_sent"
    REFUSED = "refused"
    SENT = "sent"
    DECLINED = "declined"
    NO_CONTACT = "no_contact"
    UNDELIVERED = "undelivered"


FINAL: Final = frozenset({Stage.SENT, Stage.DECLINED, Stage.NO_CONTACT, Stage.UNDELIVERED})
DOUBTFUL: Final = frozenset({Stage.SENDING, Stage.IN_DOUBT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message, by its event and template; nothing personal is in it.

    `doubted` says of an attempt under way that an earlier one may have been sent; it is not stored,
    since an attempt that did not end is in doubt itself. `first_at` is when it was first sent, from
    which on the sender honours our reference; `give_up_at` ends the present attempt; `message` is
    its number at the sender.
    """

    event: str
    template: str
    retailer: str
    checkout: str
    provider: str
    reference: str
    state: Stage
    doubted: bool = False
    code: str | None = None
    message: str | None = None
    tries: int = 1
    first_at: datetime
    last_at: datetime
    give_up_at: datetime


class Messages:
    """The table of messages; every method raises `StoreUnavailable` when the database is away."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    async def read(self, event: str, template: str) -> Message | None:
        """One message."""
        rows = await self._tables.read(READ, event, template)
        return _message(rows[0]) if rows else None

    async def by_reference(self, reference: str) -> Message | None:
        """The message that was sent under this reference."""
        rows = await self._tables.read(BY_REFERENCE, reference)
        return _message(rows[0]) if rows else None

    async def begin(self, message: Message) -> None:
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

    async def again(self, old: Message, new: Message) -> None:
        """Write ahead of another attempt; `Conflict` when the message is not as it was."""
        values: list[Value] = [
            *(new.state.value, new.tries, stamp(new.last_at), stamp(new.give_up_at)),
            *(old.event, old.template, old.state.value, old.tries),
        ]
        await self._tables.write(Statement(AGAIN, values, must=True))

    async def end(
        self,
        message: Message,
        state: Stage,
        *,
        at: datetime,
        code: str | None = None,
        number: str | None = None,
    ) -> None:
        """Note what an attempt brought.

        A message that was sent stays sent; one that was declined meanwhile stays so unless it was
        sent after all.
        """
        stays = Stage.SENT if state is Stage.SENT else Stage.DECLINED
        values = [
            *(state.value, code, number, stamp(at)),
            *(message.event, message.template, stays.value),
        ]
        await self._tables.write(Statement(END, values))

    async def declined(self, message: Message, *, at: datetime, code: str) -> None:
        """Note the provider's report that it was not sent, which only ends a doubt."""
        values = [code, stamp(at), message.event, message.template]
        await self._tables.write(Statement(REPORTED, values))

    async def undelivered(self, message: Message, *, at: datetime, code: str) -> None:
        """Note the provider's report that it did not reach the customer, though it was sent."""
        values = [code, stamp(at), message.event, message.template]
        await self._tables.write(Statement(UNDELIVERED, values))

    async def prune(self, *, before: datetime, limit: int) -> int:
        """Delete messages that came to an end before a time, at least a day ago; how many.

        An event that old tells nobody anything any more, so nothing is sent twice.
        """
        (rows,) = await self._tables.write(Statement(PRUNE, [stamp(before), limit]))
        return len(rows)


def _message(row: Any) -> Message:
    *told, state, code, number, tries, first_at, last_at, give_up_at = row
    event, template, retailer, checkout, provider, reference = told
    return Message(
        event=event,
        template=template,
        retailer=retailer,
        checkout=checkout,
        provider=provider,
        reference=reference,
        state=Stage(state),
        code=code,
        message=number,
        tries=tries,
        first_at=datetime.fromisoformat(first_at),
        last_at=datetime.fromisoformat(last_at),
        give_up_at=datetime.fromisoformat(give_up_at),
    )
