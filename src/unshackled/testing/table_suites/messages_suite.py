"""What messages to customers promise in every store."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from unshackled.domain.records import replace
from unshackled.errors import Conflict
from unshackled.store.side_tables import SideTables
from unshackled.store.side_tables.message_log import MessageRecord, MessageState
from unshackled.testing.samples import NOW

LATER = NOW + timedelta(hours=1)


def message_of(number: int = 1, **given: Any) -> MessageRecord:
    """A message that is being sent."""
    known = {
        "template": "welcome",
        "retailer": "northstar",
        "checkout": f"chk_{number}",
        "provider": "texts",
        "reference": f"REF{number}",
        "state": MessageState.SENDING,
        "first_at": NOW,
        "last_at": NOW,
        "give_up_at": NOW + timedelta(minutes=5),
    }
    return MessageRecord(**{**known, "event": f"chk_{number}-1-0", **given})


class MessagePromises:
    """A message is written ahead once, and its end is what is known best."""

    async def _stage(self, tables: SideTables, message: MessageRecord) -> MessageState | None:
        found = await tables.messages.read(message.event, message.template)
        return found.state if found is not None else None

    async def test_a_message_is_begun_once(self, tables: SideTables) -> None:
        """Of two who begin it one does; it is found by its event and by its reference."""
        messages, message = tables.messages, message_of(doubted=True)
        ends = await asyncio.gather(
            messages.begin(message), messages.begin(message), return_exceptions=True
        )
        assert [type(end) for end in ends if end is not None] == [Conflict]
        stored = replace(message, doubted=False)
        assert await messages.read(message.event, "welcome") == stored
        assert await messages.by_reference("REF1") == stored
        assert await messages.read(message.event, "invoice") is None
        assert await messages.by_reference("REF2") is None

    async def test_an_attempt_is_begun_over_the_one_before(self, tables: SideTables) -> None:
        """By who knows how the message stands; nobody else, and nothing but the attempt changes."""
        messages, old = tables.messages, message_of()
        await messages.begin(old)
        new = replace(old, tries=2, last_at=LATER, give_up_at=LATER + timedelta(minutes=5))
        await messages.again(old, replace(new, provider="mail"))
        assert await messages.read(old.event, "welcome") == new
        for stale in (old, replace(new, state=MessageState.REFUSED), message_of(2)):
            with pytest.raises(Conflict):
                await messages.again(stale, new)

    async def test_an_end_is_noted_with_its_number(self, tables: SideTables) -> None:
        """A code, the number at the sender, and when."""
        messages, message = tables.messages, message_of()
        await messages.begin(message)
        await messages.end(message, MessageState.REFUSED, at=LATER, code="quota")
        await messages.end(message, MessageState.SENT, at=LATER, number="m-1")
        sent = replace(message, state=MessageState.SENT, message="m-1", last_at=LATER)
        assert await messages.read(message.event, "welcome") == sent

    @pytest.mark.parametrize(
        ("known", "state", "stands"),
        [
            (MessageState.SENT, MessageState.IN_DOUBT, MessageState.SENT),
            (MessageState.UNDELIVERED, MessageState.SENT, MessageState.UNDELIVERED),
            (MessageState.DECLINED, MessageState.IN_DOUBT, MessageState.DECLINED),
            (MessageState.DECLINED, MessageState.SENT, MessageState.SENT),
            (MessageState.IN_DOUBT, MessageState.DECLINED, MessageState.DECLINED),
        ],
    )
    async def test_what_is_known_for_sure_stays(
        self, tables: SideTables, known: MessageState, state: MessageState, stands: MessageState
    ) -> None:
        """Sent stays sent, declined is only overtaken by sent."""
        message = message_of(state=known)
        await tables.messages.begin(message)
        await tables.messages.end(message, state, at=LATER)
        assert await self._stage(tables, message) is stands

    @pytest.mark.parametrize("state", list(MessageState))
    async def test_a_report_that_it_was_not_sent_ends_a_doubt(
        self, tables: SideTables, state: MessageState
    ) -> None:
        """Only a doubt; that it did not arrive is believed whatever was known."""
        message = message_of(state=state)
        await tables.messages.begin(message)
        await tables.messages.declined(message, at=LATER, code="unsubscribed")
        doubtful = state in (MessageState.SENDING, MessageState.IN_DOUBT)
        assert await self._stage(tables, message) is (MessageState.DECLINED if doubtful else state)
        await tables.messages.undelivered(message, at=LATER, code="bounced")
        lost = replace(message, state=MessageState.UNDELIVERED, code="bounced", last_at=LATER)
        assert await tables.messages.read(message.event, "welcome") == lost

    async def test_all_messages_come_in_order(self, tables: SideTables) -> None:
        """Portion by portion, behind the last one."""
        for number in (2, 1, 3):
            await tables.messages.begin(message_of(number))
        first = await tables.messages.all(after=None, limit=2)
        assert [one.reference for one in first] == ["REF1", "REF2"]
        rest = await tables.messages.all(after=(first[-1].event, "welcome"), limit=2)
        assert list(rest) == [message_of(3)]

    async def test_old_messages_at_their_end_are_pruned(self, tables: SideTables) -> None:
        """The oldest first, at most `limit`; what may still be sent stays."""
        messages = tables.messages
        for number, state in enumerate(MessageState):
            at = NOW + timedelta(minutes=number)
            await messages.begin(message_of(number, state=state, last_at=at))
        assert await messages.prune(before=NOW, limit=9) == 0
        assert await messages.prune(before=LATER, limit=1) == 1
        assert await messages.by_reference("REF4") is None
        assert await messages.prune(before=LATER, limit=9) == 3
        left = {one.state for one in await messages.all(after=None, limit=9)}
        assert left == {
            MessageState.SENDING,
            MessageState.IN_DOUBT,
            MessageState.NOT_SENT,
            MessageState.REFUSED,
        }
