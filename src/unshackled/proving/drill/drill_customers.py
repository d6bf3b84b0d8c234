"""Customers who arrive steadily, want to buy, and wait as long as it takes."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

import httpx

from unshackled.domain.states import FINAL_STATUSES
from unshackled.proving.drill.drill_environment import KEY
from unshackled.testing.customer import FORMS, Customer

Json = Any
HANDSETS: Final = ("handset-entry", "handset-mid", "handset-pro", "handset-max")
CHANGES_MIND: Final = 1 / 12
LOOKS_EVERY_SECONDS: Final = 0.4
AT_ONCE: Final = 80
RESENDS: Final = 3
BROWSES: Final = ("/v1/handsets", "/v1/tariffs")


@dataclass(kw_only=True)
class RetryingClient:
    """Sends the very same request again while nobody answers it; `resent` counts how often."""

    web: httpx.AsyncClient
    resent: int = 0

    async def request(
        self, method: str, url: str, *, json: Json = None, headers: Mapping[str, str] | None = None
    ) -> httpx.Response:
        """The first answer; raises after `RESENDS` times without one."""
        for _ in range(RESENDS):
            try:
                return await self.web.request(method, url, json=json, headers=headers)
            except httpx.TransportError:
                self.resent += 1
                await asyncio.sleep(LOOKS_EVERY_SECONDS)
        return await self.web.request(method, url, json=json, headers=headers)


@dataclass(kw_only=True)
class Visit:
    """One customer's checkout; `act` is the part of the drill in which it began."""

    customer: Customer
    act: str
    regrets: bool
    begun: float
    ended: float | None = None

    @property
    def status(self) -> str:
        """Where the checkout was when the customer looked last."""
        return str(self.customer.checkout["status"])

    @property
    def took(self) -> float | None:
        """Seconds from the first click to the end."""
        return None if self.ended is None else self.ended - self.begun

    def at(self, step: str) -> str | None:
        """The provider of a step, as the customer's checkout tells."""
        steps = self.customer.checkout["steps"]
        found: str | None = next((one["provider"] for one in steps if one["name"] == step), None)
        return found


@dataclass(kw_only=True)
class DrillCustomers:
    """Everybody who came; `refusals` counts answers that were no yes, by what was asked.

    `act` names the part of the drill that is on.
    """

    line: RetryingClient
    random: Random
    every: float
    act: str = ""
    visits: list[Visit] = field(default_factory=list)
    refusals: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    closed: bool = False
    _inside: set[asyncio.Task[None]] = field(default_factory=set)
    _number: int = 0

    async def arrive(self) -> None:
        """A new customer every `every` seconds until `closed`; nobody waits for the one before."""
        while not self.closed:
            if len(self._inside) < AT_ONCE:
                self._number += 1
                task = asyncio.create_task(self._live(self._number))
                self._inside.add(task)
                task.add_done_callback(self._left)
            await asyncio.sleep(self.every)

    def _left(self, task: asyncio.Task[None]) -> None:
        self._inside.discard(task)
        if not task.cancelled() and task.exception() is not None:
            self.failures.append(f"{type(task.exception()).__name__}: {task.exception()}")

    async def leave(self, within: float) -> int:
        """Let those who are inside finish; how many are not done by then."""
        self.closed = True
        inside = set(self._inside)
        if inside:
            _, late = await asyncio.wait(inside, timeout=within)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
            return len(late)
        return 0

    async def _live(self, number: int) -> None:
        random = Random(f"{self.random.random()} {number}")
        begun, act = time.monotonic(), self.act
        page = random.choice(BROWSES)
        await self.line.request("GET", page, headers={"Authorization": f"Bearer {KEY}"})
        told = await self._begin(number, random)
        customer = Customer(
            api=self.line, checkout=told, token=told["customer_token"], forms=FORMS, shop_key=KEY
        )
        regrets = random.random() < CHANGES_MIND
        visit = Visit(customer=customer, act=act, regrets=regrets, begun=begun)
        self.visits.append(visit)
        while visit.status not in FINAL_STATUSES:
            await self._step(visit)
        visit.ended = time.monotonic()

    async def _begin(self, number: int, random: Random) -> Json:
        package: dict[str, Json] = {"handset": random.choice(HANDSETS)}
        if random.random() < 0.3:
            package["accessories"] = ["case-clear"]
        if random.random() < 0.2:
            package["tariff"] = "sim-50gb"
        headers = {"Authorization": f"Bearer {KEY}", "Idempotency-Key": f"customer-{number}"}
        body = {"flow": "handset", "package": package}
        made = await self.line.request("POST", "/v1/checkouts", json=body, headers=headers)
        if made.status_code != 201:
            raise RuntimeError(f"no checkout: {made.status_code} {made.text}")
        return made.json()

    async def _step(self, visit: Visit) -> None:
        customer = visit.customer
        action = customer.next_action()
        answer: httpx.Response | None = None
        if action is None:
            await self._wait(customer)
        elif visit.regrets and action["type"] == "confirm":
            answer = await customer.cancel()
        else:
            answer = await customer.act(action)
        if answer is not None and not answer.is_success:
            self.refusals[f"{answer.status_code} {answer.json()['type']}"] += 1
            await self._wait(customer)

    async def _wait(self, customer: Customer) -> None:
        """Look again in a moment: something is on its way."""
        await asyncio.sleep(LOOKS_EVERY_SECONDS)
        await customer.ask("GET")

    # Who was here

    def done(self, act: str) -> Sequence[Visit]:
        """The checkouts of an act that are completed."""
        return [one for one in self.visits if one.act == act and one.status == "completed"]

    def ordered(self, act: str) -> Counter[str]:
        """Where the orders of an act's completed checkouts are."""
        return Counter(one.at("order") or "?" for one in self.done(act))

    def open(self, where: Callable[[Visit], bool]) -> list[Visit]:
        """Who is inside and not done."""
        return [one for one in self.visits if one.status not in FINAL_STATUSES and where(one)]
