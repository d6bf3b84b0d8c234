"""The retailers' own servers: each gets webhooks of its checkouts, and now and then fails once."""

from __future__ import annotations

import asyncio
from collections.abc import Container, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from typing import Final

from standardwebhooks import Webhook

from unshackled.proving.chaos.chaos_environment import RETAILERS, demo_key
from unshackled.proving.chaos.stream_check import Compared, compare
from unshackled.store.cloudevent import loads
from unshackled.store.stored_records import EventRow
from unshackled.testing.customer import ApiCaller
from unshackled.testing.servers import HOST, free_port

GROUP: Final = "checkout."
FAILS: Final = 0.03
ANSWERS: Final = {204: b"No Content", 400: b"Bad Request", 500: b"Internal Server Error"}


@dataclass(kw_only=True)
class Shops:
    """One server for all; `arrived` are the accepted events, in their order, repeats included."""

    random: Random
    port: int = field(default_factory=free_port)
    secrets: dict[str, str] = field(default_factory=dict)
    arrived: list[EventRow] = field(default_factory=list)
    forged: int = 0
    _failed: set[str] = field(default_factory=set)
    _server: asyncio.Server | None = None
    _lines: set[asyncio.Task[None]] = field(default_factory=set)

    async def open(self, line: ApiCaller) -> None:
        """Listen, and have each retailer ask for the events of its checkouts."""
        self._server = await asyncio.start_server(self._accept, HOST, self.port)
        for retailer in RETAILERS:
            answer = await line.request(
                "POST",
                "/v1/retailer/webhooks",
                json={"url": f"http://{HOST}:{self.port}/{retailer}", "types": [f"{GROUP}*"]},
                headers={
                    "Authorization": f"Bearer {demo_key(retailer)}",
                    "Idempotency-Key": "webhooks",
                },
            )
            assert answer.status_code == 201, answer.text
            self.secrets[retailer] = answer.json()["secret"]

    async def close(self) -> None:
        """Hang up."""
        if self._server is not None:
            self._server.close()
        for line in self._lines:
            line.cancel()
        await asyncio.gather(*self._lines, return_exceptions=True)

    def compared(self, log: Sequence[EventRow], replayed: Container[str] = ()) -> Compared:
        """What arrived against what there was to tell."""
        published = [one for one in log if one.type.startswith(GROUP)]
        return compare(published, self.arrived, replayed)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = asyncio.create_task(self._serve(reader, writer))
        self._lines.add(line)
        line.add_done_callback(self._lines.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with suppress(OSError, asyncio.IncompleteReadError):
                while True:
                    retailer, headers = _read(await reader.readuntil(b"\r\n\r\n"))
                    body = await reader.readexactly(int(headers["content-length"]))
                    status = self._take(retailer, headers, body)
                    said = f"HTTP/1.1 {status} ".encode() + ANSWERS[status]
                    writer.write(said + b"\r\ncontent-length: 0\r\n\r\n")
                    await writer.drain()
        finally:
            writer.close()

    def _take(self, retailer: str, headers: Mapping[str, str], body: bytes) -> int:
        """The status of the answer."""
        name, at = headers["webhook-id"], int(headers["webhook-timestamp"])
        own = Webhook(self.secrets[retailer])
        expected = own.sign(name, datetime.fromtimestamp(at, UTC), body.decode())
        if expected not in headers["webhook-signature"].split():
            self.forged += 1
            return 400
        if name not in self._failed and self.random.random() < FAILS:
            self._failed.add(name)
            return 500
        self.arrived.append(loads(body))
        return 204


def _read(head: bytes) -> tuple[str, dict[str, str]]:
    """The path without its slash, and the headers, of a request."""
    first, *lines = head.decode("latin-1").strip().split("\r\n")
    pairs = (line.partition(":") for line in lines)
    return first.split()[1][1:], {name.lower(): value.strip() for name, _, value in pairs}
