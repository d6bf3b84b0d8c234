"""A hundred customers, a server, its stand-ins, and what is left when all is quiet."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
import shutil
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any, Self

import httpx

from tests.budget import budget
from tests.system.full_disk import full_disk
from tests.system.persistent import Persistent
from unshackled.demo_mode import demo_key
from unshackled.proving.crowd import (
    PACKAGES,
    Browser,
    CrowdOperator,
    Mood,
    Shopper,
    complaints,
    forms,
)
from unshackled.proving.own_processes import OwnProcess
from unshackled.sdk.standin import MODES
from unshackled.testing.customer import Customer
from unshackled.testing.invariants import FinalCheckout, violations

ROOT = Path(__file__).parents[2]
MOODS = [Mood.BUY] * 3 + list(Mood)
RATES = {
    "decline": 0.04,
    "refer": 0.1,
    "slow": 0.1,
    "error": 0.08,
    "lost_answer": 0.1,
    "malformed": 0.06,
    "refuse": 0.03,
    "unavailable": 0.08,
}
RETAILERS = tuple(sorted({retailer for retailer, _ in PACKAGES}))
SIZE = budget(60, 100)
BUYERS = SIZE // 4  # how many buy before the customers leave, on a slow machine too
CUSTOMERS_STAY_SECONDS = budget(6, 12)
CUSTOMERS_STAY_AT_MOST_SECONDS = 120
SETTLES_WITHIN_SECONDS = 60


@dataclass(kw_only=True)
class SystemHarness:
    """Everything of one run; `seed` decides who does what."""

    folder: Path
    seed: int
    shoppers: list[Shopper] = field(default_factory=list)
    happened: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.random = Random(self.seed)
        self.sandbox = OwnProcess(
            command="sandbox",
            log=self.folder / "sandbox.log",
            arguments=("--seed", str(self.seed)),
        )
        self.server = OwnProcess(
            command="serve", log=self.folder / "server.log", environ=self._environ()
        )
        limits = httpx.Limits(max_connections=200, max_keepalive_connections=200)
        self.web = httpx.AsyncClient(base_url=self.server.url, timeout=30, limits=limits)
        self.pages = httpx.AsyncClient(timeout=30)
        self.api = Persistent(web=self.web)
        self.operator = CrowdOperator(api=self.api, token="op_eve_ops", retailers=RETAILERS)

    def _environ(self) -> dict[str, str]:
        return {
            "UNSHACKLED_DEMO": "true",
            "UNSHACKLED_SANDBOX_URL": self.sandbox.url,
            "UNSHACKLED_STORE": f"sqlite:///{self.folder / 'checkouts.db'}",
            "UNSHACKLED_FLOWS": str(self._flows()),
            "UNSHACKLED_LOG_LEVEL": "warning",
            "UNSHACKLED_LATENCY_BUDGET": "2",
            "UNSHACKLED_WAKE_EVERY": "0.25",
            "UNSHACKLED_OPERATORS": json.dumps({"eve": hashlib.sha256(b"ops").hexdigest()}),
        }

    def _flows(self) -> Path:
        """The flows of the repository, with every patience of seconds cut to two."""
        flows = Path(shutil.copytree(ROOT / "flows", self.folder / "flows"))
        for path in flows.rglob("*.yaml"):
            path.write_text(re.sub(r"timeout: \d+s", "timeout: 2s", path.read_text()))
        return flows

    async def __aenter__(self) -> Self:
        """Start both processes."""
        try:
            await self.sandbox.start()
            await self.server.start()
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *error: object) -> None:
        """Stop the server, and the stand-ins, who need not finish anything."""
        await self.pages.aclose()
        await self.web.aclose()
        self.server.stop()
        self.sandbox.kill()

    async def kill(self) -> None:
        """`kill -9` the server, and start it again on the same database."""
        self.server.kill()
        await self.server.start()

    async def fill_disk(self, seconds: float) -> None:
        """No file of the server grows for a while: its database can be read and not written."""
        if self.server.child is None:
            raise AssertionError("the server is not running")
        with full_disk([self.server.child.pid]):
            assert not await self.server.answers(self.web, "/readyz")
            await asyncio.sleep(seconds)

    async def pass_time(self, seconds: float) -> None:
        """Let the crowd go on."""
        await asyncio.sleep(seconds)

    async def trouble(self) -> None:
        """Throw every scenario switch of every stand-in."""
        async with httpx.AsyncClient(base_url=self.sandbox.url) as web:
            for mode in MODES:
                switch = {"mode": mode, "rate": RATES[mode], "seconds": 0.5}
                (await web.post("/_scenario", json=switch)).raise_for_status()
            slow = {"mode": "slow", "rate": 0.01, "seconds": 4}
            (await web.post("/_scenario", json=slow)).raise_for_status()

    async def calm(self) -> None:
        """Switch everything off."""
        async with httpx.AsyncClient(base_url=self.sandbox.url) as web:
            (await web.delete("/_scenario")).raise_for_status()

    @asynccontextmanager
    async def crowd(self, size: int = SIZE) -> AsyncIterator[None]:
        """That many customers at once; who is not done some time after the trouble leaves."""
        crowd = asyncio.ensure_future(
            asyncio.gather(*(self._customer(number) for number in range(size)))
        )
        try:
            yield
            async with self._operator():
                await self._stay(crowd)
        finally:
            done = crowd.done()
            crowd.cancel()
            with suppress(asyncio.CancelledError):
                await crowd
        if done:
            crowd.result()

    async def _stay(self, crowd: asyncio.Future[Any]) -> None:
        """Some time, and until enough of them have bought."""
        until = time.monotonic() + CUSTOMERS_STAY_AT_MOST_SECONDS
        await asyncio.wait({crowd}, timeout=CUSTOMERS_STAY_SECONDS)
        while not crowd.done() and time.monotonic() < until:
            if self.statuses()["completed"] >= BUYERS:
                return
            await asyncio.wait({crowd}, timeout=0.5)

    async def _customer(self, number: int) -> None:
        random = Random(self.seed * 1_000 + number)
        customer = await self._begin(number, random)
        browser = Browser(web=self.pages, random=random)
        customer.pages = self._visit(browser)
        shopper = Shopper(customer=customer, random=random, mood=random.choice(MOODS))
        self.shoppers.append(shopper)
        await shopper.live()

    def _visit(self, browser: Browser) -> Any:
        async def visit(url: str) -> None:
            try:
                await browser.visit(url)
            except httpx.TransportError:
                await asyncio.sleep(0.2)

        return visit

    async def _begin(self, number: int, random: Random) -> Customer:
        (retailer, flow), package = sorted(PACKAGES.items())[number % len(PACKAGES)]
        headers = {
            "Authorization": f"Bearer {demo_key(retailer)}",
            "Idempotency-Key": f"customer-{number}",
        }
        body = {"flow": flow, "package": package}
        while True:
            made = await self.api.request("POST", "/v1/checkouts", json=body, headers=headers)
            if made.status_code != 503:
                break
            await asyncio.sleep(0.3)
        assert made.status_code == 201, made.text
        told = made.json()
        return Customer(
            api=self.api,
            checkout=told,
            token=told["customer_token"],
            forms=forms(number, random),
            shop_key=demo_key(retailer),
        )

    async def settle(self) -> None:
        """Until nothing moves any more; an operator clears up what waits for one."""
        until = time.monotonic() + SETTLES_WITHIN_SECONDS
        moving = list(self.shoppers)
        async with self._operator():
            while moving and time.monotonic() < until:
                for shopper in moving:
                    await shopper.customer.ask("GET")
                moving = [one for one in moving if _moves(one.customer.checkout)]
                await asyncio.sleep(0.2)

    @asynccontextmanager
    async def _operator(self) -> AsyncIterator[None]:
        async def work() -> None:
            while True:
                await self.operator.clear()
                await asyncio.sleep(0.5)

        working = asyncio.create_task(work())
        try:
            yield
        finally:
            working.cancel()
            with suppress(asyncio.CancelledError):
                await working

    async def verdict(self) -> list[str]:
        """Every broken promise."""
        observed = [await self._observe(shopper) for shopper in self.shoppers]
        async with httpx.AsyncClient(base_url=self.sandbox.url, timeout=30) as web:
            ledger = (await web.get("/_ledger")).json()["ledger"]
        found: list[str] = violations(observed, ledger)
        for shopper, one in zip(self.shoppers, observed, strict=True):
            found += [f"{shopper.customer.id}: {what}" for what in complaints(shopper, one)]
        return [*found, *await self._strangers()]

    async def _observe(self, shopper: Shopper) -> FinalCheckout:
        checkout = (await shopper.customer.ask("GET")).json()
        headers = {"Authorization": f"Bearer {demo_key(checkout['retailer'])}"}
        events: list[Any] = []
        cursor = ""
        while True:
            path = f"{shopper.customer.href}/events?limit=200{cursor}"
            page = (await self.api.request("GET", path, headers=headers)).json()
            events += page["items"]
            if len(page["items"]) < 200:
                break
            cursor = f"&cursor={page['next_cursor']}"
        self.happened.update(one["type"] for one in events)
        path = f"{shopper.customer.href}/ledger"
        ledger = (await self.api.request("GET", path, headers=headers)).json()
        return FinalCheckout(checkout=checkout, events=events, ledger=ledger)

    async def _strangers(self) -> list[str]:
        """Checkouts that no customer knows: made twice for one Idempotency-Key."""
        known = {shopper.customer.id for shopper in self.shoppers}
        found = []
        for retailer in RETAILERS:
            headers = {"Authorization": f"Bearer {demo_key(retailer)}"}
            cursor: str | None = ""
            while cursor is not None:
                path = f"/v1/checkouts?limit=100{cursor}"
                page = (await self.api.request("GET", path, headers=headers)).json()
                found += [row["id"] for row in page["items"] if row["id"] not in known]
                cursor = f"&cursor={page['next_cursor']}" if page["next_cursor"] else None
        return [f"{stranger} belongs to nobody" for stranger in found]

    def statuses(self) -> Counter[str]:
        """How many ended how."""
        return Counter(shopper.customer.checkout["status"] for shopper in self.shoppers)


def _moves(checkout: Any) -> bool:
    """Whether something may still happen without the customer."""
    waits = any(step["state"] == "waiting_provider" for step in checkout["steps"])
    return waits or not checkout["settled"]
