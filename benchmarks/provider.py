"""One call to a provider: the whole way through ours, or the same request by hand.

`python -m benchmarks.provider '{"call": "psp", "by": "ours", "backends": <url>, "rounds": […]}'`
"""

from __future__ import annotations

import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import asdict, dataclass
from functools import partial
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO, Final, TypeAlias
from urllib.parse import parse_qsl

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport

from benchmarks.measure import cost_of, run
from benchmarks.service import RETAILER, service
from unshackled.app import Service
from unshackled.domain.customer import PaymentMethod
from unshackled.outbound.http_transport import Transport
from unshackled.ports import all_operations
from unshackled.ports.call_context import Call
from unshackled.ports.outcome import Passed
from unshackled.testing.bench import reference
from unshackled.testing.samples import request_for

FLOWS: Final = Path(__file__).parent / "vendors"
# What a request by hand needs; the rest is the library's own.
KEPT: Final = frozenset({"authorization", "idempotency-key", "stripe-version", "x-correlator"})
Play: TypeAlias = Callable[[], Awaitable[None]]
Post: TypeAlias = Callable[..., Awaitable[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """What is called at whom, by which route."""

    provider: str
    operation: str = "payment.charge"
    route: str | None = None
    card: str = "tok_visa"


WAYS: Final = {
    "psp": Way(provider="psp"),
    "split": Way(provider="twin", route="cards"),
    "stripe": Way(provider="stripe", card="pm_card_visa"),
    "oauth": Way(provider="operator", operation="fraud.check_sim_swap"),
    "shadow": Way(provider="operator", operation="fraud.check_sim_swap", route="lines"),
}


class Failed(RuntimeError):
    """A call that was not answered as it should be."""


class Tapped(httpx.AsyncBaseTransport):
    """httpx's own transport, or another one; keeps the last request."""

    def __init__(self, wire: httpx.AsyncBaseTransport | None = None) -> None:
        self._wire = wire or httpx.AsyncHTTPTransport()
        self.last: httpx.Request | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.last = request
        return await self._wire.handle_async_request(request)

    async def aclose(self) -> None:
        await self._wire.aclose()


def through(built: Service, way: Way) -> Play:
    """One call through guard, router's notes, adapter and HTTP client; each with its own key."""
    card = PaymentMethod(token=way.card)
    request = request_for(all_operations()[way.operation], facts=(card,))
    numbers = count()

    async def play() -> None:
        key = reference(next(numbers))
        call = Call(
            reference=key,
            checkout="chk_bench",
            currency="GBP",
            locale="en-GB",
            callback_url="http://127.0.0.1:1/v1/callbacks/bench/psp",
            return_url=f"http://127.0.0.1:1/v1/returns/{key}",
            route=way.route,
        )
        outcome = await built.components.providers.perform(
            RETAILER, way.provider, way.operation, request, call
        )
        if not isinstance(outcome, Passed):
            raise Failed(repr(outcome))

    return play


def again(sent: httpx.Request, post: Post) -> Play:
    """The same request by hand: its body encoded, its answer read as JSON, a key of its own."""
    numbers = count()
    headers = {name: value for name, value in sent.headers.items() if name in KEPT}
    as_form = "form" in sent.headers["content-type"]
    said = dict(parse_qsl(sent.content.decode())) if as_form else json.loads(sent.content)
    body, url = {"data" if as_form else "json": said}, str(sent.url)

    async def play() -> None:
        own = dict(headers)
        if "idempotency-key" in own:
            own["idempotency-key"] = reference(f"again {next(numbers)}")
        await post(url, headers=own, **body)

    return play


@asynccontextmanager
async def poster(by: str) -> AsyncIterator[Post]:
    """What posts and reads JSON: httpx on its own pool, httpx on ours, or aiohttp."""
    if by == "aiohttp":
        async with aiohttp.ClientSession() as session:
            yield partial(_by_aiohttp, session)
        return
    pool = AiohttpTransport() if by == "httpx on aiohttp" else None
    async with httpx.AsyncClient(transport=pool) as client:
        yield by_httpx(client)


def by_httpx(client: httpx.AsyncClient) -> Post:
    """What posts through a client of httpx."""

    async def post(url: str, **said: Any) -> Any:
        response = await client.post(url, **said)
        response.raise_for_status()
        return response.json()

    return post


async def _by_aiohttp(session: aiohttp.ClientSession, url: str, **said: Any) -> Any:
    async with session.post(url, **said) as response:
        response.raise_for_status()
        return await response.json()


@asynccontextmanager
async def ours(
    asked: Any, folder: str, transport: Transport = "aiohttp", lines: BinaryIO | None = None
) -> AsyncIterator[Play]:
    """The service as it is in production, with nothing behind it but providers."""
    built = service(
        backends=asked["backends"],
        store=f"sqlite:///{folder}/bench.db",
        flows=FLOWS,
        transport=transport,
        lines=lines,
    )
    await built.components.store.open()
    await built.components.providers.warm()
    try:
        yield through(built, WAYS[asked["call"]])
    finally:
        await built.components.router.shadows.settle()
        await built.components.providers.close()
        await built.components.store.close()


@asynccontextmanager
async def by_hand(asked: Any, folder: str) -> AsyncIterator[Play]:
    """What our adapter once sent, sent again without us."""
    tap = Tapped()
    async with ours(asked, folder, tap) as play:
        await play()
    if tap.last is None:
        raise Failed("nothing was sent")
    async with poster(asked["by"]) as post:
        yield again(tap.last, post)


async def rounds(asked: Any, folder: str) -> list[Any]:
    """The cost of a call in each round, after a short one."""
    made: Callable[[Any, str], AbstractAsyncContextManager[Play]]
    made = ours if asked["by"] == "ours" else by_hand
    async with made(asked, folder) as play:
        await cost_of(play, times=100, at_once=16)
        measure = partial(cost_of, play)
        return [
            asdict(await measure(times=times, at_once=at_once))
            for times, at_once in asked["rounds"]
        ]


def main() -> None:
    """Measure and print."""
    with TemporaryDirectory() as folder:
        print(json.dumps(run(rounds(json.loads(sys.argv[1]), folder))))


if __name__ == "__main__":
    main()
