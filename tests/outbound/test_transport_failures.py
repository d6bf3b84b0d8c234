"""Every way a call can fail on a real socket, over both transports."""

from __future__ import annotations

import asyncio
import gzip
import socket
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Literal

import pytest

from tests.outbound.fakes import (
    Behaviour,
    answer,
    loopback,
    resets,
    says,
    stays_silent,
    then_closes,
)
from unshackled.errors import InDoubt, NotSent
from unshackled.outbound import HttpClient, Limits, Timeouts

Transport = Literal["aiohttp", "httpx"]
FAST = Limits(timeout=timedelta(seconds=5))


class Clients:
    """Makes clients over one transport and closes them all."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._made: list[HttpClient] = []

    def to(self, url: str, limits: Limits = FAST, timeouts: Timeouts | None = None) -> HttpClient:
        client = HttpClient(
            "acme", url, limits=limits, timeouts=timeouts, transport=self._transport
        )
        self._made.append(client)
        return client

    async def aclose(self) -> None:
        for client in self._made:
            await client.aclose()


@pytest.fixture(params=["aiohttp", "httpx"])
async def clients(request: pytest.FixtureRequest) -> AsyncIterator[Clients]:
    clients = Clients(request.param)
    yield clients
    await clients.aclose()


async def test_refused_connection_is_not_sent(clients: Clients) -> None:
    """Nobody listens, so the backend did nothing."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        client = clients.to(f"http://127.0.0.1:{bound.getsockname()[1]}")
        with pytest.raises(NotSent) as raised:
            await client.request("POST", "/charges", json={})
    assert raised.value.provider == "acme"


async def test_unresolved_name_is_not_sent(clients: Clients) -> None:
    """A name that does not resolve leads nowhere."""
    client = clients.to("http://[::1%nosuch]:9")
    with pytest.raises(NotSent):
        await client.request("POST", "/charges", json={})


@pytest.mark.parametrize("greeting", [b"", b"220 this is not TLS\r\n"])
async def test_failed_tls_handshake_is_not_sent(clients: Clients, greeting: bytes) -> None:
    """A server that does not speak TLS, or hangs up on it, never saw the request."""
    async with loopback(then_closes(greeting)) as backend:
        client = clients.to(
            backend.url.replace("http:", "https:"),
            timeouts=Timeouts(connect=timedelta(milliseconds=300)),
        )
        with pytest.raises(NotSent):
            await client.request("POST", "/charges", json={"card": "secret"})
    assert not any(b"secret" in request for request in backend.requests)


async def test_full_pool_is_not_sent(clients: Clients) -> None:
    """A request that never got a connection was not sent."""
    async with loopback(stays_silent) as backend:
        client = clients.to(
            backend.url,
            Limits(concurrency=1, timeout=timedelta(seconds=2)),
            Timeouts(connect=timedelta(milliseconds=100), read=timedelta(milliseconds=400)),
        )
        outcomes = await gathered(client, 2)
    assert sorted(outcomes) == ["InDoubt", "NotSent"]
    assert len(backend.requests) == 1


AFTER_SENDING: dict[str, Behaviour] = {
    "hangs up": then_closes(b""),
    "resets": resets,
    "says nothing": stays_silent,
    "garbles": then_closes(b"220 mail ready\r\n\r\n"),
    "stops in the head": then_closes(b"HTTP/1.1 200 OK\r\nContent-"),
    "stops in the body": then_closes(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"),
    "stalls in the body": says(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{"),
    "stops in a chunk": then_closes(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\n{"
    ),
    "lies about gzip": says(answer(b"{}", headers=b"Content-Encoding: gzip\r\n")),
    "floods": then_closes(b"HTTP/1.1 200 OK\r\nContent-Length: 6000000\r\n\r\n" + bytes(6_000_000)),
    "redirects": says(answer(status="307 Moved", headers=b"Location: /elsewhere\r\n")),
    "fails": says(answer(status="503 Unavailable", headers=b"Retry-After: 1\r\n")),
}


@pytest.mark.parametrize("behaviour", AFTER_SENDING.values(), ids=AFTER_SENDING)
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
async def test_failure_after_sending_is_in_doubt_and_sent_once(
    clients: Clients, behaviour: Behaviour, method: str
) -> None:
    """Once the request left, no failure proves that it had no effect, and none repeats it."""
    async with loopback(behaviour) as backend:
        client = clients.to(backend.url, timeouts=Timeouts(read=timedelta(milliseconds=100)))
        with pytest.raises(InDoubt):
            await client.request(method, "/charges", json={"amount_minor": 4900})
    assert len(backend.requests) == 1


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
async def test_kept_connection_that_breaks_is_in_doubt_and_never_repeated(
    clients: Clients, method: str
) -> None:
    """A break on a reused connection is in doubt: no transport sends by itself again."""
    async with loopback(says(answer()), then_closes(b"")) as backend:
        client = clients.to(backend.url)
        await client.request("GET", "/")
        with pytest.raises(InDoubt):
            await client.request(method, "/charges")
    assert len(backend.requests) == 2


async def test_connection_closed_while_idle_is_never_called_not_sent(clients: Clients) -> None:
    """A server that closed an idle connection gets the request afresh, or it is in doubt."""
    async with loopback(then_closes(answer())) as backend:
        client = clients.to(backend.url)
        for _ in range(20):
            try:
                await client.request("POST", "/charges")
            except InDoubt:
                continue
    assert len(backend.requests) <= 20


async def test_deadline_in_the_answer_is_in_doubt(clients: Clients) -> None:
    """The total bound holds even if bytes keep arriving in time."""
    drip = says(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{")
    async with loopback(drip) as backend:
        client = clients.to(backend.url, Limits(timeout=timedelta(milliseconds=150)))
        with pytest.raises(InDoubt):
            await client.request("GET", "/")


async def test_gzip_is_read_and_cookies_are_not_kept(clients: Clients) -> None:
    """Customers share the pool of a provider, so a session cookie must not stay in it."""
    packed = answer(
        gzip.compress(b'{"a": 1}'), headers=b"Content-Encoding: gzip\r\nSet-Cookie: sid=1\r\n"
    )
    async with loopback(says(packed)) as backend:
        client = clients.to(backend.url)
        answers = [await client.request("GET", "/") for _ in range(2)]
    assert [each.json() for each in answers] == [{"a": 1}, {"a": 1}]
    assert answers[0].headers["set-cookie"] == "sid=1"
    assert not any(b"sid=1" in request for request in backend.requests)


async def gathered(client: HttpClient, calls: int) -> list[str]:
    """The names of the errors of so many requests at once."""
    errors = await asyncio.gather(
        *(client.request("POST", "/") for _ in range(calls)), return_exceptions=True
    )
    return [type(error).__name__ for error in errors]


@pytest.mark.parametrize(
    ("sent", "name", "read"),
    [
        (b"X-One: 1\r\n", "x-ONE", "1"),
        (b'RateLimit: "a";r=9\r\nratelimit: "b";r=0\r\n', "RateLimit", '"a";r=9, "b";r=0'),
        ("X-Name: Müller\r\n".encode("latin-1"), "x-name", "Müller"),
        (b"X-Text: M\xc3\xbcller\r\n", "x-text", "Müller"),
    ],
)
async def test_headers_read_the_same_by_either_library(
    clients: Clients, sent: bytes, name: str, read: str
) -> None:
    """Whatever their case; a repeated one is joined, and what is no ASCII is decoded."""
    async with loopback(says(answer(headers=sent))) as backend:
        received = (await clients.to(backend.url).request("GET", "/")).headers
    assert (received[name], received.get(name.upper())) == (read, read)
