"""Twelve providers that fail, each in its way, at real adapters, guards and breakers.

The vendors answer as vendors do, and put a customer's data wherever a careless backend would.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any, Final

import httpx
import orjson
import pytest

from tests.app.test_providers import retailer
from tests.flow.plans import plan_of
from tests.flow.world import INPUTS, EngineHarness, OnePlan
from unshackled.adapter_registry import find
from unshackled.domain.codec import encode
from unshackled.domain.customer import BankAccount
from unshackled.domain.records import replace
from unshackled.errors import InDoubt
from unshackled.flow.language.spec import ProviderSpec
from unshackled.flow.plan.plan import Plan
from unshackled.flow.runtime.engine_host import Engine
from unshackled.flow.runtime.provider_caller import ProviderCaller
from unshackled.http.ops.view import step_body
from unshackled.outbound import BreakerPolicy, Limits
from unshackled.providers import ProviderDeps, Providers
from unshackled.telemetry import Telemetry
from unshackled.testing.samples import sample

Json = Any
FIRST_TRACE: Final = "0af7651916cd43dd8448eb211c80319c"
SHOWN: Final = (
    *("provider.call_failed", "provider.not_asked"),
    *("provider.expired_on_arrival", "provider.timed_out"),
)
# Every setting that some adapter asks for; secrets come from the environment.
ENVIRON: Final = {"SECRET": "s3cret-of-the-shop", "URL": "https://vendor.example"}
SETTINGS: Final[Mapping[str, dict[str, Any]]] = {
    "stripe": {"api_key": "env:SECRET", "webhook_secret": "env:SECRET"},
    "paypal": {"client_id": "shop", "client_secret": "env:SECRET", "webhook_id": "WH-1"},
    "adyen": {"api_key": "env:SECRET", "merchant_account": "Shop", "hmac_key": "env:SECRET"},
    "mollie": {"api_key": "env:SECRET"},
    "legacy_kyc": {"password": "env:SECRET"},
    "psp": {"api_key": "env:SECRET", "webhook_secret": "env:SECRET"},
    "onfido": {
        "api_token": "env:SECRET",
        "webhook_token": "env:SECRET",
        "workflow_id": "5f6e2a52-4f0c-4d38-9d3c-0d6f2f1a7b11",
    },
    "kyc": {"api_key": "env:SECRET", "callback_secret": "env:SECRET"},
    "gocardless": {"access_token": "env:SECRET", "webhook_secret": "env:SECRET"},
    "direct_debit": {"api_key": "env:SECRET"},
    "commerce": {"api_key": "env:SECRET"},
}
STEPS: Final[Mapping[str, dict[str, Any]]] = {
    "payment.charge": {"collect": "payment_method"},
    "mandate.set_up": {"collect": "bank_account"},
}
WHO: Final = {"name": "Wilhelmina O'Featherstone", "email": "wilhelmina@mail.example"}


def says(status: int, body: Json = None, **headers: str) -> httpx.Response:
    """An answer; where a vendor could quote the customer, it does."""
    told = {"message": "no, wilhelmina@mail.example of NR21 0AA", **(body or {}), "customer": WHO}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(status, json=told, headers=named)


@dataclass(frozen=True, kw_only=True)
class Case:
    """A provider that fails, and what must be told of it."""

    operation: str
    adapter: str
    fault: httpx.Response | Exception
    outcome: str
    code: str
    status: int | None = None
    vendor_code: str | None = None
    request_id: str | None = None
    event: str = "provider.call_failed"
    before: int = 0


REQUEST: Final = httpx.Request("POST", "https://vendor.example")


def broken(kind: type[httpx.TransportError], cause: Exception | None = None) -> Exception:
    """A failure on the way, with a URL in its text as libraries write it."""
    error = kind("https://vendor.example/?email=wilhelmina@mail.example", request=REQUEST)
    error.__cause__ = cause
    return error


CASES: Final[Mapping[str, Case]] = {
    "refused": Case(
        operation="payment.charge",
        adapter="stripe",
        fault=says(
            400,
            {"error": {"type": "invalid_request_error", "code": "parameter_invalid_integer"}},
            Request_Id="req_8fPq2Lk0aZ",
        ),
        outcome="refused",
        code="parameter_invalid_integer",
        status=400,
        vendor_code="parameter_invalid_integer",
        request_id="req_8fPq2Lk0aZ",
    ),
    "wrong credentials": Case(
        operation="payment.charge",
        adapter="paypal",
        fault=httpx.Response(
            401,
            json={"error": "invalid_client", "error_description": "shop@mail.example is unknown"},
            headers={"Paypal-Debug-Id": "f58b1a2c9d0e7"},
        ),
        outcome="refused",
        code="401",
        status=401,
        vendor_code="invalid_client",
        request_id="f58b1a2c9d0e7",
    ),
    "not allowed": Case(
        operation="payment.charge",
        adapter="adyen",
        fault=says(403, {"errorCode": "010", "pspReference": "NC6HT9CRT65ZGN82"}),
        outcome="refused",
        code="403",
        status=403,
        vendor_code="010",
        request_id="NC6HT9CRT65ZGN82",
    ),
    "error of the server": Case(
        operation="payment.charge",
        adapter="mollie",
        fault=says(500, X_Request_Id="mol-77aa-01"),
        outcome="in_doubt",
        code="server_error",
        status=500,
        request_id="mol-77aa-01",
    ),
    "malformed": Case(
        operation="identity.verify",
        adapter="legacy_kyc",
        fault=httpx.Response(200, text="<html>wilhelmina@mail.example</html>"),
        outcome="in_doubt",
        code="malformed",
        status=200,
    ),
    "silent": Case(
        operation="payment.charge",
        adapter="psp",
        fault=broken(httpx.ReadTimeout),
        outcome="in_doubt",
        code="timeout",
    ),
    "too many": Case(
        operation="mandate.set_up",
        adapter="gocardless",
        fault=says(
            429,
            {"error": {"type": "invalid_api_usage", "request_id": "0aa4750c-06d6-41bd"}},
            Retry_After="30",
        ),
        outcome="not_sent",
        code="rate_limited",
        status=429,
        vendor_code="invalid_api_usage",
        request_id="0aa4750c-06d6-41bd",
    ),
    "gateway": Case(
        operation="mandate.set_up",
        adapter="direct_debit",
        fault=httpx.Response(503, text="<html>NR21 0AA</html>", headers={"CF-Ray": "8a1b2c3d4e5f"}),
        outcome="in_doubt",
        code="server_error",
        status=503,
        request_id="8a1b2c3d4e5f",
    ),
    "nobody listens": Case(
        operation="identity.verify",
        adapter="onfido",
        fault=broken(httpx.ConnectError, ConnectionRefusedError()),
        outcome="not_sent",
        code="connection_refused",
    ),
    "wrong certificate": Case(
        operation="identity.verify",
        adapter="kyc",
        fault=broken(httpx.ConnectError, ssl.SSLCertVerificationError("wilhelmina")),
        outcome="not_sent",
        code="tls",
    ),
    "hangs up": Case(
        operation="stock.reserve",
        adapter="commerce",
        fault=broken(httpx.RemoteProtocolError),
        outcome="in_doubt",
        code="connection_lost",
    ),
    "breaker open": Case(
        operation="payment.charge",
        adapter="stripe",
        fault=broken(httpx.ConnectTimeout),
        outcome="unreachable",
        code="breaker_open",
        event="provider.not_asked",
        before=2,
    ),
    "quotes the customer": Case(
        operation="identity.verify",
        adapter="kyc",
        fault=httpx.Response(
            422,
            json={"error": {"code": "Wilhelmina"}},
            headers={"X-Request-Id": "wilhelmina1"},
        ),
        outcome="refused",
        code="refused",
        status=422,
    ),
}


def plan_for(case: Case) -> Plan:
    """The customer's data and one call."""
    steps: dict[str, dict[str, Any]] = {
        "contact": {"collect": "contact"},
        "address": {"collect": "address"},
    }
    asked = STEPS.get(case.operation)
    if asked is not None:
        steps["card"] = asked
    needs = list(steps)
    steps["deposit"] = {"call": case.operation, "needs": needs, "providers": ["vendor"]}
    return plan_of(steps)


@dataclass
class FailureShown:
    """One checkout at real providers, in a process with telemetry."""

    case: Case
    telemetry: Telemetry
    sent: list[httpx.Request] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.world = EngineHarness(plan_for(self.case))
        nervous = BreakerPolicy(calls=2, minimum_calls=2) if self.case.before else BreakerPolicy()
        limits = Limits(breaker=nervous)
        spec = ProviderSpec(
            name="vendor",
            adapter=self.case.adapter,
            settings={"base_url": "env:URL", **SETTINGS[self.case.adapter]},
            limits=limits,
        )
        shop = replace(retailer(), providers={"vendor": spec})
        self.providers = Providers(
            {"northstar": shop},
            ProviderDeps(
                adapters=find(),
                environ=ENVIRON,
                clock=self.world.clock,
                transport=httpx.MockTransport(self._fail),
                tracers=self.telemetry.tracer_provider,
                meters=self.telemetry.meter_provider,
            ),
        )
        caller = ProviderCaller(
            backends=self.providers,
            clock=self.world.clock,
            random=Random(7),
            public_url="https://checkout.example",
            recorder=self.telemetry.recorder,
        )
        self.world.engine = Engine(
            store=self.world.store,
            plans=OnePlan(self.world.plan),
            caller=caller,
            budget=self.world.engine.budget,
        )

    def _fail(self, request: httpx.Request) -> httpx.Response:
        self.sent.append(request)
        if isinstance(self.case.fault, Exception):
            raise self.case.fault
        return self.case.fault

    async def play(self) -> None:
        """The customer comes as far as the provider that fails."""
        breaker = self.providers.get("northstar", "vendor").guard.breaker
        for _ in range(self.case.before):
            with pytest.raises(InDoubt), breaker.permit():
                raise InDoubt("the call of somebody else")
        with self.telemetry.tracer.start_as_current_span("POST /v1/checkouts"):
            await self._shop()
        # Retries inside a call pause; a call that was broken off is doubted later.
        await self.world.clock.advance(timedelta(seconds=3))
        await self.world.clock.spin()

    async def _shop(self) -> None:
        await self.world.begin()
        for step in self.world.plan.steps:
            if step in INPUTS and step != "deposit":
                collected = self.world.plan.steps[step].definition.output
                body = sample(BankAccount) if collected is BankAccount else INPUTS[step]
                await self.world.submit(step, encode(body))

    async def shown(self) -> Mapping[str, Any]:
        """The step as `ops show` is answered, over the wire."""
        seen = await self.world.seen()
        body = step_body(self.world.plan, seen, "deposit", self.world.now())
        found: dict[str, Any] = orjson.loads(orjson.dumps(dict(body)))
        return found
