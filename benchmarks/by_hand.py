"""The same ten calls written by hand, nothing durable: asyncio with httpx, and with aiohttp.

`python -m benchmarks.by_hand '{"library": "httpx", "backends": <url>, "rounds": [...]}'`
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict
from functools import partial
from typing import Any, Final
from uuid import uuid4

import aiohttp
import httpx

from benchmarks.measure import cost_of, run

Json = Any
Post = Callable[[str, Json, dict[str, str]], Awaitable[Json]]
PAYMENTS: Final = "/psp/v1/payments"
RESERVATIONS: Final = "/commerce/v2/reservations"


def body(checkout: str, reference: str) -> Json:
    """What the adapter sends for a charge."""
    return {
        "merchant_reference": reference,
        "amount": 6_800,
        "currency": "GBP",
        "token": "tok_sample_visa",
        "statement": "BENCH",
        "callback_url": "http://127.0.0.1:1/v1/callbacks/bench/psp",
        "return_url": f"http://127.0.0.1:1/v1/returns/{reference}",
        "metadata": {"checkout": checkout},
    }


def goods(reference: str) -> Json:
    """What the adapter sends for a reservation."""
    lines = [{"sku": "handset-mid", "quantity": 1}]
    return {"reference": reference, "lines": lines, "hold_seconds": 1_800}


async def charge(post: Post, checkout: str) -> None:
    """A payment, its answer read and checked."""
    reference = _reference()
    answer = await post(PAYMENTS, body(checkout, reference), _headers(reference))
    if answer["status"] != "captured":
        raise RuntimeError(answer)


async def reserve(post: Post) -> None:
    """A reservation, its answer read and checked."""
    reference = _reference()
    answer = await post(RESERVATIONS, goods(reference), _headers(reference))
    if answer["state"] != "held":
        raise RuntimeError(answer)


def _reference() -> str:
    return uuid4().hex[:26].upper()


def _headers(reference: str) -> dict[str, str]:
    return {"Authorization": "Bearer demo-only", "Idempotency-Key": reference}


async def flow(post: Post) -> None:
    """The calls of the flow `ten-effects`: eight in sequence, and one pair in the middle."""
    for _ in range(4):
        await reserve(post)
    await asyncio.gather(reserve(post), reserve(post))
    for _ in range(3):
        await reserve(post)
    await charge(post, uuid4().hex)


@asynccontextmanager
async def poster(library: str, backends: str) -> AsyncIterator[Post]:
    """What sends JSON and reads JSON: httpx on its own pool, or aiohttp."""
    if library == "httpx":
        async with httpx.AsyncClient(base_url=backends) as client:
            yield by_httpx(client)
    else:
        async with aiohttp.ClientSession(backends) as session:
            yield partial(_by_aiohttp, session)


def by_httpx(client: httpx.AsyncClient) -> Post:
    """What posts through a client of httpx."""

    async def post(path: str, body: Json, headers: dict[str, str]) -> Json:
        response = await client.post(path, json=body, headers=headers)
        response.raise_for_status()
        return response.json()

    return post


async def _by_aiohttp(
    session: aiohttp.ClientSession, path: str, body: Json, headers: dict[str, str]
) -> Json:
    async with session.post(path, json=body, headers=headers) as response:
        response.raise_for_status()
        return await response.json()


async def rounds(asked: Any) -> list[Any]:
    """The cost of the ten calls in each round, after a short one."""
    async with poster(asked["library"], asked["backends"]) as post:
        play = partial(flow, post)
        await cost_of(play, times=10, at_once=5)
        return [
            asdict(await cost_of(play, times=times, at_once=at_once))
            for times, at_once in asked["rounds"]
        ]


def main() -> None:
    """Measure and print."""
    print(json.dumps(run(rounds(json.loads(sys.argv[1])))))


if __name__ == "__main__":
    main()
