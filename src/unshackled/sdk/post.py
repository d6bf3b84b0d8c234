"""Sends a stand-in's callbacks, again and again while nobody takes them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from unshackled.outbound.wire import Outgoing, Wire

Deliver = Callable[[str, bytes, Mapping[str, str]], Awaitable[None]]

# The first may arrive before the write-ahead of the call that it answers is readable everywhere.
WAITS_SECONDS: Final = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 4.0, 8.0)
WITHIN_SECONDS: Final = 10.0


async def deliver(url: str, body: bytes, headers: Mapping[str, str]) -> None:
    """POST a callback; a failure, a 5xx and 429 are tried again, then it is dropped."""
    # Loads the HTTP library, which no adapter needs to be imported.
    from unshackled.outbound.wire import (  # noqa: PLC0415
        Outgoing,
        Wire,
        aiohttp_transport,
    )

    timeouts = dict.fromkeys(("pool", "connect", "write", "read"), WITHIN_SECONDS)
    outgoing = Outgoing(method="POST", url=url, headers=headers, content=body, timeouts=timeouts)
    wire = Wire(aiohttp_transport(1, None))
    try:
        for wait in WAITS_SECONDS:
            if await _taken(wire, outgoing):
                return
            await asyncio.sleep(wait)
    finally:
        await wire.aclose()


async def _taken(wire: Wire, outgoing: Outgoing) -> bool:
    try:
        answer = await wire.send(outgoing, WITHIN_SECONDS)
    except Exception:  # noqa: BLE001  whatever stopped it, the next try may pass
        return False
    return answer.status < 500 and answer.status != 429
