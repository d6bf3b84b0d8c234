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
PATH: Final = "/psp/v1/payments"


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


async def charge(post: Post, checkout: str) -> None:
    """One call, its answer read and checked."""
    reference = uuid4().hex[:26].upper()
    headers = {"Authorization": "Bearer demo-only", "Idempotency-Key": reference}
    answer = await post(PATH, body(checkout, reference), headers)
    if answer["status"] != "captured":
        raise RuntimeError(answer)


async def flow(post: Post) -> None:
    """Eight calls in sequence and one pair in the middle."""
    checkout = uuid4().hex
    for _ in range(4):
        await charge(post, checkout)
    await asyncio.gather(charge(post, checkout), charge(post, checkout))
    for _ in range(4):
        await charge(post, checkout)


@asynccontextmanager
async def poster(library: str, backends: str) -> AsyncIterator[Post]:
    """What sends JSON and reads JSON: httpx on its own pool, or aiohttp."""
    if library == "httpx":
        async with httpx.AsyncClient(base_url=backends) as client:
            yield partial(_by_httpx, client)
    else:
        async with aiohttp.ClientSession(backends) as session:
            yield partial(_by_aiohttp, session)


async def _by_httpx(
    client: httpx.AsyncClient, path: str, body: Json, headers: dict[str, str]
) -> Json:
    response = await client.post(path, json=body, headers=headers)
    response.raise_for_status()
    return response.json()


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
