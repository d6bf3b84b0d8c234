"""Customers over HTTP: nine requests of ours, and as many of the featureless application."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import uuid4

import aiohttp

from benchmarks.service import KEY
from unshackled.testing.customer import FORMS

Json = Any
PACKAGE: Final = {"handset": "handset-mid", "credit": {"plan": "credit-24-0", "deposit": 4_900}}
STEPS: Final = {
    "address": FORMS["address"],
    "contact": FORMS["contact"],
    "income": FORMS["income_and_outgoings"],
    "payment_method": FORMS["payment_method"],
}


class Wrong(RuntimeError):
    """An answer that no customer should get."""


@dataclass(kw_only=True)
class Shop:
    """Sends requests and keeps how long each kind took, in milliseconds."""

    session: aiohttp.ClientSession
    took: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    async def ask(self, kind: str, method: str, path: str, **more: Any) -> Json:
        """One request and its JSON."""
        started = time.perf_counter()
        async with self.session.request(method, path, **more) as response:
            body = await response.json()
            if response.status >= 400:
                raise Wrong(f"{method} {path}: {body}")
        self.took[kind].append((time.perf_counter() - started) * 1e3)
        return body


async def ours(shop: Shop) -> None:
    """A whole checkout at the service."""
    server = {"Authorization": f"Bearer {KEY}", "Idempotency-Key": uuid4().hex}
    begin = {"flow": "checkout", "package": PACKAGE}
    made = await shop.ask("create", "POST", "/v1/checkouts", json=begin, headers=server)
    mine = {"Authorization": f"Bearer {made['customer_token']}"}
    path = f"/v1/checkouts/{made['id']}"
    seen = made
    for step, form in STEPS.items():
        seen = await shop.ask(step, "PUT", f"{path}/steps/{step}", json=form, headers=mine)
    form = {"given": True, "wording": _document(seen, "consent")}
    seen = await shop.ask("consent", "PUT", f"{path}/steps/consent", json=form, headers=mine)
    form = {"shown": _document(seen, "summary")}
    seen = await shop.ask("summary", "PUT", f"{path}/steps/summary", json=form, headers=mine)
    yes = {"quote_id": seen["quote"]["id"]}
    await shop.ask("complete", "POST", f"{path}/complete", json=yes, headers=mine)
    seen = await shop.ask("read", "GET", path, headers=mine)
    if seen["status"] != "completed":
        raise Wrong(str(seen))


def _document(seen: Json, step: str) -> str:
    """The digest of the document that a step shows, or asks consent to."""
    for action in seen["next_actions"]:
        if action["step"] == step:
            return str(action["document"]["digest"])
    raise Wrong(str(seen))


async def featureless(shop: Shop) -> None:
    """As many requests, calls and writes at the featureless application."""
    made = await shop.ask("create", "POST", "/checkouts", json={"data": PACKAGE})
    path = f"/checkouts/{made['id']}"
    for step, form in STEPS.items():
        await shop.ask(step, "PUT", f"{path}/steps/{step}", json={"data": form})
    for step in ("consent", "summary"):
        form = {"data": {"shown": made["id"]}}
        await shop.ask(step, "PUT", f"{path}/steps/{step}", json=form)
    await shop.ask("complete", "POST", f"{path}/complete")
    await shop.ask("read", "GET", path)


Script = Callable[[Shop], Awaitable[None]]


async def crowd(url: str, script: Script, *, times: int, at_once: int) -> Shop:
    """So many checkouts, `at_once` under way all the time."""
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(url, connector=connector) as session:
        shop, left = Shop(session=session), iter(range(times))

        async def customer() -> None:
            for _ in left:
                await script(shop)

        await asyncio.gather(*(customer() for _ in range(at_once)))
    return shop


async def arrivals(url: str, script: Script, *, per_second: float, seconds: float) -> Shop:
    """Checkouts that begin at a steady rate, whoever is still being served."""
    async with aiohttp.ClientSession(url, connector=aiohttp.TCPConnector(limit=0)) as session:
        shop, tasks = Shop(session=session), []
        began = time.perf_counter()
        for number in range(int(per_second * seconds)):
            await asyncio.sleep(began + number / per_second - time.perf_counter())
            tasks.append(asyncio.create_task(_played(script, shop)))
        await asyncio.gather(*tasks)
    return shop


async def _played(script: Script, shop: Shop) -> None:
    await script(shop)
