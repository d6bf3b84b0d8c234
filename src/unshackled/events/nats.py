"""NATS JetStream: one connection of this process, our stream, and publishing to it.

Order per checkout: an event is published only when the one before it of the same checkout has been
acknowledged; checkouts go side by side. After a failure the same events are published again, and
the stream drops by `Nats-Msg-Id` what it has: so no event is ever stored before an earlier one of
its checkout. Beyond the window of de-duplication the repeats follow as a whole, in order.

What the server or the stream will never take, an event that is too large for them or has no proper
subject, is kept apart from what may be taken later: the relay waits only for the latter.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Final

from nats.aio.client import Client
from nats.errors import BadHeaderError, BadSubjectError, MaxPayloadError
from nats.errors import Error as NatsError
from nats.js import JetStreamContext
from nats.js.api import DiscardPolicy, RetentionPolicy, StorageType, StreamConfig
from nats.js.errors import BadRequestError, NoStreamResponseError, NotFoundError

from unshackled.errors import BrokerRefused, BrokerUnavailable
from unshackled.store.cloudevent import CONTENT_TYPE, dumps, traceparent
from unshackled.store.stored_records import EventRow
from unshackled.telemetry import get_logger

log = get_logger(__name__)

STREAM: Final = "UNSHACKLED_EVENTS"
SUBJECTS: Final = "unshackled.events.>"
# Seconds: how long events stay, and how long a repeat is known as one.
RETENTION_SECONDS: Final = 14 * 24 * 3600.0
DUPLICATES: Final = 15 * 60.0
CONNECT_SECONDS: Final = 3.0
ANSWER_SECONDS: Final = 5.0
# What the client itself will not send, whatever the server is.
NEVER_SENT: Final = (MaxPayloadError, BadSubjectError, BadHeaderError)
# JetStream's codes for a stream of that name that is not what we expect: all events would fail.
OTHER_STREAM: Final = frozenset({10060})
# Bytes that our headers and the client's take beside a body: the server counts both, and cuts the
# connection of whoever sends it more.
HEADERS_SIZE: Final = 2048
LONGEST_SUBJECT: Final = 512
# A subject that a server takes: names and dots, no wildcard.
SUBJECT: Final = re.compile(r"[A-Za-z0-9_:-]+(\.[A-Za-z0-9_:-]+)*")


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


@contextmanager
def published() -> Iterator[None]:
    """What is raised for one event, as `BrokerRefused` where it will never be taken."""
    try:
        yield
    except NEVER_SENT as error:
        raise BrokerRefused(f"NATS: {type(error).__name__}") from error
    except BadRequestError as error:
        if error.err_code in OTHER_STREAM:
            raise BrokerUnavailable(f"NATS: publish: code {error.err_code}") from error
        raise BrokerRefused(f"NATS: refused with code {error.err_code}") from error


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
        """Store all in the stream, those of one checkout one after the other.

        Nothing of a checkout goes past one of its events that was not stored.
        """
        stream = await self.stream()
        largest = self._largest() - HEADERS_SIZE
        lines: dict[str, list[EventRow]] = {}
        for event in events:
            lines.setdefault(event.checkout, []).append(event)
        ended = await asyncio.gather(
            *(_publish(stream, line, largest) for line in lines.values()), return_exceptions=True
        )
        failures = [one for one in ended if isinstance(one, BaseException)]
        if any(isinstance(one.__cause__, NoStreamResponseError) for one in failures):
            self._stream = None  # somebody deleted it: made again next time
        # Whoever waits tries all again; a refusal is looked at only where nothing else is wrong.
        for failure in sorted(failures, key=lambda one: isinstance(one, BrokerRefused)):
            raise failure

    def _largest(self) -> int:
        return self._client.max_payload if self._client is not None else 0

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
                max_age=RETENTION_SECONDS,
                duplicate_window=DUPLICATES,
            )
        )
        log.info("nats.stream_made", stream=STREAM)


async def _publish(stream: JetStreamContext, events: Sequence[EventRow], largest: int) -> None:
    for event in events:
        headers = {"Nats-Msg-Id": event.id, "Content-Type": CONTENT_TYPE}
        trace = traceparent(event)
        if trace is not None:
            headers["traceparent"] = trace
        with translated("publish"), published():
            name, body = subject(event), dumps(event)
            if SUBJECT.fullmatch(name) is None or len(name) > LONGEST_SUBJECT:
                raise BadSubjectError
            if len(body) > largest:
                raise MaxPayloadError
            await stream.publish(name, body, stream=STREAM, headers=headers)
