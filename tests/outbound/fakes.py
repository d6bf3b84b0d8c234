"""A clock that only moves when told, and a loopback server that behaves as told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

Behaviour = Callable[[asyncio.StreamWriter], Awaitable[None]]


@dataclass
class FakeClock:
    """Time that moves by `advance` and by sleeping."""

    passed: float = 0.0
    slept: list[float] = field(default_factory=list)

    def now(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=self.passed)

    def monotonic(self) -> float:
        return self.passed

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.passed += seconds

    def advance(self, seconds: float) -> None:
        self.passed += seconds


@dataclass
class Loopback:
    """A raw TCP server: answers request n as `behaviours[n]` says, the last one for ever."""

    behaviours: tuple[Behaviour, ...]
    url: str = ""
    requests: list[bytes] = field(default_factory=list)
    released: asyncio.Event = field(default_factory=asyncio.Event)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while request := await _request(reader):
                number = min(len(self.requests), len(self.behaviours) - 1)
                self.requests.append(request)
                await self.behaviours[number](writer)
        except ConnectionError:
            pass
        finally:
            writer.close()


@asynccontextmanager
async def loopback(*behaviours: Behaviour) -> AsyncIterator[Loopback]:
    """Serve on a free port of this machine."""
    backend = Loopback(behaviours)
    server = await asyncio.start_server(backend.serve, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    backend.url = f"http://{host}:{port}"
    try:
        yield backend
    finally:
        server.close()


async def _request(reader: asyncio.StreamReader) -> bytes:
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError as rest:
        return rest.partial
    fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:-2])
    return head + await reader.readexactly(int(fields.get(b"content-length", 0)))


def says(raw: bytes) -> Behaviour:
    """Write these bytes and keep the connection open."""

    async def behave(writer: asyncio.StreamWriter) -> None:
        writer.write(raw)
        await writer.drain()

    return behave


def then_closes(raw: bytes) -> Behaviour:
    """Write these bytes and hang up."""

    async def behave(writer: asyncio.StreamWriter) -> None:
        writer.write(raw)
        writer.close()

    return behave


async def resets(writer: asyncio.StreamWriter) -> None:
    """Break the connection."""
    writer.transport.abort()


async def stays_silent(writer: asyncio.StreamWriter) -> None:
    """Never answer."""


def answer(body: bytes = b"{}", status: str = "200 OK", headers: bytes = b"") -> bytes:
    """A whole HTTP answer as bytes."""
    head = b"HTTP/1.1 %s\r\nContent-Length: %d\r\n%s\r\n" % (status.encode(), len(body), headers)
    return head + body
