"""Posts one delivery: the only part of webhooks that knows HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Protocol

from unshackled.domain.clock import Clock
from unshackled.errors import ProviderError
from unshackled.events.webhooks.urls import target_of, wrong_address
from unshackled.lru_cache import LruCache
from unshackled.outbound import HttpClient, Limits
from unshackled.outbound.answer import retry_after
from unshackled.store.cloudevent import CONTENT_TYPE
from unshackled.store.side_tables.deliveries import Reply

if TYPE_CHECKING:  # at run time it would load two HTTP libraries before anybody listens
    from unshackled.outbound.http_transport import Transport

PROVIDER: Final = "webhook"
TIMEOUT: Final = timedelta(seconds=15)
CLIENTS_KEPT: Final = 256
ANY_STATUS: Final = range(100, 600)


class Post(Protocol):
    """How a delivery gets out."""

    async def __call__(self, url: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """Post once and say what came of it; never raises for anything that a server does."""
        ...

    async def close(self) -> None:
        """Close what is open."""
        ...


class HttpPost:
    """Posts by HTTP: redirects are not followed, and an answer must come within 15 s.

    An address that may not be an endpoint (any more) is not called; `loopback` as in `wrong_url`.
    Path and query go out as they were written.
    """

    def __init__(
        self, clock: Clock, *, loopback: bool = False, transport: Transport = "aiohttp"
    ) -> None:
        self._clock = clock
        self._loopback = loopback
        # Only aiohttp lets us look at the addresses that it connects to.
        self._transport: Transport = "aiohttp" if transport == "httpx" else transport
        self._clients = LruCache[str, HttpClient](CLIENTS_KEPT)

    async def __call__(self, url: str, headers: Mapping[str, str], body: bytes) -> Reply:
        if wrong_address(url, loopback=self._loopback) is not None:
            return Reply(error="AddressNotAllowed")
        server, target = target_of(url)
        client = await self._client(server)
        try:
            answer = await client.request(
                "POST",
                target,
                as_written=True,
                content=body,
                headers={**headers, "Content-Type": CONTENT_TYPE},
                expect=ANY_STATUS,
            )
        except ProviderError as error:
            return Reply(error=str(error).removeprefix(f"{PROVIDER}: "))
        wait = retry_after(answer.headers, self._clock.now())
        seconds = None if wait is None else wait.total_seconds()
        return Reply(status=answer.status, retry_after=seconds)

    async def close(self) -> None:
        """Close every connection."""
        for client in self._clients.drain():
            await client.aclose()

    async def _client(self, server: str) -> HttpClient:
        """One connection pool for each server; the one that was used longest ago goes first."""
        client = self._clients.get(server)
        if client is None:
            client = HttpClient(
                PROVIDER,
                server,
                limits=Limits(timeout=TIMEOUT),
                transport=self._transport,
                clock=self._clock,
                public_only=not self._loopback,
            )
            oldest = self._clients.put(server, client)
            if oldest is not None:
                await oldest.aclose()
        return client
