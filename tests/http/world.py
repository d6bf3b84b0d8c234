"""The whole API in one process: real flows and engine, memory store, scripted providers."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest

from tests.http.goods import a_catalogue
from unshackled.domain.account import account_of, retailer_of
from unshackled.domain.catalogue import (
    Catalogue,
    Freshness,
)
from unshackled.domain.codec import encode
from unshackled.domain.customer import Address, Contact, IncomeAndOutgoings, PaymentMethod
from unshackled.domain.records import replace
from unshackled.errors import NotSent
from unshackled.flow.plan.plan import Plan
from unshackled.flow.plan.registry import FlowRegistry, load_flows
from unshackled.flow.runtime.engine_host import Engine
from unshackled.flow.runtime.provider_caller import ProviderCaller
from unshackled.http.application import create_app
from unshackled.http.auth.credentials import hashed, issue_key
from unshackled.http.services import Services
from unshackled.ports import CAPABILITIES, all_operations
from unshackled.ports.outcome import Declined, Notice, Outcome, Passed, Undelivered
from unshackled.sdk import Adapter, BadSignature, RawCallback, Settings, idempotent
from unshackled.store.memory import MemoryStore
from unshackled.store.port import Store
from unshackled.testing.backends import FakeBackends
from unshackled.testing.customer import silence
from unshackled.testing.samples import sample
from unshackled.testing.virtual_clock import VirtualClock

# For tests that share an application, the fixture `shared`.
ON_ITS_LOOP = pytest.mark.asyncio(loop_scope="module")
PUBLIC_URL = "https://checkout.example"
SIGNING = b"made-up signing secret"
FORMS: dict[str, Any] = {
    "contact": encode(sample(Contact)),
    "address": encode(sample(Address)),
    "income": encode(sample(IncomeAndOutgoings)),
    "payment_method": encode(sample(PaymentMethod)),
    "card": encode(sample(PaymentMethod)),
}
ON_CREDIT: dict[str, Any] = {
    "handset": "handset-mid",
    "tariff": "sim-50gb",
    "credit": {"plan": "credit-24", "deposit": 4_900},
}


class AnyAdapters:
    """One adapter that offers everything."""

    names = ("anything",)

    def load(self, name: str) -> Adapter:
        """The adapter."""
        effects = {k: idempotent() for k, op in all_operations().items() if op.effect}
        return Adapter(
            title="Anything",
            settings=Settings,
            connect=lambda _settings, _http: None,
            ports=dict.fromkeys(CAPABILITIES, lambda client: client),
            doubt=effects,
        )


class CountingIds:
    """Ids one after the other, so that answers are the same in each run."""

    def __init__(self) -> None:
        self.count = 0

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
        return hashlib.sha256(f"secret {self._next()}".encode()).hexdigest()


class Catalogues:
    """What each retailer sells; may be away."""

    def __init__(self) -> None:
        self.held = {
            "northstar": a_catalogue("GBP"),
            "northstar:test": replace(a_catalogue("GBP"), version="sandbox"),
            "orbit": a_catalogue("EUR"),
        }
        self.away = False
        self.age = timedelta(0)

    async def catalogue(self, account: str) -> Catalogue:
        """Or the error of a backend that is away."""
        if self.away:
            raise NotSent("away", provider="main")
        return self.held[account]

    def at_hand(self, account: str) -> Catalogue | None:
        """None while it is away."""
        return None if self.away else self.held[account]

    def freshness(self, account: str) -> Freshness:
        """As old as the test says."""
        return Freshness(age=self.age, fresh=timedelta(minutes=1), stale=timedelta(hours=24))

    def reprice(self, retailer: str, sku: str, price: int) -> None:
        """A handset has another price from now on."""
        old = self.held[retailer]
        handsets = tuple(
            replace(one, price=price) if one.sku == sku else one for one in old.handsets
        )
        self.held[retailer] = replace(old, handsets=handsets, version=old.version + "b")


NO = Declined(code="declined")


class SignedProviders:
    """Callbacks as `{"reference": …, "passed": true}` with an HMAC of the raw body."""

    def __init__(self, backends: FakeBackends) -> None:
        self.backends = backends

    async def callback(self, retailer: str, provider: str, raw: RawCallback) -> Sequence[Notice]:
        """Check and read."""
        if provider not in ("main", "second"):
            raise KeyError(provider)
        wanted = hmac.new(SIGNING, raw.body, "sha256").hexdigest()
        if not hmac.compare_digest(wanted, raw.headers.get("signature", "")):
            raise BadSignature("wrong signature")
        body = json.loads(raw.body)
        strangers = [Notice(reference=one, outcome=NO) for one in body.get("beside", ())]
        return [*strangers, self._notice(body)]

    def _notice(self, body: Any) -> Notice:
        reference = body["reference"]
        if "undelivered" in body:
            return Notice(reference=reference, outcome=Undelivered(code=body["undelivered"]))
        if not body["passed"]:
            return Notice(reference=reference, outcome=NO)
        known = reference in self.backends.effects
        outcome: Outcome[Any] = self.backends.finish(reference) if known else Passed(output=None)
        return Notice(reference=reference, outcome=outcome)

    def acknowledgement(self, retailer: str, provider: str) -> bytes | None:
        """The second provider wants to read a word."""
        return b"[accepted]" if provider == "second" else None


class Plans:
    """Compiled plans by digest."""

    def __init__(self, plans: Mapping[str, Plan]) -> None:
        self.plans = plans

    def by_digest(self, digest: str) -> Plan:
        """The plan; `KeyError` without one."""
        return self.plans[digest]

    async def load(self, digest: str) -> Plan:
        """The same."""
        return self.by_digest(digest)


@cache
def ours() -> FlowRegistry:
    """The flows beside this file, compiled and proved once for all tests: a book never changes."""
    return load_flows(Path(__file__).parent / "flows", AnyAdapters())


class ApiHarness:
    """The application and everything below it; clients for each kind of caller."""

    def __init__(
        self,
        *,
        store: Store | None = None,
        flows: Path | None = None,
        clock: VirtualClock | None = None,
        **changes: Any,
    ) -> None:
        self.clock = clock or VirtualClock()
        self.store = store or MemoryStore()
        self.backends = FakeBackends()
        self.catalogues = Catalogues()
        self.ids = CountingIds()
        self.book = load_flows(flows, AnyAdapters()) if flows else ours()
        caller = ProviderCaller(
            backends=self.backends, clock=self.clock, random=Random(7), public_url=PUBLIC_URL
        )
        self.engine = Engine(store=self.store, plans=Plans(self.book.by_digest), caller=caller)
        self.services = Services(
            engine=self.engine,
            store=self.store,
            book=self.book,
            catalogues=self.catalogues,
            providers=SignedProviders(self.backends),
            clock=self.clock,
            ids=self.ids,
            public_url=PUBLIC_URL,
            bucket_salt="salt",
            operators={"alice": hashed("wonder"), "bob": hashed("wonder")},
            metrics=lambda: (b"up 1\n", "text/plain; version=0.0.4"),
            return_wait=timedelta(seconds=1),
            **changes,
        )
        self.app = create_app(self.services)
        self.keys: dict[str, str] = {}

    def rebuild(self, **changes: Any) -> None:
        """The same world with other services from now on."""
        self.services = replace(self.services, **changes)
        self.app = create_app(self.services)

    async def open(self) -> None:
        """Open the store and make the keys."""
        await self.store.open()
        for retailer in ("northstar", "orbit"):
            for live in (True, False):
                scopes = ["checkouts:read", "checkouts:write"]
                await self.key(retailer, "secret", scopes, livemode=live)
            origins = self.book.retailers[retailer].origins
            await self.key(retailer, "publishable", [], origins)

    async def key(
        self,
        retailer: str,
        kind: Any,
        scopes: Sequence[str],
        origins: Sequence[str] = (),
        *,
        livemode: bool = True,
    ) -> str:
        """A new key of a retailer."""
        stored, text = issue_key(
            self.ids,
            retailer=retailer,
            kind=kind,
            now=self.clock.now(),
            scopes=scopes,
            origins=origins,
            livemode=livemode,
        )
        await self.store.put_key(stored)
        self.keys[f"{account_of(retailer, livemode=livemode)}/{kind}"] = text
        return text

    def client(self, bearer: str | None = None, **headers: str) -> httpx.AsyncClient:
        """A caller with these credentials."""
        known = {"Authorization": f"Bearer {bearer}"} if bearer else {}
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(app=self.app),
            base_url=PUBLIC_URL,
            headers={**known, **headers},
        )

    def server(self, retailer: str = "northstar") -> httpx.AsyncClient:
        """A retailer's server; `northstar:test` has a test key."""
        return self.client(self.keys[f"{retailer}/secret"])

    def page(self, retailer: str = "northstar") -> httpx.AsyncClient:
        """A page of a retailer's shop."""
        origin = self.book.retailers[retailer].origins[0]
        return self.client(self.keys[f"{retailer}/publishable"], Origin=origin)

    def operator(self, name: str = "alice") -> httpx.AsyncClient:
        """A person of operations."""
        return self.client(f"op_{name}_wonder")

    async def create(
        self, key: str = "create-1", retailer: str = "northstar", **body: Any
    ) -> httpx.Response:
        """Begin a checkout as the retailer's server."""
        northstar = retailer_of(retailer) == "northstar"
        flow = "handset-on-credit" if northstar else "handset"
        package = ON_CREDIT if northstar else {"handset": "handset-mid"}
        sent = {"flow": flow, "package": package, **body}
        async with self.server(retailer) as server:
            return await server.post("/v1/checkouts", json=sent, headers={"Idempotency-Key": key})

    async def customer(self, **body: Any) -> Customer:
        """A checkout and its customer."""
        made = await self.create(**body)
        assert made.status_code == 201, made.text
        return Customer(self, made.json())

    async def another(self, **body: Any) -> Customer:
        """A customer whom no other test of a shared application knows."""
        return await self.customer(key=self.ids.short(), **body)


class Customer:
    """A customer with a token, and the checkout as last answered."""

    def __init__(self, world: ApiHarness, made: dict[str, Any]) -> None:
        self.world = world
        self.made = made
        self.id: str = made["id"]
        self.href = f"/v1/checkouts/{self.id}"
        self.client = world.client(made["customer_token"])

    async def read(self) -> dict[str, Any]:
        """The checkout."""
        response = await self.client.get(self.href)
        assert response.status_code == 200, response.text
        found: dict[str, Any] = response.json()
        assert silence(found) is None, silence(found)
        return found

    async def put(self, step: str, body: Any = None, **headers: str) -> httpx.Response:
        """Send the data of a step."""
        body = FORMS[step] if body is None else body
        return await self.client.put(f"{self.href}/steps/{step}", json=body, headers=headers)

    async def agree(self) -> httpx.Response:
        """Agree to the hard search."""
        by_step = {one.get("step"): one for one in (await self.read())["next_actions"]}
        return await self.put("consent", self._form(by_step["consent"]))

    async def patch(self, package: Any, **headers: str) -> httpx.Response:
        """Change the package."""
        return await self.client.patch(self.href, json={"package": package}, headers=headers)

    async def complete(self, quote: str | None = None, **headers: str) -> httpx.Response:
        """Say yes, by default to the present quote."""
        sent = {"quote_id": quote or (await self.read())["quote"]["id"]}
        return await self.client.post(f"{self.href}/complete", json=sent, headers=headers)

    async def cancel(self, **headers: str) -> httpx.Response:
        """End it."""
        reason = {"reason": "changed_mind"}
        return await self.client.post(f"{self.href}/cancel", json=reason, headers=headers)

    async def fill(self) -> dict[str, Any]:
        """Do everything until it is ready to be completed."""
        for _ in range(12):
            body = await self.read()
            ends = ("confirm", "cancel")
            action = next((a for a in body["next_actions"] if a["type"] not in ends), None)
            if action is None:
                return body
            response = await self.put(action["step"], self._form(action))
            assert response.status_code == 200, response.text
        raise AssertionError(f"never ready: {await self.read()}")

    def _form(self, action: dict[str, Any]) -> Any:
        if (document := action.get("document")) is not None:
            said = document["digest"]
            return {"shown": said} if action["type"] == "show" else {"given": True, "wording": said}
        if action["type"] == "choose":
            return {"option": action["options"][0]["id"]}
        return FORMS[action["step"]]


def signed(body: bytes) -> dict[str, str]:
    """The headers of a provider's callback."""
    return {"Signature": hmac.new(SIGNING, body, "sha256").hexdigest()}
