"""The service, its stand-ins and a browser in one process, on a clock that is moved by days.

    async with stage() as here:
        customer = await here.buys("pocket", "sim-only", {"tariff": "sim-20gb"})
        await here.days(13)

Every request goes through the whole service, and every call to a backend through its adapter to the
stand-in; only the sockets are left out, and the waiting.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import httpx

from unshackled.adapter_registry import find
from unshackled.app import Overrides, build
from unshackled.app.build import Service
from unshackled.demo_mode import demo_key
from unshackled.errors import UnshackledError
from unshackled.outbound.in_process import in_process
from unshackled.sdk.standin import StandIn
from unshackled.settings import load_settings
from unshackled.system_clock import SystemClock
from unshackled.testing.customer import FORMS, Customer, describe
from unshackled.testing.sandbox import Sandbox
from unshackled.testing.visit import CHOICES

Json = Any
URL: Final = "http://127.0.0.1:8080"
BACKENDS: Final = "http://stand-ins.example"
WITHIN_SECONDS: Final = 20.0
PAUSE_SECONDS: Final = 0.02
# A card that every stand-in of a payment provider takes.
CARD: Final = "pm_card_visa"


class StoryBroken(UnshackledError):
    """A story did not go as it is told."""


class MovableClock(SystemClock):
    """The time of day, as far ahead as it was moved; who sleeps does so in real time."""

    ahead = timedelta(0)

    def now(self) -> datetime:
        """In UTC."""
        return super().now() + self.ahead


@dataclass(kw_only=True)
class Stage:
    """Where stories are played; `api` sends requests, with the key of no retailer."""

    service: Service
    api: httpx.AsyncClient
    browser: httpx.AsyncClient
    stand_ins: Mapping[str, StandIn]
    clock: MovableClock
    _keys: Any = field(default_factory=count)

    def key(self) -> str:
        """A new Idempotency-Key."""
        return f"story-{next(self._keys)}"

    async def shop(self, retailer: str, method: str, path: str, body: Json = None) -> Json:
        """What the retailer's server is answered; raises `StoryBroken` for a problem."""
        answer = await self.ask(retailer, method, path, body)
        if not answer.is_success:
            raise StoryBroken(f"{method} {path}: {answer.status_code} {answer.text}")
        return answer.json()

    async def ask(self, retailer: str, method: str, path: str, body: Json = None) -> httpx.Response:
        """The same, whatever the answer is."""
        headers = {"Authorization": f"Bearer {demo_key(retailer)}", "Idempotency-Key": self.key()}
        return await self.api.request(method, path, json=body, headers=headers)

    async def buys(
        self,
        retailer: str,
        flow: str,
        package: Mapping[str, Json],
        **forms: Mapping[str, Json],
    ) -> Customer:
        """A customer who buys this; `forms` are what they say of themselves instead."""
        customer = await self.begins(retailer, flow, package, **forms)
        await self.until(customer, bought)
        return customer

    async def begins(
        self,
        retailer: str,
        flow: str,
        package: Mapping[str, Json],
        **forms: Mapping[str, Json],
    ) -> Customer:
        """The same, who has done nothing yet."""
        made = await self.shop(
            retailer, "POST", "/v1/checkouts", {"flow": flow, "package": dict(package)}
        )
        card = {"payment_method": {**FORMS["payment_method"], "token": CARD}}
        return Customer(
            api=self.api,
            checkout=made,
            token=made["customer_token"],
            forms={**FORMS, **card, **{name: FORMS[name] | said for name, said in forms.items()}},
            pages=self.visit,
        )

    async def until(self, customer: Customer, wanted: Callable[[Json], bool]) -> Json:
        """Do what there is to do until the checkout is as wanted."""
        end = time.monotonic() + WITHIN_SECONDS
        while time.monotonic() < end:
            await self.at_rest()
            seen = await customer.read()
            if wanted(seen):
                return seen
            action = customer.next_action()
            if action is None:
                await asyncio.sleep(PAUSE_SECONDS)
                continue
            answer = await customer.act(action)
            if answer is not None and not answer.is_success:
                raise StoryBroken(f"{action['id']}: {answer.status_code} {answer.text}")
        raise StoryBroken(f"{customer.id} does not go on: {describe(customer.checkout)}")

    async def comes(self, look: Callable[[], Awaitable[Json]], what: str) -> Json:
        """What `look` gives once it gives something; raises `StoryBroken` after a while."""
        end = time.monotonic() + WITHIN_SECONDS
        while time.monotonic() < end:
            await self.at_rest()
            if found := await look():
                return found
            await asyncio.sleep(PAUSE_SECONDS)
        raise StoryBroken(f"waited in vain: {what}")

    async def visit(self, page: str) -> None:
        """Do what a provider's page asks, and come back."""
        stand_in = urlsplit(page).path.split("/")[1]
        choice = CHOICES.get(stand_in, "approve")
        gone = await self.browser.post(page, data={"choice": choice})
        back = urlsplit(gone.headers["location"])
        await self.at_rest()
        await self.api.get(f"{back.path}?{back.query}" if back.query else back.path)

    async def tells_backend(self, path: str, body: Json) -> None:
        """Something happens at a stand-in that no call of ours causes."""
        answer = await self.browser.post(f"{BACKENDS}/{path}", json=body)
        if not answer.is_success:
            raise StoryBroken(f"{path}: {answer.status_code} {answer.text}")
        await self.at_rest()

    async def days(self, number: int, *, hours: int = 0) -> datetime:
        """Let days pass; what was due by then is done. The moment it is after that."""
        for _ in range(number):
            await self._pass(timedelta(days=1))
        await self._pass(timedelta(hours=hours))
        return self.clock.now()

    async def _pass(self, span: timedelta) -> None:
        self.clock.ahead += span
        engine = self.service.components.engine
        while await engine.wake():
            await asyncio.gather(*(runner.quiet.wait() for runner in [*engine.runners.values()]))
            await self.at_rest()

    async def at_rest(self) -> None:
        """Every callback has been delivered."""
        for one in self.stand_ins.values():
            await one.settle()


def bought(checkout: Json) -> bool:
    """Whether it is ordered, and nothing of it is left but what takes days."""
    states = {step["state"] for step in checkout["steps"]}
    return checkout["status"] == "completed" and states <= {"passed", "skipped", "waiting_provider"}


@asynccontextmanager
async def stage(flows: Path | None = None) -> AsyncIterator[Stage]:
    """A fresh service on a store in memory, with fresh stand-ins."""
    shelf, clock = find(), MovableClock()
    stand_ins = {name: shelf.stand_in(name) for name in shelf.names if shelf.has_stand_in(name)}
    backends = Sandbox(stand_ins=stand_ins).app()
    given = {} if flows is None else {"flows": flows}
    service = build(
        load_settings(demo=True, store="memory:", public_url=URL, log_level="error", **given),
        Overrides(adapters=shelf, transport=in_process(backends), clock=clock),
    )
    async with (
        service.lifespan(),
        httpx.AsyncClient(transport=in_process(service.api), base_url=URL) as api,
        httpx.AsyncClient(transport=in_process(backends)) as browser,
    ):
        here = Stage(service=service, api=api, browser=browser, stand_ins=stand_ins, clock=clock)
        for one in stand_ins.values():
            one.now, one.deliver = clock.now, _delivering(api)
        yield here


def _delivering(api: httpx.AsyncClient) -> Any:
    """Send a callback to where it says; again while the service is busy."""

    async def deliver(url: str, body: bytes, headers: Mapping[str, str]) -> None:
        parts = urlsplit(url)
        path = f"{parts.path}?{parts.query}" if parts.query else parts.path
        for _ in range(100):
            told = await api.post(path, content=body, headers=dict(headers))
            if told.status_code != 503:
                return
            await asyncio.sleep(PAUSE_SECONDS)

    return deliver
