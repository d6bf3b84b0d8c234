"""NATS JetStream: one connection of this process, our stream, and publishing to it.

Order per checkout: an event is published only when the one before it of the same checkout has been
acknowledged; checkouts go side by side. After a failure the same events are published again, and
the stream drops by `Nats-Msg-Id` what it has: so no event is ever stored before an earlier one of
its checkout. Beyond the window of de-duplication the repeats follow as a whole, in order.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Final

from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.api import DiscardPolicy, RetentionPolicy, StorageType, StreamConfig
from nats.js.errors import NoStreamResponseError, NotFoundError

from unshackled.errors import BrokerUnavailable
from unshackled.events.cloudevent import CONTENT_TYPE, dumps, traceparent
from unshackled.store.port import EventRow
from unshackled.telemetry import get_logger

log = get_logger(__name__)

STREAM: Final = "UNSHACKLED_EVENTS"
SUBJECTS: Final = "unshackled.events.>"
# Seconds: how long events stay, and how long a repeat is known as one.
KEPT: Final = 14 * 24 * 3600.0
DUPLICATES: Final = 15 * 60.0
CONNECT_SECONDS: Final = 3.0
ANSWER_SECONDS: Final = 5.0


def subject(event: EventRow) -> str:
    """E.g. `unshackled.events.northstar.checkout.created.v1`."""
    return f"unshackled.events.{event.retailer}.{event.type}"


@contextmanager
def translated(what: str) -> Iterator[None]:
    """Whatever the client raises as `BrokerUnavailable`; its text may hold an address: left out."""
    try:
        yield
    except (NatsError, OSError, TimeoutError) as error:
        raise BrokerUnavailable(f"NATS: {what}: {type(error).__name__}") from error


class Broker:
    """A connection that is made on first use and mends itself; `url` may name several servers."""

    def __init__(self, url: str) -> None:
        self._servers = url.split(",")
        self._client: Client | None = None
        self._stream: JetStreamContext | None = None
        self._connecting = asyncio.Lock()

    async def stream(self) -> JetStreamContext:
        """JetStream with our stream in it; raises `BrokerUnavailable`."""
        async with self._connecting:
            if self._client is None or self._client.is_closed:
                self._client, self._stream = await self._connect(), None
            if not self._client.is_connected:
                raise BrokerUnavailable("NATS: the connection is being mended")
            if self._stream is None:
                stream = self._client.jetstream(timeout=ANSWER_SECONDS)
                with translated("the stream"):
                    await _ensure(stream)
                self._stream = stream
        return self._stream

    async def publish(self, events: Sequence[EventRow]) -> None:
        """Store all in the stream, those of one checkout one after the other."""
        stream = await self.stream()
        lines: dict[str, list[EventRow]] = {}
        for event in events:
            lines.setdefault(event.checkout, []).append(event)
        ended = await asyncio.gather(
            *(_publish(stream, line) for line in lines.values()), return_exceptions=True
        )
        for failure in ended:
            if isinstance(failure, BaseException):
                if isinstance(failure.__cause__, NoStreamResponseError):
                    self._stream = None  # somebody deleted it: made again next time
                raise failure

    async def close(self) -> None:
        """Let go of the connection."""
        client, self._client, self._stream = self._client, None, None
        if client is not None:
            await _quietly_closed(client)

    async def _connect(self) -> Client:
        client = Client()
        try:
            with translated("connect"):
                async with asyncio.timeout(CONNECT_SECONDS):
                    await client.connect(
                        self._servers,
                        name="unshackled",
                        error_cb=_told,
                        connect_timeout=2,
                        reconnect_time_wait=1,
                        max_reconnect_attempts=-1,
                        ping_interval=10,
                    )
        except BrokerUnavailable:
            await _quietly_closed(client)
            raise
        return client


async def _quietly_closed(client: Client) -> None:
    with suppress(NatsError, OSError, TimeoutError):
        await client.close()


async def _told(error: Exception) -> None:
    log.debug("nats.error", kind=type(error).__name__)


async def _ensure(stream: JetStreamContext) -> None:
    """Make our stream where there is none; one that is there stays as operators set it up."""
    try:
        await stream.stream_info(STREAM)
    except NotFoundError:
        await stream.add_stream(
            StreamConfig(
                name=STREAM,
                description="Events of all checkouts, as CloudEvents.",
                subjects=[SUBJECTS],
                retention=RetentionPolicy.LIMITS,
                discard=DiscardPolicy.OLD,
                storage=StorageType.FILE,
                max_age=KEPT,
                duplicate_window=DUPLICATES,
            )
        )
        log.info("nats.stream_made", stream=STREAM)


async def _publish(stream: JetStreamContext, events: Sequence[EventRow]) -> None:
    for event in events:
        headers = {"Nats-Msg-Id": event.id, "Content-Type": CONTENT_TYPE}
        trace = traceparent(event)
        if trace is not None:
            headers["traceparent"] = trace
        with translated("publish"):
            await stream.publish(subject(event), dumps(event), stream=STREAM, headers=headers)
