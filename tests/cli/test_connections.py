"""Connections over real sockets: half requests, silent ones and too many of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
import uvicorn
from uvicorn.server import ServerState

from unshackled.cli.connections import Bounds, Connection, Door, may_be_open

SHORT = timedelta(milliseconds=150)
WHOLE = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
Dial = Callable[[bytes], Awaitable[tuple[asyncio.StreamReader, asyncio.StreamWriter]]]


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Read the body, wait where the path says so, answer."""
    while (await receive()).get("more_body"):
        pass
    if scope["path"] == "/slow":
        await asyncio.sleep(3 * SHORT.total_seconds())
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body", "body": b""})


@pytest.fixture
async def dial() -> AsyncIterator[Dial]:
    """Connect to a server of four connections, and send something."""
    bounds = Bounds(connections=4, head=SHORT, body=SHORT, head_bytes=2_000)
    config = uvicorn.Config(app, lifespan="off", log_config=None, http="httptools")
    config.load()
    state, door = ServerState(), Door(bounds=bounds)

    def connection() -> Connection:
        return Connection(config=config, server_state=state, app_state={}, door=door)

    server = await asyncio.get_running_loop().create_server(connection, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    opened: list[asyncio.StreamWriter] = []

    async def dialled(sent: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        opened.append(writer)
        writer.write(sent)
        return reader, writer

    yield dialled
    for writer in opened:
        writer.close()
    server.close()


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"", b"408"),
        (b"\r\n", b"408"),
        (b"GET / HTTP/1.1\r\nHost: x\r\nX-A: 1\r\n", b"408"),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc", b"408"),
        (b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", b"408"),
        (b"GET / HTTP/1.1\r\nX-A: " + b"a" * 3_000, b"431"),
        (b"GET /" + b"a" * 3_000, b"431"),
        (WHOLE + b"GET / HTTP/1.1\r\nHo", b"204"),
    ],
)
async def test_half_a_request_is_not_waited_for(dial: Dial, sent: bytes, status: bytes) -> None:
    """Silent, without the end of its head or body, or with too much of a head: answered, closed."""
    reader, _ = await dial(sent)
    answered = await asyncio.wait_for(reader.read(), timeout=4)
    assert answered.split(b" ")[1] == status
    assert answered.count(b"HTTP/1.1") == (2 if status == b"204" else 1)


async def test_a_whole_request_may_take_its_time(dial: Dial) -> None:
    """What the service does with it is not bounded by the times for reading it."""
    reader, writer = await dial(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
    assert (await reader.readuntil(b"\r\n\r\n")).split(b" ")[1] == b"204"
    writer.write(WHOLE)
    assert (await reader.readuntil(b"\r\n\r\n")).split(b" ")[1] == b"204"


async def test_who_waits_longest_gives_way(dial: Dial) -> None:
    """Silent connections beyond the bound keep nobody out: the oldest is closed for the newest."""
    silent = [await dial(b"") for _ in range(4)]
    reader, _ = await dial(WHOLE)
    assert (await reader.readuntil(b"\r\n\r\n")).split(b" ")[1] == b"204"
    assert await reading(silent[0][0]) == b""


async def reading(reader: asyncio.StreamReader) -> bytes:
    """What comes until the end, which may be a reset."""
    try:
        return await asyncio.wait_for(reader.read(), timeout=5)
    except ConnectionError:
        return b""


async def test_where_all_are_busy_a_new_one_comes_back_later(dial: Dial) -> None:
    """None of those that are served is closed."""
    busy = [await dial(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n") for _ in range(4)]
    await asyncio.sleep(SHORT.total_seconds() / 3)
    late, _ = await dial(b"")
    answered = await reading(late)
    assert answered.split(b" ")[1] == b"503"
    assert b"retry-after" in answered
    for reader, _ in busy:
        assert (await reader.readuntil(b"\r\n\r\n")).split(b" ")[1] == b"204"


def test_open_files_bound_the_connections() -> None:
    """Never more than the system allows, with room for what else is open."""
    assert may_be_open(100) == 100
    assert may_be_open(10**9) < 10**6
