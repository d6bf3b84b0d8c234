"""Configured providers, over the stand-ins in this process."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import httpx
import pytest

from unshackled.adapter_registry import AdapterRegistry, find
from unshackled.domain.records import replace
from unshackled.errors import InDoubt, NotSent
from unshackled.flow.engine.route_choice import RouteRequest
from unshackled.flow.language.policy import Policy
from unshackled.flow.language.spec import ProviderSpec, Retailer
from unshackled.flow.plan.provider_config import MissingEnvironment
from unshackled.outbound import BreakerPolicy, Limits
from unshackled.outbound.in_process import in_process
from unshackled.ports import all_operations
from unshackled.ports.call_context import Call, Undo
from unshackled.ports.outcome import Absent, Notice, Passed
from unshackled.providers import ProviderDeps, Providers
from unshackled.routing.router import Router
from unshackled.sdk import Adapter, BadSignature, Doubt, RawCallback
from unshackled.sdk.standin import StandIn
from unshackled.store.memory import MemoryStore
from unshackled.store.side_tables.routing_settings import ProviderSettings, Window
from unshackled.testing.bench import reference
from unshackled.testing.samples import request_for
from unshackled.testing.virtual_clock import VirtualClock

CHARGE = all_operations()["payment.charge"]
ENVIRON = {"PSP_URL": "http://psp.example", "PSP_KEY": "demo", "PSP_SECRET": "demo"}
SETTINGS = {"base_url": "env:PSP_URL", "api_key": "env:PSP_KEY", "webhook_secret": "env:PSP_SECRET"}
POLICY = BreakerPolicy(calls=2, minimum_calls=2, open_for=timedelta(seconds=10), probes=1)


def retailer(name: str = "northstar", **settings: Any) -> Retailer:
    """A retailer with one payment provider."""
    psp = ProviderSpec(
        name="psp",
        adapter="psp",
        settings={**SETTINGS, **settings},
        limits=Limits(breaker=POLICY),
    )
    return Retailer(
        id=name,
        name=name.title(),
        locale="en-GB",
        currency="GBP",
        time_zone="Europe/London",
        origins=(),
        return_urls=(),
        latency_budget=timedelta(seconds=8),
        quote_validity=timedelta(hours=1),
        providers={"psp": psp},
        defaults={},
        flows=(),
    )


def call(number: int = 1) -> Call:
    """The frame of a call."""
    return Call(
        reference=reference(number),
        checkout="chk_1",
        currency="GBP",
        locale="en-GB",
        callback_url="https://checkout.example/v1/callbacks/northstar/psp",
        return_url="https://checkout.example/v1/returns/x",
    )


class Shop:
    """Providers on one stand-in, and its ledger."""

    def __init__(self) -> None:
        self.stand_in: StandIn = find().stand_in("psp")
        self.clock = VirtualClock()
        self.store = MemoryStore()
        self.router = Router(
            tables=self.store.tables, clock=self.clock, random=Random(1), policies={}
        )
        self.providers = make(
            {"northstar": retailer(), "orbit": retailer("orbit")},
            router=self.router,
            clock=self.clock,
            transport=in_process(self.stand_in.app()),
        )

    def picked(self) -> list[str]:
        """Who would take a payment."""
        policy = Policy(how="single", providers=("psp",))
        ask = RouteRequest(
            retailer="northstar",
            operation="payment.charge",
            policy=policy,
            candidates=policy.providers,
        )
        return [pick.provider for pick in self.providers.picks(ask)]

    async def set(self, settings: ProviderSettings) -> None:
        """An operator says something about the provider."""
        entry = self.router.settings.entry("northstar", "provider", "psp")
        await self.router.settings.put(entry, settings, by="ada", reason="a test")

    async def charge(self, number: int = 1) -> Any:
        """Take a payment."""
        request = request_for(CHARGE)
        return await self.providers.perform(
            "northstar", "psp", "payment.charge", request, call(number)
        )


def make(
    retailers: Mapping[str, Retailer],
    environ: Mapping[str, str] = ENVIRON,
    router: Router | None = None,
    **parts: Any,
) -> Providers:
    """Providers with the adapters of the repository."""
    return Providers(retailers, ProviderDeps(adapters=find(), environ=environ, **parts), router)


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    """A shop that is closed afterwards."""
    made = Shop()
    await made.store.open()
    yield made
    await made.stand_in.settle()
    await made.providers.close()


async def test_an_operation_reaches_its_backend_and_can_be_looked_up_and_undone(shop: Shop) -> None:
    """Perform, look up and undo go to the port of the operation's capability."""
    asked = ("northstar", "psp", "payment.charge")
    assert isinstance(await shop.providers.look_up(*asked, call()), Absent)
    done = await shop.charge()
    assert isinstance(done, Passed)
    assert await shop.providers.look_up(*asked, call()) == done
    undo: Undo[Any] = Undo(reference=call().reference, output=done.output)
    for _ in range(2):
        await shop.providers.undo("northstar", "psp", "payment.refund", undo, call(2))
    assert len(shop.stand_in.done("payment.charge")) == 1
    assert len(shop.stand_in.done("payment.refund")) == 1


async def test_a_failing_provider_is_not_admitted_until_its_probe_passes(shop: Shop) -> None:
    """The breaker of one retailer's provider opens; the other retailer's is another one."""
    shop.stand_in.play("unavailable", times=2)
    for number in (1, 2):
        with pytest.raises(NotSent):
            await shop.charge(number)
    assert not shop.providers.admits("northstar", "psp")
    assert shop.providers.admits("orbit", "psp")
    assert set(shop.providers.breakers()) == {
        ("northstar", "psp", "open"),
        ("orbit", "psp", "closed"),
    }
    await shop.clock.advance(timedelta(seconds=11))
    assert shop.providers.admits("northstar", "psp")
    assert isinstance(await shop.charge(3), Passed)


class UsedUp(httpx.AsyncBaseTransport):
    """Answers as the backend does, and says that this was the last call for half a minute."""

    def __init__(self, backend: httpx.AsyncBaseTransport) -> None:
        self.backend = backend

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = await self.backend.handle_async_request(request)
        answer.headers.update({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "30"})
        return answer


async def test_a_provider_whose_own_rate_limit_is_used_up_is_not_picked() -> None:
    """Others are, until its window ends."""
    shop = Shop()
    shop.providers = make(
        {"northstar": retailer()},
        clock=shop.clock,
        transport=UsedUp(in_process(shop.stand_in.app())),
    )
    assert shop.picked() == ["psp"]
    assert isinstance(await shop.charge(), Passed)
    assert shop.picked() == []
    await shop.clock.advance(timedelta(seconds=31))
    assert shop.picked() == ["psp"]


async def test_a_disabled_provider_is_not_picked_but_finishes_what_it_began(shop: Shop) -> None:
    """Nobody is sent there anew; what follows goes on, and what was done is taken back."""
    await shop.charge()
    assert shop.picked() == ["psp"]
    await shop.set(ProviderSettings(disabled=True))
    assert shop.picked() == []
    assert shop.providers.admits("northstar", "psp")
    undo: Undo[Any] = Undo(reference=call().reference, output=None)
    await shop.providers.undo("northstar", "psp", "payment.refund", undo, call(2))
    assert len(shop.stand_in.done("payment.refund")) == 1
    await shop.set(ProviderSettings())
    assert shop.picked() == ["psp"]


async def test_a_provider_in_maintenance_is_left_in_peace(shop: Shop) -> None:
    """In its window it is neither picked nor sent what follows; afterwards it is."""
    now = shop.clock.now()
    window = Window(begins=now, ends=now + timedelta(hours=1))
    await shop.set(ProviderSettings(windows=(window,)))
    assert shop.picked() == []
    assert not shop.providers.admits("northstar", "psp")
    await shop.clock.advance(timedelta(hours=1))
    assert shop.picked() == ["psp"]


async def test_what_a_provider_answers_is_measured(shop: Shop) -> None:
    """A yes is a success, a failure is none; what our breaker shed says nothing."""
    await shop.charge()
    shop.stand_in.play("error", times=1)
    with pytest.raises(InDoubt):
        await shop.charge(2)
    ((operation, score),) = shop.router.measures.rates_of("northstar", "psp")
    assert (operation, round(score.calls)) == ("payment.charge", 2)
    assert 0 < score.rate < 1


async def test_an_unknown_provider_does_nothing(shop: Shop) -> None:
    """A provider that is gone from the file is never sent to, and a person decides its doubts."""
    assert not shop.providers.admits("northstar", "gone")
    assert shop.providers.doubt("northstar", "gone", "payment.charge") == Doubt()
    with pytest.raises(NotSent, match="no such provider"):
        await shop.providers.perform("northstar", "gone", "payment.charge", None, call())


async def test_a_callback_needs_a_provider_and_a_signature(shop: Shop) -> None:
    """An unsigned callback is refused; one for nobody is a lookup error."""
    raw = RawCallback(body=b"{}", headers={}, received_at=datetime.now(UTC))
    with pytest.raises(BadSignature):
        await shop.providers.callback("northstar", "psp", raw)
    with pytest.raises(LookupError):
        await shop.providers.callback("northstar", "gone", raw)


class Broken(AdapterRegistry):
    """A shelf whose adapters miss a field in every callback."""

    def load(self, name: str) -> Adapter:
        def read(settings: object, raw: RawCallback) -> tuple[Notice, ...]:
            raise KeyError(raw.body.decode())

        return replace(super().load(name), callback=read)


async def test_an_adapter_that_breaks_on_a_callback_is_no_missing_provider() -> None:
    """The vendor is to send it again, and what was in it is told to nobody."""
    parts = ProviderDeps(adapters=Broken(modules=find().modules), environ=ENVIRON)
    providers = Providers({"northstar": retailer()}, parts)
    raw = RawCallback(body=b"Wilhelmina", headers={}, received_at=datetime.now(UTC))
    with pytest.raises(InDoubt, match=r"adapter broke: KeyError$"):
        await providers.callback("northstar", "psp", raw)


def test_the_way_out_of_doubt_is_the_adapters(shop: Shop) -> None:
    """The adapter declares it for each effect."""
    declared = find().load("psp").doubt["payment.charge"]
    assert shop.providers.doubt("northstar", "psp", "payment.charge") == declared


def test_every_missing_variable_is_told_at_once_by_retailer_and_provider() -> None:
    """One line for each provider that cannot be built."""
    with pytest.raises(MissingEnvironment) as caught:
        make({"northstar": retailer(), "orbit": retailer("orbit")}, {"PSP_URL": "http://a.example"})
    assert str(caught.value).splitlines() == [
        "retailer northstar: provider psp: set PSP_KEY, PSP_SECRET",
        "retailer orbit: provider psp: set PSP_KEY, PSP_SECRET",
    ]


@pytest.mark.parametrize("url", ["ftp://psp.example", "psp.example", "https://user:pw@psp.example"])
def test_a_wrong_address_stops_the_start_without_being_repeated(url: str) -> None:
    """An address may hold a password, so the message says only what is allowed."""
    with pytest.raises(MissingEnvironment, match=r"retailer northstar: .*http") as caught:
        make({"northstar": retailer()}, {**ENVIRON, "PSP_URL": url})
    assert url not in str(caught.value)


async def test_warming_and_closing_can_be_repeated(shop: Shop) -> None:
    """Both are safe before any call and after the last."""
    await shop.providers.warm()
    await shop.providers.close()
    await shop.providers.close()
    assert isinstance(await shop.charge(), Passed)


LIVE_AND_TEST = {**ENVIRON, "TEST_URL": "http://test.example", "TEST_KEY": "t", "TEST_SECRET": "t"}
SANDBOX = {
    "base_url": "env:TEST_URL",
    "api_key": "env:TEST_KEY",
    "webhook_secret": "env:TEST_SECRET",
}


def with_sandbox(name: str = "northstar") -> Retailer:
    """A retailer whose one provider has a sandbox."""
    live = retailer(name)
    return replace(live, providers={"psp": replace(live.providers["psp"], sandbox=SANDBOX)})


async def test_a_test_account_reaches_the_sandbox_and_nothing_else() -> None:
    """With a client, a breaker and credentials of its own; without a sandbox it reaches nobody."""
    live, test = find().stand_in("psp"), find().stand_in("psp")
    backends = {"psp.example": in_process(live.app()), "test.example": in_process(test.app())}
    providers = make(
        {"northstar": with_sandbox(), "orbit": retailer("orbit")},
        environ={**LIVE_AND_TEST, "TEST_KEY": "demo", "TEST_SECRET": "demo"},
        transport=ByHost(backends),
        clock=VirtualClock(),
    )
    request = request_for(CHARGE)
    done = await providers.perform("northstar:test", "psp", "payment.charge", request, call())
    assert isinstance(done, Passed)
    assert (len(test.done("payment.charge")), len(live.done("payment.charge"))) == (1, 0)
    undo: Undo[Any] = Undo(reference=call().reference, output=done.output)
    await providers.undo("northstar:test", "psp", "payment.refund", undo, call(2))
    assert (len(test.done("payment.refund")), len(live.done("payment.refund"))) == (1, 0)
    asked = ("psp", "payment.charge", call())
    assert isinstance(await providers.look_up("northstar", *asked), Absent)
    with pytest.raises(NotSent, match="no such provider"):
        await providers.perform("orbit:test", "psp", "payment.charge", request, call())
    test.play("unavailable", times=2)
    for number in (3, 4):
        with pytest.raises(NotSent):
            await providers.perform(
                "northstar:test", "psp", "payment.charge", request, call(number)
            )
    assert not providers.admits("northstar:test", "psp")
    assert providers.admits("northstar", "psp")
    await providers.close()


class ByHost(httpx.AsyncBaseTransport):
    """Two backends, by the host that is asked."""

    def __init__(self, backends: Mapping[str, httpx.AsyncBaseTransport]) -> None:
        self.backends = backends

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return await self.backends[request.url.host].handle_async_request(request)


def test_a_sandbox_with_the_live_credentials_stops_the_start() -> None:
    """Two variables that hold one secret for one address; the secret is not repeated."""
    same = {**LIVE_AND_TEST, "TEST_URL": ENVIRON["PSP_URL"], "TEST_KEY": ENVIRON["PSP_KEY"]}
    with pytest.raises(MissingEnvironment) as caught:
        make({"northstar": with_sandbox()}, same)
    assert str(caught.value) == (
        "retailer northstar: provider psp: the sandbox has the live api_key"
    )
