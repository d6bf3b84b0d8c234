"""What is known of each message to a customer: written before it is sent, and after.

One for each event and template; nothing personal is in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Final, Protocol

from unshackled.domain.records import Record


class MessageState(StrEnum):
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


FINAL: Final = frozenset(
    {MessageState.SENT, MessageState.DECLINED, MessageState.NO_CONTACT, MessageState.UNDELIVERED}
)
DOUBTFUL: Final = frozenset({MessageState.SENDING, MessageState.IN_DOUBT})


class MessageRecord(Record):
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
    state: MessageState
    doubted: bool = False
    code: str | None = None
    message: str | None = None
    tries: int = 1
    first_at: datetime
    last_at: datetime
    give_up_at: datetime


class MessageLog(Protocol):
    """The messages of all retailers."""

    async def read(self, event: str, template: str) -> MessageRecord | None:
        """One message."""
        ...

    async def by_reference(self, reference: str) -> MessageRecord | None:
        """The message that was sent under this reference."""
        ...

    async def all(self, *, after: tuple[str, str] | None, limit: int) -> Sequence[MessageRecord]:
        """Messages in the order of (event, template), those behind `after`."""
        ...

    async def begin(self, message: MessageRecord) -> None:
        """Write ahead; raises `Conflict` when another process did."""
        ...

    async def again(self, old: MessageRecord, new: MessageRecord) -> None:
        """Write ahead of another attempt; raises `Conflict` when the message is not as it was."""
        ...

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
        ...

    async def declined(self, message: MessageRecord, *, at: datetime, code: str) -> None:
        """Note the provider's report that it was not sent, which only ends a doubt."""
        ...

    async def undelivered(self, message: MessageRecord, *, at: datetime, code: str) -> None:
        """Note the provider's report that it did not reach the customer, though it was sent."""
        ...

    async def prune(self, *, before: datetime, limit: int) -> int:
        """Delete messages that came to an end before a time, at least a day ago; how many.

        An event that old leads to no message any more, so nothing is sent twice.
        """
        ...
