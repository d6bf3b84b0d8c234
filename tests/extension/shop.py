"""A shop on flows of a folder: the real loader, engine and API; providers that play along."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import httpx

from tests.shipped import FLOWS, shipped
from unshackled.domain.catalogue import Catalogue, Freshness
from unshackled.flow.plan.plan import Plan
from unshackled.flow.plan.provider_config import Adapters
from unshackled.flow.plan.registry import FlowRegistry, load_flows
from unshackled.flow.runtime.engine_host import Engine
from unshackled.flow.runtime.provider_caller import ProviderCaller
from unshackled.http.application import create_app
from unshackled.http.auth.credentials import issue_key
from unshackled.http.ids import RandomIds
from unshackled.http.services import Services
from unshackled.sdk import RawCallback
from unshackled.sdk.standin_goods import CATALOGUE
from unshackled.store.memory import MemoryStore
from unshackled.testing.backends import FakeBackends
from unshackled.testing.customer import Customer
from unshackled.testing.virtual_clock import VirtualClock

PUBLIC_URL = "https://checkout.example"


class Catalogues:
    """Every retailer sells the same."""

    async def catalogue(self, retailer: str) -> Catalogue:
        """The catalogue of the stand-ins."""
        return CATALOGUE

    def at_hand(self, retailer: str) -> Catalogue | None:
        """Always the same."""
        return CATALOGUE

    def freshness(self, retailer: str) -> Freshness:
        """Just read."""
        return Freshness(age=timedelta(0), fresh=timedelta(minutes=1), stale=timedelta(hours=24))


class NoCallbacks:
    """No provider sends messages."""

    async def callback(self, retailer: str, provider: str, raw: RawCallback) -> Any:
        """Nobody is known."""
        raise KeyError(provider)

    def acknowledgement(self, retailer: str, provider: str) -> bytes | None:
        """Nobody waits for an answer."""
        return None


class Plans:
    """The plans of a book."""

    def __init__(self, book: FlowRegistry) -> None:
        self.book = book

    def by_digest(self, digest: str) -> Plan:
        """The plan; `KeyError` without one."""
        return self.book.by_digest[digest]

    async def load(self, digest: str) -> Plan:
        """The same."""
        return self.by_digest(digest)


class Shop:
    """The API on the flows of a folder, or on a book that was loaded before."""

    def __init__(self, flows: Path | FlowRegistry, adapters: Adapters) -> None:
        self.clock = VirtualClock()
        self.store = MemoryStore()
        self.backends = FakeBackends()
        if isinstance(flows, Path):
            flows = shipped() if flows == FLOWS else load_flows(flows, adapters)
        self.book = flows
        caller = ProviderCaller(
            backends=self.backends, clock=self.clock, random=Random(7), public_url=PUBLIC_URL
        )
        self.engine = Engine(store=self.store, plans=Plans(self.book), caller=caller)
        self.services = Services(
            engine=self.engine,
            store=self.store,
            book=self.book,
            catalogues=Catalogues(),
            providers=NoCallbacks(),
            clock=self.clock,
            ids=RandomIds(self.clock),
            public_url=PUBLIC_URL,
        )
        transport = httpx.ASGITransport(app=create_app(self.services))
        self.api = httpx.AsyncClient(transport=transport, base_url=PUBLIC_URL)

    async def key(self, retailer: str) -> str:
        """A secret key of a retailer's server."""
        await self.store.open()
        stored, secret = issue_key(
            self.services.ids,
            retailer=retailer,
            kind="secret",
            now=self.clock.now(),
            scopes=["checkouts:read", "checkouts:write"],
            origins=[],
        )
        await self.store.put_key(stored)
        return secret

    async def begin(self, retailer: str, flow: str, package: Any) -> Customer:
        """Create a checkout as the retailer's server does."""
        secret = await self.key(retailer)
        headers = {"Authorization": f"Bearer {secret}", "Idempotency-Key": "first"}
        body = {"flow": flow, "package": package}
        made = await self.api.post("/v1/checkouts", json=body, headers=headers)
        assert made.status_code == 201, made.text
        return Customer(api=self.api, checkout=made.json(), token=made.json()["customer_token"])

    async def close(self) -> None:
        """Let go."""
        await self.api.aclose()
        await self.engine.close()
