"""The demo's flows over HTTP on scripted providers and a clock that stands.

The providers pass whatever is asked unless a script says otherwise, so that every state of every
step can be reached; the flows are those of `flows/`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any, Final

import httpx

from tests.shipped import shipped
from unshackled.adapter_registry import find
from unshackled.domain.catalogue import (
    Accessory,
    Catalogue,
    CreditPlan,
    Freshness,
    Handset,
    PriceRise,
    Tariff,
    TradeInPrice,
)
from unshackled.flow.plan.registry import load_flows
from unshackled.flow.runtime.engine_host import Engine
from unshackled.flow.runtime.plan_registry import PlanRegistry
from unshackled.flow.runtime.provider_caller import ProviderCaller
from unshackled.http.application import create_app
from unshackled.http.auth.credentials import hashed, issue_key
from unshackled.http.services import Services
from unshackled.sdk import RawCallback
from unshackled.store.memory import MemoryStore
from unshackled.store.port import Store
from unshackled.testing.backends import FakeBackends
from unshackled.testing.customer import Customer
from unshackled.testing.virtual_clock import VirtualClock

FLOWS: Final = Path(__file__).parents[2] / "flows"
URL: Final = "https://checkout.example"
AT: Final = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)  # when the recording ends
OPERATOR: Final = "op_alice_wonder"
RETAILERS: Final = ("northstar", "orbit", "pocket")
CATALOGUE: Final = Catalogue(
    currency="GBP",
    version="2026-11-22",
    handsets=(
        Handset(sku="handset-mid", title="Fern 8 Pro 256 GB", price=71_800),
        Handset(sku="handset-low", title="Fern 8 Lite", price=29_900),
    ),
    tariffs=(
        Tariff(
            sku="sim-50gb",
            title="50 GB",
            monthly=1_800,
            term_months=24,
            data_gb=50,
            price_rises=(PriceRise(starts=date(2027, 4, 1), monthly=1_950),),
        ),
        Tariff(sku="sim-20gb", title="20 GB", monthly=1_000, term_months=12, data_gb=20),
    ),
    credit_plans=(
        CreditPlan(
            code="credit-24",
            title="24 months",
            months=24,
            apr_percent=Decimal("9.9"),
            min_amount=10_000,
        ),
        CreditPlan(
            code="credit-24-0",
            title="24 months, 0 % APR",
            months=24,
            apr_percent=Decimal(0),
            min_amount=10_000,
        ),
    ),
    accessories=(Accessory(sku="case-clear", title="Clear case", price=1_900),),
    trade_ins=(TradeInPrice(model="Fern 6", grade="good", value=12_000),),
)


class OneCatalogue:
    """Every retailer sells the same."""

    async def catalogue(self, retailer: str) -> Catalogue:
        """What it sells."""
        return CATALOGUE

    def at_hand(self, retailer: str) -> Catalogue | None:
        """Always the same."""
        return CATALOGUE

    def freshness(self, retailer: str) -> Freshness:
        """Just fetched."""
        return Freshness(age=timedelta(0), fresh=timedelta(minutes=1), stale=timedelta(hours=24))


class NoCallbacks:
    """No provider sends messages here."""

    async def callback(self, retailer: str, provider: str, raw: RawCallback) -> Sequence[Any]:
        """Nothing is known."""
        raise KeyError(provider)

    def acknowledgement(self, retailer: str, provider: str) -> bytes | None:
        """It does not matter."""
        return None


class Ids:
    """Ids by place and number, so that two recordings are the same."""

    def __init__(self, place: int) -> None:
        self.count = place * 1_000

    def _next(self) -> int:
        self.count += 1
        return self.count

    def checkout(self) -> str:
        return f"chk_{self._next():026}"

    def quote(self) -> str:
        return f"quo_{self._next():026}"

    def short(self) -> str:
        return f"{self._next():016x}"

    def secret(self) -> str:
        return f"{self._next():064x}"


class Stage:
    """The application and what is below it; `begin` is when its clock stands at first."""

    def __init__(
        self,
        *,
        store: Store | None = None,
        place: int = 0,
        begin: datetime = AT,
        flows: Path = FLOWS,
    ) -> None:
        self.clock = VirtualClock(begin)
        self.store = store or MemoryStore()
        self.backends = FakeBackends()
        self.ids = Ids(place)
        self.adapters = find()
        self.book = shipped() if flows == FLOWS else load_flows(flows, self.adapters)
        self.plans = PlanRegistry(self.book, self.adapters, self.store, self.clock)
        caller = ProviderCaller(
            backends=self.backends, clock=self.clock, random=Random(7), public_url=URL
        )
        # Virtual sleeps never end while a request waits, so it waits only for what runs at once.
        self.engine = Engine(
            store=self.store, plans=self.plans, caller=caller, budget=timedelta(milliseconds=50)
        )
        self.app = create_app(
            Services(
                engine=self.engine,
                store=self.store,
                book=self.book,
                catalogues=OneCatalogue(),
                providers=NoCallbacks(),
                clock=self.clock,
                ids=self.ids,
                public_url=URL,
                operators={"alice": hashed("wonder")},
            )
        )
        self.keys: dict[str, str] = {}

    def client(self, bearer: str) -> httpx.AsyncClient:
        """A caller with these credentials."""
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(app=self.app, raise_app_exceptions=False),
            base_url=URL,
            headers={"Authorization": f"Bearer {bearer}"},
            timeout=60,
        )

    async def open(self) -> None:
        """Open the store, keep today's flows, make a key for each retailer."""
        await self.store.open()
        await self.plans.sync()
        for retailer in RETAILERS:
            key, text = issue_key(
                self.ids,
                retailer=retailer,
                kind="secret",
                now=self.clock.now(),
                scopes=["checkouts:read", "checkouts:write"],
            )
            await self.store.put_key(key)
            self.keys[retailer] = text

    async def begin(self, retailer: str, flow: str, package: Any) -> Customer:
        """A customer with a new checkout."""
        async with self.client(self.keys[retailer]) as server:
            made = await server.post(
                "/v1/checkouts",
                json={"flow": flow, "package": package, "customer_ref": "c-1"},
                headers={"Idempotency-Key": f"key-{self.ids.short()}"},
            )
        assert made.status_code == 201, made.text
        seen = made.json()
        return Customer(
            api=self.client(seen["customer_token"]), checkout=seen, token=seen["customer_token"]
        )

    async def pause(self, **span: float) -> None:
        """Let time pass, with the engine's timer at work."""
        until = self.clock.now() + timedelta(**span)
        while self.clock.now() < until:
            left = until - self.clock.now()
            await self.engine.wake()
            await self.clock.advance(min(left, max(timedelta(seconds=1), left / 20)))
        await self.engine.wake()
        await self.clock.spin()
