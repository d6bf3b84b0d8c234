"""A client that does not give up while the server is away."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

RESENDS_FOR_SECONDS = 40


@dataclass(kw_only=True)
class Persistent:
    """Sends the very same request again while nobody answers it."""

    web: httpx.AsyncClient
    resent: int = 0

    async def request(
        self, method: str, url: str, *, json: Any = None, headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        """The first answer; raises after `RESENDS_FOR_SECONDS` without one."""
        until = time.monotonic() + RESENDS_FOR_SECONDS
        while True:
            try:
                return await self.web.request(method, url, json=json, headers=headers)
            except httpx.TransportError:
                if time.monotonic() > until:
                    raise
                self.resent += 1
                await asyncio.sleep(0.4)
