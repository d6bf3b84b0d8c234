"""A load balancer as small as can be: it asks replicas for their health and takes turns.

Customers' requests are dealt out by `order()`; for browsers and providers it listens itself and
passes bytes to and fro. A replica that fails its check is asked last.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

import httpx

from unshackled.proving.own_processes import OwnProcess
from unshackled.testing.servers import HOST, free_port

CHECK_EVERY_SECONDS: Final = 1.0
CHECK_WITHIN_SECONDS: Final = 1.5
CONNECT_WITHIN_SECONDS: Final = 1.0
PORTION_BYTES: Final = 65_536


@dataclass(kw_only=True)
class Balancer:
    """Replicas in turn, the healthy ones first."""

    replicas: Sequence[OwnProcess]
    port: int = field(default_factory=free_port)
    ill: set[int] = field(default_factory=set)
    _turn: int = 0
    _server: asyncio.Server | None = None
    _checks: asyncio.Task[None] | None = None
    _lines: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def url(self) -> str:
        """The public address."""
        return f"http://{HOST}:{self.port}"

    def order(self) -> Sequence[OwnProcess]:
        """Whom to ask, and whom after that."""
        self._turn += 1
        at = self._turn % len(self.replicas)
        turned = [*self.replicas[at:], *self.replicas[:at]]
        return sorted(turned, key=lambda one: one.port in self.ill)

    async def open(self) -> None:
        """Listen, and check from now on."""
        self._server = await asyncio.start_server(self._accept, HOST, self.port)
        self._checks = asyncio.create_task(self._check_all())

    async def close(self) -> None:
        """Cut every line."""
        if self._server is not None:
            self._server.close()
        tasks = [*self._lines, *([self._checks] if self._checks else ())]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _check_all(self) -> None:
        async with httpx.AsyncClient(timeout=CHECK_WITHIN_SECONDS) as web:
            while True:
                await asyncio.gather(*(self._check(replica, web) for replica in self.replicas))
                await asyncio.sleep(CHECK_EVERY_SECONDS)

    async def _check(self, replica: OwnProcess, web: httpx.AsyncClient) -> None:
        if await replica.answers(web):
            self.ill.discard(replica.port)
        else:
            self.ill.add(replica.port)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = asyncio.create_task(self._serve(reader, writer))
        self._lines.add(line)
        line.add_done_callback(self._lines.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            found = await self._connect()
            if found is not None:
                theirs, to_them = found
                try:
                    await _both_ways((reader, to_them), (theirs, writer))
                finally:
                    to_them.close()
        finally:
            writer.close()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        for replica in self.order():
            with suppress(OSError, TimeoutError):
                async with asyncio.timeout(CONNECT_WITHIN_SECONDS):
                    return await asyncio.open_connection(HOST, replica.port)
        return None


async def _both_ways(*lines: tuple[asyncio.StreamReader, asyncio.StreamWriter]) -> None:
    """Until either side has no more to say."""
    tasks = [asyncio.create_task(_pass_on(*line)) for line in lines]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while portion := await reader.read(PORTION_BYTES):
            writer.write(portion)
            await writer.drain()
