"""A demo retailer that sells by the backends of a test, all of it in this process.

    async with selling(SellingHarness, folder, providers=YAML, listens={"adyen": "cards"}) as sells:
        customer = await sells.begin(CREDIT)
        await sells.until(customer, settled("completed"))

What a test says in YAML is laid over the retailer's file: fields meet field by field, anything else
takes the place of what was there.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

import httpx
import yaml

from unshackled.adapter_registry import find
from unshackled.app import Overrides, build
from unshackled.demo_mode import demo_key
from unshackled.outbound.in_process import in_process
from unshackled.sdk.standin import StandIn
from unshackled.settings import load_settings
from unshackled.system_clock import SystemClock
from unshackled.testing.customer import FORMS, Customer
from unshackled.testing.invariants import FinalCheckout, violations
from unshackled.testing.sandbox import Sandbox

FLOWS: Final = Path(__file__).parents[1] / "flows"
# What each retailer's customers want: the flow, and its package.
HANDSET: Final = ("handset-on-credit", {"handset": "handset-mid"})
CREDIT: Final = (
    "handset-on-credit",
    {"handset": "handset-mid", "credit": {"plan": "credit-24-0", "deposit": 4_900}},
)
SIM: Final = ("sim-only", {"tariff": "sim-50gb"})
ENDED: Final = ("completed", "canceled")
WITHIN_SECONDS: Final = 60.0
PAUSE_SECONDS: Final = 0.02
URL: Final = "http://shop.example"

Wanted = Callable[[Any], bool]
Harness = TypeVar("Harness", bound="SellingHarness")


def settled(*statuses: str) -> Wanted:
    """The checkout is at rest, and how; in any end by default."""
    return lambda seen: bool(seen["settled"]) and seen["status"] in (statuses or ENDED)


def step(seen: Any, name: str) -> Any:
    """A step of a checkout."""
    return next(one for one in seen["steps"] if one["name"] == name)


class Ahead(SystemClock):
    """The time of day, as far ahead as a test says."""

    by = timedelta(0)

    def now(self) -> datetime:
        """In UTC."""
        return super().now() + self.by


@dataclass(kw_only=True)
class SellingHarness:
    """The service, its customers and its backends, of which `vendors` are what a test is about.

    `choices` says what a customer chooses on a page whose address has such a part. `answered` is
    what each provider's callbacks were told.
    """

    retailer: str
    api: httpx.AsyncClient
    backends: httpx.AsyncClient
    stand_ins: Mapping[str, StandIn]
    vendors: tuple[str, ...]
    choices: Mapping[str, str]
    clock: Ahead
    answered: dict[str, set[str]] = field(default_factory=dict)
    _keys: Any = field(default_factory=count)

    async def begin(self, wants: tuple[str, Any], **forms: Mapping[str, Any]) -> Customer:
        """A customer who wants this; `forms` change what they say of themselves."""
        flow, package = wants
        made = await self.api.post(
            "/v1/checkouts",
            json={"flow": flow, "package": package},
            headers={**self._shop(), "Idempotency-Key": f"customer-{next(self._keys)}"},
        )
        assert made.status_code == 201, made.text
        said = {name: FORMS[name] | changes for name, changes in forms.items()}
        return Customer(
            api=self.api,
            checkout=made.json(),
            token=made.json()["customer_token"],
            forms={**FORMS, **said},
            pages=self.visit,
        )

    async def visit(self, page: str) -> None:
        """Do what a provider's page asks, and come back."""
        choice = next(choice for part, choice in self.choices.items() if part in page)
        gone = await self.backends.post(page, data={"choice": choice})
        back = urlsplit(gone.headers["location"])
        await self.at_rest()
        await self.api.get(f"{back.path}?{back.query}" if back.query else back.path)

    async def at_rest(self) -> None:
        """Every callback has been delivered."""
        for one in self.stand_ins.values():
            await one.settle()

    async def until(
        self,
        customer: Customer,
        wanted: Wanted,
        *,
        acts: bool = True,
        before: Callable[[], Awaitable[None]] | None = None,
    ) -> Any:
        """Do what there is to do, unless nobody `acts`, until the checkout is as wanted.

        `before` each look at it, the customer does something elsewhere.
        """
        seen: Any = {}
        end = time.monotonic() + WITHIN_SECONDS
        while time.monotonic() < end:
            if before is not None:
                await before()
            await self.at_rest()
            seen = await customer.read()
            if wanted(seen):
                return seen
            action = customer.next_action() if acts else None
            if action is None:
                await asyncio.sleep(PAUSE_SECONDS)
            else:
                await customer.act(action)
        raise AssertionError([(one["name"], one["state"], one["code"]) for one in seen["steps"]])

    async def events(self, customer: Customer) -> list[Any]:
        """What happened, with the exact codes that the retailer's server may read."""
        path = f"{customer.href}/events?limit=200"
        answer = await self.api.get(path, headers=self._shop())
        items: list[Any] = answer.json()["items"]
        return items

    async def broken(self, customer: Customer) -> list[str]:
        """The promises that a settled checkout did not keep, after what every backend recorded."""
        events = await self.events(customer)
        ledger = [entry for one in self.stand_ins.values() for entry in one.ledger]
        return violations([FinalCheckout(checkout=customer.checkout, events=events)], ledger)

    def effects(self, *names: str) -> list[str]:
        """What these vendors really did, each in order; by default all that the test is about."""
        ledgers = [self.stand_ins[name].ledger for name in names or self.vendors]
        return [entry["effect"] for ledger in ledgers for entry in ledger]

    def _shop(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {demo_key(self.retailer)}"}


@asynccontextmanager
async def selling(
    kind: type[Harness],
    folder: Path,
    *,
    retailer: str = "northstar",
    providers: str = "",
    changes: Mapping[str, Any] | None = None,
    flow: str = "handset-on-credit",
    steps: str = "",
    environ: Mapping[str, str] | None = None,
    listens: Mapping[str, str] | None = None,
    choices: Mapping[str, str] | None = None,
    without: Collection[str] = (),
) -> AsyncIterator[Harness]:
    """A service with these `providers` and `steps`, and more `changes` of the retailer's file.

    `listens` names the provider that each vendor's callbacks are for: their address may be a
    setting at the vendor's, and not the call's. `without` names the retailer's flows that the
    vendors under test cannot serve.
    """
    said = {**(changes or {}), "providers": yaml.safe_load(providers) or {}}
    said["flows"] = {flow: {"steps": yaml.safe_load(steps) or {}}, **said.get("flows", {})}
    shelf = find()
    stand_ins = {name: shelf.stand_in(name) for name in shelf.names if shelf.has_stand_in(name)}
    backends, clock = Sandbox(stand_ins=stand_ins).app(), Ahead()
    service = build(
        load_settings(
            demo=True,
            store="memory:",
            flows=_written(folder, retailer, said, without),
            proofs=folder.parent / "proofs",  # many tests sell by the same files
        ),
        Overrides(
            adapters=shelf,
            transport=in_process(backends),
            environ=environ,
            clock=clock,
        ),
    )
    async with (
        service.lifespan(),
        httpx.AsyncClient(transport=in_process(service.api), base_url=URL) as api,
        httpx.AsyncClient(transport=in_process(backends)) as browser,
    ):
        harness = kind(
            retailer=retailer,
            api=api,
            backends=browser,
            stand_ins=stand_ins,
            vendors=tuple(listens or ()),
            choices=choices or {"": "approve"},
            clock=clock,
        )
        for name, one in stand_ins.items():
            provider = (listens or {}).get(name)
            one.deliver = _delivering(harness, provider)
            if provider:
                one.state["webhook_url"] = f"{URL}/v1/callbacks/{retailer}/{provider}"
        yield harness


def _delivering(harness: SellingHarness, provider: str | None) -> Any:
    """Send callbacks to this provider's address, or to where they say; again while we are busy."""

    async def deliver(url: str, body: bytes, headers: Mapping[str, str]) -> None:
        parts = urlsplit(url)
        path = f"/v1/callbacks/{harness.retailer}/{provider}" if provider else parts.path
        path = f"{path}?{parts.query}" if parts.query else path
        for _ in range(100):
            told = await harness.api.post(path, content=body, headers=dict(headers))
            if told.status_code != 503:
                assert not provider or told.status_code == 200, told.text
                to = urlsplit(path).path.rpartition("/")[2]
                harness.answered.setdefault(to, set()).add(told.text)
                return
            await asyncio.sleep(PAUSE_SECONDS)

    return deliver


def _written(
    folder: Path, retailer: str, said: Mapping[str, Any], without: Collection[str]
) -> Path:
    """The demo's flows, one retailer's file changed; JSON is YAML."""
    flows = Path(shutil.copytree(FLOWS, folder / "flows"))
    file = flows / f"{retailer}.yaml"
    written = _over(_shipped(retailer), said)
    for name in without:
        del written["flows"][name]
    file.write_text(json.dumps(written, indent=1))
    return flows


@cache
def _shipped(retailer: str) -> Any:
    """A demo retailer's file; not to be changed."""
    return yaml.safe_load((FLOWS / f"{retailer}.yaml").read_text())


def _over(below: Any, above: Any) -> Any:
    if not isinstance(below, dict) or not isinstance(above, Mapping):
        return above
    return below | {name: _over(below.get(name), value) for name, value in above.items()}
