"""Sends one HTTP request: the only module that imports an HTTP library.

httpx's transports, without `httpx.AsyncClient`: a provider needs none of its cookies (one
customer's session would ride on the next customer's call), redirects, proxies from the environment
and log lines with whole URLs; and the bare transport costs a third less. On aiohttp's transport
httpx's request and response are not even built where nothing is to be decoded: aiohttp makes its
own.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from functools import cache, lru_cache
from typing import Final, Literal

import httpx
from aiohttp import ClientResponse, ClientSession, ClientTimeout, DummyCookieJar, TCPConnector
from httpx_aiohttp import AiohttpTransport
from httpx_aiohttp.transport import AiohttpResponseStream, map_aiohttp_exceptions
from yarl import URL

from unshackled.outbound.answer import Answer
from unshackled.outbound.public import PublicResolver

Transport = Literal["aiohttp", "httpx"] | httpx.AsyncBaseTransport
LARGEST_BODY: Final = 5 * 1024 * 1024
# Common servers close an idle connection after 5 s; letting go first avoids doubts.
KEEP_ALIVE_SECONDS: Final = 4.0


# Parsing is a tenth of the cost of a request, and most paths of a provider are constant.
_parsed = lru_cache(maxsize=256)(httpx.URL)


class TooLarge(Exception):
    """An answer of more than `LARGEST_BODY` bytes, decompressed."""


class HttpTransport:
    """The connection pool to one provider."""

    def __init__(
        self,
        provider: str,
        transport: Transport,
        *,
        connections: int,
        tls: ssl.SSLContext | None,
        public_only: bool = False,
    ) -> None:
        self._provider = provider
        if transport == "aiohttp":
            self._transport = _aiohttp(connections, tls or _default_tls(), public_only=public_only)
        elif transport == "httpx":
            self._transport = _httpx(connections, tls or _default_tls())
        else:
            self._transport = transport

    async def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes,
        within: float,
        phases: Mapping[str, float],
    ) -> Answer:
        """Send and read the whole answer `within` so many seconds.

        `phases` bounds `pool`, `connect`, `write` and `read` (each wait for bytes) in seconds.
        """
        async with asyncio.timeout(within):
            if isinstance(self._transport, OwnPool):
                status, received, content = await self._transport.exchange(
                    method, url, headers, body, phases
                )
            else:
                request = httpx.Request(
                    method,
                    _parsed(url),
                    headers=headers,
                    content=body,
                    extensions={"timeout": phases},
                )
                response = await self._transport.handle_async_request(request)
                try:
                    content = await _read(response.aiter_bytes())
                finally:
                    await response.aclose()
                status, received = response.status_code, response.headers
        return Answer(provider=self._provider, status=status, headers=received, body=content)

    async def aclose(self) -> None:
        """Close every connection."""
        await self._transport.aclose()


class OwnPool(AiohttpTransport):
    """httpx's transport on aiohttp's pool, with a short way for what is read whole."""

    async def exchange(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes,
        phases: Mapping[str, float],
    ) -> tuple[int, Mapping[str, str], bytes]:
        """Send, and read status, headers and body; fails with what httpx's transports raise."""
        if not isinstance(self.client, ClientSession):
            self.client = self.get_client()
        with map_aiohttp_exceptions():
            response = await self.client.request(
                method,
                url,
                headers=headers,
                data=body or None,
                allow_redirects=False,
                auto_decompress=False,
                compress=False,
                timeout=ClientTimeout(
                    sock_connect=phases.get("connect"),
                    sock_read=phases.get("read"),
                    connect=phases.get("pool"),
                ),
            )
            try:
                received = _headers(response)
                return response.status, received, await _read(_decoded(response, received))
            finally:
                await response.__aexit__(None, None, None)


def _headers(response: ClientResponse) -> Mapping[str, str]:
    """Those of aiohttp, made in C; of httpx, which joins and decodes, where one needs that."""
    received = response.headers
    plain = all(map(str.isascii, received.values()))
    if plain and len({name.lower() for name in received}) == len(received):
        return received
    return httpx.Headers(list(response.raw_headers))


def _decoded(response: ClientResponse, headers: Mapping[str, str]) -> AsyncIterator[bytes]:
    """The body as it was before it was compressed: that is httpx's part."""
    if "content-encoding" not in headers:
        return response.content.iter_chunked(AiohttpResponseStream.CHUNK_SIZE)
    whole = httpx.Response(
        response.status,
        headers=list(response.raw_headers),
        stream=AiohttpResponseStream(response),
    )
    return whole.aiter_bytes()


async def _read(parts: AsyncIterator[bytes]) -> bytes:
    read: list[bytes] = []
    size = 0
    async for part in parts:
        size += len(part)
        if size > LARGEST_BODY:
            raise TooLarge
        read.append(part)
    return b"".join(read)


def _aiohttp(
    connections: int, tls: ssl.SSLContext, *, public_only: bool
) -> httpx.AsyncBaseTransport:
    def session() -> ClientSession:
        connector = TCPConnector(
            limit=connections,
            ssl=tls,
            keepalive_timeout=KEEP_ALIVE_SECONDS,
            resolver=PublicResolver() if public_only else None,
        )
        session = ClientSession(connector=connector, cookie_jar=DummyCookieJar())
        # Else it repeats a PUT or DELETE by itself when a kept connection breaks.
        session._retry_connection = False  # noqa: SLF001
        # Else it decodes parts of a query (`%2F`) that was encoded as it has to be.
        session._build_url = _encoded  # type: ignore[assignment] # noqa: SLF001
        return session

    return OwnPool(verify=tls, client=session)


def _encoded(url: str | URL) -> URL:
    return url if isinstance(url, URL) else URL(url, encoded=True)


def _httpx(connections: int, tls: ssl.SSLContext) -> httpx.AsyncBaseTransport:
    limits = httpx.Limits(max_connections=connections, keepalive_expiry=KEEP_ALIVE_SECONDS)
    return httpx.AsyncHTTPTransport(verify=tls, trust_env=False, limits=limits)


@cache
def _default_tls() -> ssl.SSLContext:
    return httpx.create_ssl_context()
