"""Connections that no client can hold for nothing: how many, how long for head and body.

uvicorn waits for ever for the first byte, for the end of a head and for a body. Here each has a
time, a head has a size, and when there are as many connections as may be, the one that has waited
longest without a request gives way; where all have one, a new one is refused for now.
"""

from __future__ import annotations

import resource
from asyncio import TimerHandle, Transport
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final, Literal

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from unshackled.telemetry import get_logger

log = get_logger(__name__)

# Open files that are not connections of clients: the store, providers, the broker, logs.
OTHER_FILES: Final = 256
SELDOM: Final = 10.0  # seconds between two lines that say that the server is full
ENOUGH_FILES: Final = 65_536
REASONS: Final = {
    408: "Request Timeout",
    431: "Request Header Fields Too Large",
    503: "Service Unavailable",
}
RETRY: Final = {503: b"retry-after: 1\r\n"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """How many connections, how long a request's head and body may take, and a head's bytes."""

    connections: int = 2_000
    head: timedelta = timedelta(seconds=10)
    body: timedelta = timedelta(seconds=30)
    head_bytes: int = 64 * 1024


def may_be_open(wanted: int) -> int:
    """As many connections as wanted, or as the system's limit of open files leaves room for."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    more = ENOUGH_FILES if hard == resource.RLIM_INFINITY else min(hard, ENOUGH_FILES)
    if soft != resource.RLIM_INFINITY and soft < more:
        resource.setrlimit(resource.RLIMIT_NOFILE, (more, hard))
        soft = more
    room = ENOUGH_FILES if soft == resource.RLIM_INFINITY else soft
    return max(16, min(wanted, room - OTHER_FILES))


@dataclass(slots=True, kw_only=True)
class Door:
    """What the connections of a server share: those without a request, the oldest first.

    `turned` counts those that came when it was full, since that was `told_at` last.
    """

    bounds: Bounds = field(default_factory=Bounds)
    open: int = 0
    turned: int = 0
    told_at: float | None = None
    idle: OrderedDict[Connection, None] = field(default_factory=OrderedDict)


class Connection(HttpToolsProtocol):
    """One connection, from its first byte to its last."""

    def __init__(self, *args: Any, door: Door, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._door = door
        self._awaits: Literal["head", "body"] = "head"
        self._head = 0
        self._begun = False
        self._timer: TimerHandle | None = None

    def connection_made(self, transport: Transport) -> None:  # type: ignore[override]
        """Take it; the oldest without a request gives way where there are too many."""
        super().connection_made(transport)
        door = self._door
        door.open += 1
        if door.open > door.bounds.connections:
            oldest = next(iter(door.idle), None)
            self._tell(gave_way=oldest is not None)
            if oldest is None:
                self._refuse(503)
                return
            oldest.give_way()
        door.idle[self] = None
        self._wait_for("head")

    def _tell(self, *, gave_way: bool) -> None:
        """Seldom: a client that fills the server must not fill the log too."""
        door, now = self._door, self.loop.time()
        door.turned += 1
        if door.told_at is None or now - door.told_at >= SELDOM:
            log.warning("server.full", open=door.open, gave_way=gave_way, since=door.turned)
            door.told_at, door.turned = now, 0

    def give_way(self) -> None:
        """Close, for a newer one."""
        self._door.idle.pop(self, None)
        self.connections.discard(self)  # else uvicorn counts it until the loop has come round
        self.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        self._door.open -= 1
        self._door.idle.pop(self, None)
        self._stop()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Feed the parser, unless the head is too large."""
        if self.transport.is_closing():
            return
        if self._awaits == "head":
            self._head += len(data)
            if self._head > self._door.bounds.head_bytes:
                self._refuse(431)
                return
        super().data_received(data)
        if self._awaits == "head" and self._timer is None and self._at_rest():
            self._wait_for("head")

    def on_message_begin(self) -> None:
        """The first line of a head has begun, perhaps while the request before is under way."""
        self._begun = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """The request is known: from now on it may take as long as the service lets it."""
        self._door.idle.pop(self, None)
        self._wait_for("body")
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """All of it is there; what comes next is the head of another one."""
        self._stop()
        self._awaits, self._head, self._begun = "head", 0, False
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """It was answered, and waits for the next request."""
        super().on_response_complete()
        if not self.transport.is_closing() and self._at_rest():
            self._door.idle[self] = None
            if self._begun and self._awaits == "head":
                self._wait_for("head")

    def _at_rest(self) -> bool:
        cycle: RequestResponseCycle | None = self.cycle  # none before the first request
        return cycle is None or cycle.response_complete

    def _wait_for(self, what: Literal["head", "body"]) -> None:
        self._stop()
        self._awaits = what
        bounds = self._door.bounds
        seconds = (bounds.head if what == "head" else bounds.body).total_seconds()
        self._timer = self.loop.call_later(seconds, self._too_slow)

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _too_slow(self) -> None:
        """The reader of the body learns that it ends here."""
        self._timer = None
        self._refuse(408)

    def _refuse(self, status: int) -> None:
        """Say why, where nothing was said yet, and close."""
        self._door.idle.pop(self, None)
        self._stop()
        if self.transport.is_closing():
            return
        if self._at_rest() or not self.cycle.response_started:
            self.transport.write(
                b"HTTP/1.1 %d %s\r\ncontent-length: 0\r\nconnection: close\r\n%s\r\n"
                % (status, REASONS[status].encode(), RETRY.get(status, b""))
            )
        self.transport.close()
