"""A consumer's events out of JetStream: a durable pull consumer that always begins at our place.

After a crash a durable consumer would give new messages before it repeats old ones that nobody
acknowledged, and the order within a checkout would be lost. So the place in the store is what
counts: whoever begins (a new process, after a gap, after trouble) makes the durable consumer anew
behind that place, which also takes it out of the hands of a predecessor that is only asleep.
Acknowledgements show NATS tools how far we are.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from nats.js.errors import NotFoundError

from unshackled.errors import BrokerUnavailable
from unshackled.events.nats import STREAM, Broker, translated
from unshackled.store.cloudevent import NotOurEvent, loads
from unshackled.store.side_tables.stream_cursors import StreamCursors
from unshackled.store.stored_records import EventRow, Feed
from unshackled.telemetry import get_logger

log = get_logger(__name__)

# Seconds that a read waits for the first event, and until an unacknowledged one is sent again.
WAIT: Final = 0.5
ACK_WAIT: Final = 60.0


class StreamSource:
    """The stream for one consumer; its cursor is `<number of a message>@<birth of the stream>`."""

    def __init__(self, broker: Broker, name: str, places: StreamCursors) -> None:
        self._broker = broker
        self._name = name
        self._places = places
        self._pull: JetStreamContext.PullSubscription | None = None
        self._at: str | None = None
        self._clean = False
        self._delivered = 0
        self._last = 0
        self._born = ""
        self._unacknowledged: Sequence[Msg] = ()

    async def place(self) -> str | None:
        return await self._places.place(self._name)

    async def read(self, after: str | None, limit: int) -> Feed:
        stream = await self._broker.stream()
        if self._pull is None or not self._clean or after != self._at:
            await self._begin(stream, after)
        pull = self._pull
        if pull is None:
            raise BrokerUnavailable("NATS: no consumer")
        try:
            with translated("fetch"):
                messages = await pull.fetch(limit, timeout=WAIT)
        except BrokerUnavailable as error:
            # The library raises its own time-out, which is one of asyncio's, or asyncio's itself.
            if isinstance(error.__cause__, TimeoutError):
                await self._require_alive(stream)
                return Feed(rows=(), cursor=after)
            self._clean = False
            raise
        self._clean = False  # until it was passed
        return self._feed(messages, after)

    async def passed(self, *, expected: str | None, to: str) -> None:
        await self._places.move(self._name, expected=expected, to=to)
        with suppress(NatsError, OSError):
            for message in self._unacknowledged:
                await message.ack()
        self._unacknowledged = ()
        self._at, self._clean = to, True

    def _feed(self, messages: Sequence[Msg], after: str | None) -> Feed:
        rows: list[EventRow] = []
        place = after
        for message in messages:
            sequence = message.metadata.sequence
            if sequence.consumer != self._delivered + 1:
                # Some went to a connection that broke: begin anew behind our place.
                self._pull = None
                break
            self._delivered = sequence.consumer
            if sequence.stream <= self._last:
                continue  # a repeat: handing it on took longer than its acknowledgement may
            self._last, place = sequence.stream, f"{sequence.stream}@{self._born}"
            try:
                rows.append(loads(message.data))
            except NotOurEvent as error:
                log.warning("events.foreign_message", place=place, exc_info=error)
        self._unacknowledged = messages[: len(messages) if self._pull else 0]
        return Feed(rows=tuple(rows), cursor=place)

    async def _begin(self, stream: JetStreamContext, after: str | None) -> None:
        await self._end()
        durable = f"unshackled-{self._name}"
        with translated("consumer"):
            start = await self._start(stream, after)
            with suppress(NotFoundError):
                await stream.delete_consumer(STREAM, durable)
            await stream.add_consumer(
                STREAM,
                ConsumerConfig(
                    durable_name=durable,
                    deliver_policy=DeliverPolicy.BY_START_SEQUENCE,
                    opt_start_seq=start,
                    ack_policy=AckPolicy.EXPLICIT,
                    ack_wait=ACK_WAIT,
                ),
            )
            self._pull = await stream.pull_subscribe_bind(consumer=durable, stream=STREAM)
        self._at, self._clean, self._delivered = after, True, 0
        self._last = start - 1

    async def _start(self, stream: JetStreamContext, after: str | None) -> int:
        """The number after our place; 1 where it was a place in a stream that is no more."""
        info = await stream.stream_info(STREAM)
        self._born = info.created.isoformat() if info.created else ""
        number, _, born = (after or f"0@{self._born}").partition("@")
        if born == self._born and int(number) <= info.state.last_seq:
            return int(number) + 1
        log.warning("events.stream_began_anew", consumer=self._name, place=number)
        return 1

    async def _require_alive(self, stream: JetStreamContext) -> None:
        """Tell that there is nothing from that nobody is there to send it."""
        self._clean = False
        with translated("consumer"):
            await stream.consumer_info(STREAM, f"unshackled-{self._name}")
        self._clean = True

    async def _end(self) -> None:
        pull, self._pull = self._pull, None
        if pull is not None:
            with suppress(NatsError, OSError):
                await pull.unsubscribe()
