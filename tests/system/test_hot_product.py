"""The last units of one handset, and five times as many customers who want one at once."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.budget import budget
from unshackled.demo_mode import demo_key
from unshackled.proving.own_processes import OwnProcess
from unshackled.testing.customer import Customer
from unshackled.testing.invariants import FinalCheckout, violations

FLOWS = Path(__file__).parent / "flows"
SKU = "handset-rare"
UNITS = budget(20, 100)
CUSTOMERS = 5 * UNITS
REGRETS = UNITS // 5
HOPEFUL = UNITS // 2  # of those who were told no, these stay and try again
STAY = 120  # seconds until an answer, on a busy machine
OPEN = ("passed", "declined")


@dataclass(kw_only=True)
class Replicas:
    """Two servers on one database; each request goes to the next of them."""

    webs: list[httpx.AsyncClient]
    turn: Any = field(init=False)

    def __post_init__(self) -> None:
        self.turn = cycle(self.webs)

    async def request(self, method: str, url: str, **more: Any) -> httpx.Response:
        """Ask whoever is next; whoever is too busy is asked again when it says so."""
        async with asyncio.timeout(STAY):
            while True:
                answer: httpx.Response = await next(self.turn).request(method, url, **more)
                if answer.status_code != 503:
                    return answer
                await asyncio.sleep(float(answer.headers["Retry-After"]))


@dataclass(kw_only=True)
class Rush:
    """The shop's door on launch day."""

    api: Replicas
    shop: httpx.AsyncClient
    customers: list[Customer] = field(default_factory=list)

    async def arrive(self, number: int) -> None:
        """A customer begins a checkout, and learns whether there is one for them."""
        headers = {
            "Authorization": f"Bearer {demo_key('hot')}",
            "Idempotency-Key": f"customer-{number}",
        }
        body = {"flow": "last-units", "package": {"handset": SKU}}
        made = await self.api.request("POST", "/v1/checkouts", json=body, headers=headers)
        assert made.status_code == 201, made.text
        told = made.json()
        customer = Customer(
            api=self.api, checkout=told, token=told["customer_token"], shop_key=demo_key("hot")
        )
        self.customers.append(customer)
        await _until(customer, lambda: _stock(customer)["state"] in OPEN)

    def holding(self, state: str) -> list[Customer]:
        """The customers whose stock step is in a state."""
        return [one for one in self.customers if _stock(one)["state"] == state]

    async def left(self) -> int:
        """Units on the shelf."""
        units: int = (await self.shop.get("/commerce/_stock")).json()["units"][SKU]
        return units

    async def ledger(self) -> list[Any]:
        """What the backends did."""
        entries: list[Any] = (await self.shop.get("/_ledger")).json()["ledger"]
        return entries

    async def observed(self, customers: list[Customer]) -> list[FinalCheckout]:
        """Checkouts and their events."""
        return await _each(self._observe(one) for one in customers)

    async def _observe(self, customer: Customer) -> FinalCheckout:
        headers = {"Authorization": f"Bearer {demo_key('hot')}"}
        path = f"{customer.href}/events?limit=200"
        events = (await self.api.request("GET", path, headers=headers)).json()["items"]
        path = f"{customer.href}/ledger"
        ledger = (await self.api.request("GET", path, headers=headers)).json()
        return FinalCheckout(checkout=customer.checkout, events=events, ledger=ledger)


@asynccontextmanager
async def _rush(folder: Path, store: str) -> AsyncIterator[Rush]:
    """A shop with its stand-ins and two replicas as processes."""
    sandbox = OwnProcess(command="sandbox", log=folder / "sandbox.log")
    environ = {
        "UNSHACKLED_DEMO": "true",
        "UNSHACKLED_SANDBOX_URL": sandbox.url,
        "UNSHACKLED_STORE": store,
        "UNSHACKLED_FLOWS": str(FLOWS),
        "UNSHACKLED_LOG_LEVEL": "warning",
        "UNSHACKLED_LATENCY_BUDGET": "30",
    }
    servers = [
        OwnProcess(command="serve", log=folder / f"server-{number}.log", environ=environ)
        for number in range(2)
    ]
    limits = httpx.Limits(max_connections=150)
    async with AsyncExitStack() as stack:
        webs = []
        for process in (sandbox, *servers):
            stack.callback(process.stop)
            web = httpx.AsyncClient(base_url=process.url, timeout=STAY, limits=limits)
            webs.append(await stack.enter_async_context(web))
        await asyncio.gather(*(process.start() for process in (sandbox, *servers)))
        shop, *replicas = webs
        (await shop.put("/commerce/_stock", json={SKU: UNITS})).raise_for_status()
        yield Rush(api=Replicas(webs=replicas), shop=shop)


def _stock(customer: Customer) -> Any:
    return next(step for step in customer.checkout["steps"] if step["name"] == "stock")


async def _each(asked: Iterable[Coroutine[Any, Any, Any]]) -> list[Any]:
    async with asyncio.TaskGroup() as group:  # who fails ends the others, and their connections
        tasks = [group.create_task(one) for one in asked]
    return [task.result() for task in tasks]


async def _until(customer: Customer, holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(STAY):
        while not holds():
            await asyncio.sleep(0.1)
            await customer.read()


async def _try_again(customer: Customer) -> None:
    answer = await customer.ask("PUT", "/steps/stock", {})
    assert answer.status_code == 200, answer.text
    await _until(customer, lambda: _stock(customer)["state"] in OPEN)


async def _leave(customer: Customer) -> None:
    answer = await customer.cancel()
    assert answer.status_code == 200, answer.text
    await _until(customer, lambda: bool(customer.checkout["settled"]))


async def _buy(customer: Customer) -> None:
    await customer.buy()
    await _until(customer, lambda: bool(customer.checkout["settled"]))


def _told(customer: Customer) -> tuple[str, str]:
    (message,) = (one for one in customer.checkout["messages"] if one["type"] == "error")
    return message["code"], message["severity"]


@pytest.mark.timeout(400)
async def test_the_last_units_make_exactly_as_many_orders(
    tmp_path: Path, postgres_url: str
) -> None:
    """All at once at two replicas: an order a unit, the others told, what comes back is sold."""
    async with _rush(tmp_path, postgres_url) as rush:
        await _each(rush.arrive(number) for number in range(CUSTOMERS))
        lucky, unlucky = rush.holding("passed"), rush.holding("declined")
        assert (len(lucky), len(unlucky), await rush.left()) == (UNITS, CUSTOMERS - UNITS, 0)
        assert {_told(one) for one in unlucky} == {("out_of_stock", "recoverable")}

        regretful, hopeful = lucky[:REGRETS], unlucky[:HOPEFUL]
        await _each(_leave(one) for one in regretful)
        assert await rush.left() == REGRETS
        await _each(_try_again(one) for one in hopeful)
        lucky, unlucky = rush.holding("passed"), rush.holding("declined")
        assert (len(lucky), await rush.left()) == (UNITS, 0)

        await _each([*map(_buy, lucky), *map(_leave, unlucky)])
        ends = Counter(one.checkout["status"] for one in rush.customers)
        assert ends == {"completed": UNITS, "canceled": CUSTOMERS - UNITS}
        ledger = await rush.ledger()
        did = Counter(one["effect"] for one in ledger)
        assert did["orders.place"] == did["payment.charge"] == did["stock.consume"] == UNITS
        assert did["stock.reserve"] == UNITS + REGRETS
        assert did["stock.release"] == REGRETS
        assert (did["stock.expire"], await rush.left()) == (0, 0)
        in_vain = [one for one in hopeful if one in unlucky]
        seen = await rush.observed([*lucky, *regretful, *in_vain])
        assert violations(seen, ledger) == []
