"""Callbacks of stand-ins are sent again while nobody takes them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from unshackled.sdk.post import deliver


@asynccontextmanager
async def listening(statuses: list[int], seen: list[bytes]) -> AsyncIterator[str]:
    """A server that answers each request with the next status."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        seen.append(head.split(b"\r\n")[0] + b" " + await reader.readexactly(length))
        status = statuses.pop(0)
        writer.write(
            f"HTTP/1.1 {status} X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode()
        )
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        port = server.sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}/cb?provider=bank"
    finally:
        server.close()
        await server.wait_closed()


@pytest.mark.parametrize(
    ("statuses", "tries"),
    [([204], 1), ([503, 429, 204], 3), ([401, 204], 1)],
    ids=["taken", "taken later", "refused"],
)
async def test_a_callback_is_sent_until_taken_or_refused(statuses: list[int], tries: int) -> None:
    """A 503 or 429 is tried again with the same body; a refusal ends it."""
    seen: list[bytes] = []
    async with listening(list(statuses), seen) as url:
        await deliver(url, b"{}", {"Content-Type": "application/json"})
    assert seen == [b"POST /cb?provider=bank HTTP/1.1 {}"] * tries
