"""Customers of three retailers who buy without a pause, so many at a time."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from random import Random
from typing import Any, Final

import httpx

from unshackled.domain.states import FINAL_STATUSES
from unshackled.proving.chaos.chaos_environment import OPERATOR, RETAILERS, demo_key
from unshackled.proving.chaos.replica_client import ReplicaClient
from unshackled.proving.crowd import PACKAGES, Browser, CrowdOperator, Mood, Shopper, forms
from unshackled.testing.customer import Customer, CustomerStuck

MOODS: Final = (*(Mood.BUY,) * 5, *Mood)
STAYS_SECONDS: Final = 40.0
CLEARS_EVERY_SECONDS: Final = 1.0
AT_ONCE: Final = 8


@dataclass(kw_only=True)
class ChaosCustomers:
    """Everybody who ever bought in this run; `gave_up` counts who lost patience, and why."""

    line: ReplicaClient
    seed: int
    at_once: int
    shoppers: list[Shopper] = field(default_factory=list)
    gave_up: Counter[str] = field(default_factory=Counter)
    closed: bool = False

    def __post_init__(self) -> None:
        self.pages = httpx.AsyncClient(timeout=10)
        self.operator = CrowdOperator(api=self.line, token=OPERATOR, retailers=RETAILERS)
        self._numbers = count()

    async def shop(self) -> None:
        """Customer after customer until `closed`; those who are in the shop then may finish."""
        async with asyncio.TaskGroup() as shop:
            for _ in range(self.at_once):
                shop.create_task(self._one_after_the_other())

    async def _one_after_the_other(self) -> None:
        while not self.closed:
            await self._customer(next(self._numbers))

    async def _customer(self, number: int) -> None:
        random = Random(f"{self.seed} {number}")
        try:
            customer = await self._begin(number, random)
        except httpx.TransportError as failure:
            self.gave_up[f"at the door: {type(failure).__name__}"] += 1
            return
        customer.pages = self._visit(Browser(web=self.pages, random=random))
        shopper = Shopper(customer=customer, random=random, mood=random.choice(MOODS))
        self.shoppers.append(shopper)
        try:
            async with asyncio.timeout(STAYS_SECONDS):
                await shopper.live()
        except (TimeoutError, CustomerStuck, httpx.TransportError) as failure:
            self.gave_up[type(failure).__name__] += 1

    async def _begin(self, number: int, random: Random) -> Customer:
        (retailer, flow), package = sorted(PACKAGES.items())[number % len(PACKAGES)]
        headers = {
            "Authorization": f"Bearer {demo_key(retailer)}",
            "Idempotency-Key": f"customer-{number}",
        }
        body = {"flow": flow, "package": package}
        made = await self.line.request("POST", "/v1/checkouts", json=body, headers=headers)
        while made.status_code == 503:
            made = await self.line.request("POST", "/v1/checkouts", json=body, headers=headers)
        assert made.status_code == 201, made.text
        document = made.json()
        return Customer(
            api=self.line,
            checkout=document,
            token=document["customer_token"],
            forms=forms(number, random),
            shop_key=demo_key(retailer),
        )

    def _visit(self, browser: Browser) -> Any:
        async def visit(url: str) -> None:
            with suppress(httpx.TransportError):
                await browser.visit(url)

        return visit

    async def clear(self) -> None:
        """The operator's day: try again what waits for a person."""
        while True:
            with suppress(httpx.TransportError):
                await self.operator.clear()
            await asyncio.sleep(CLEARS_EVERY_SECONDS)

    async def leave(self, within: float) -> int:
        """Cancel what is open and wait until nothing moves; how many are not at rest by then."""
        moving = list(self.shoppers)
        with suppress(TimeoutError):
            async with asyncio.timeout(within):
                while moving:
                    still = await in_turn(self._at_rest, moving)
                    moving = [one for one, rests in zip(moving, still, strict=True) if not rests]
                    await asyncio.sleep(0.3)
        return len(moving)

    async def _at_rest(self, shopper: Shopper) -> bool:
        customer = shopper.customer
        await customer.ask("GET")
        if customer.checkout["status"] not in FINAL_STATUSES:
            await customer.cancel()
        waits = any(step["state"] == "waiting_provider" for step in customer.checkout["steps"])
        return (
            customer.checkout["status"] in FINAL_STATUSES
            and customer.checkout["settled"]
            and not waits
        )

    async def close(self) -> None:
        """Hang up."""
        await self.pages.aclose()
        await self.line.web.aclose()


async def in_turn(ask: Any, all_of: Any) -> list[Any]:
    """The answers for all, a few at a time."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(of: Any) -> Any:
        async with gate:
            return await ask(of)

    return await asyncio.gather(*map(one, all_of))
