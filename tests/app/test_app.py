"""The composition root: everything real but the sockets."""

from __future__ import annotations

import shutil
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import httpx
import pytest

from unshackled.adapter_registry import find
from unshackled.app import Overrides, Service, build
from unshackled.demo_mode import demo_key
from unshackled.errors import StoreUnavailable
from unshackled.flow.language.diagnostics import FlowMistakes
from unshackled.flow.plan.provider_config import MissingEnvironment
from unshackled.outbound.in_process import in_process
from unshackled.settings import ServiceSettings, load_settings
from unshackled.store.memory import MemoryStore
from unshackled.testing.customer import Customer
from unshackled.testing.known_keys import MASTER_KEY
from unshackled.testing.sandbox import sandbox

FLOWS = Path(__file__).parents[2] / "flows"
FLOW = FLOWS / "pocket.yaml"
URL = "http://127.0.0.1:8080"


def settings(**changes: Any) -> ServiceSettings:
    """Settings of a demo that keeps nothing."""
    given: dict[str, Any] = {"demo": True, "store": "memory:", "flows": FLOWS, **changes}
    return load_settings(**given)


def overrides(store: MemoryStore | None = None) -> Overrides:
    """The stand-ins in this process."""
    shelf = find()
    return Overrides(adapters=shelf, transport=in_process(sandbox(shelf)), store=store)


def running(service: Service) -> AbstractAsyncContextManager[None]:
    """The service between its start and its stop."""
    return service.lifespan()


def client(service: Service) -> httpx.AsyncClient:
    """A client of the API."""
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=service.api), base_url=URL)


async def begin(api: httpx.AsyncClient, retailer: str, flow: str, package: Any) -> Customer:
    """A customer with a new checkout."""
    made = await api.post(
        "/v1/checkouts",
        json={"flow": flow, "package": package},
        headers={"Authorization": f"Bearer {demo_key(retailer)}", "Idempotency-Key": "one"},
    )
    assert made.status_code == 201, made.text
    return Customer(api=api, checkout=made.json(), token=made.json()["customer_token"])


async def test_a_customer_buys_from_the_composed_service() -> None:
    """The SIM-only retailer's whole flow over its stand-ins, with its story in demo mode."""
    service = build(settings(), overrides())
    async with running(service), client(service) as api:
        customer = await begin(api, "pocket", "sim-only", {"tariff": "sim-20gb"})
        await customer.buy()
        assert customer.checkout["status"] == "completed"
        story = (await api.get(f"/demo/stories/{customer.id}")).json()
        assert "mandate.set_up" in {call["operation"] for call in story["spans"]}
        assert (await api.get("/readyz")).json()["checks"]["store"] == "ok"
        metrics = (await api.get("/metrics")).text
        assert "unshackled" in metrics


async def test_checkouts_outlive_a_restart_and_keep_their_flow(tmp_path: Path) -> None:
    """A second service on the same store compiles the flow that a checkout is pinned to."""
    store = MemoryStore()
    flows = Path(shutil.copytree(FLOWS, tmp_path / "flows"))
    first = build(settings(flows=flows), overrides(store))
    async with running(first), client(first) as api:
        customer = await begin(api, "pocket", "sim-only", {"tariff": "sim-20gb"})
    shorter = [line for line in FLOW.read_text().splitlines() if "summary: " not in line]
    (flows / FLOW.name).write_text("\n".join(shorter))
    second = build(settings(flows=flows), overrides(store))
    assert (
        second.components.book.plan("pocket", "sim-only").digest
        != customer.checkout["flow"]["digest"]
    )
    async with running(second), client(second) as api:
        customer.api = api
        await customer.buy()
        assert customer.checkout["status"] == "completed"
        assert "summary" in {step["name"] for step in customer.checkout["steps"]}


async def test_a_store_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    """The error names the variable; nothing stays open."""
    broken = tmp_path / "broken.db"
    broken.write_bytes(b"this is no database" * 100)
    given = settings(store=f"sqlite:///{broken}", master_key=MASTER_KEY)
    service = build(given, overrides())
    with pytest.raises(StoreUnavailable, match="UNSHACKLED_STORE: "):
        async with running(service):
            pass


def test_a_wrong_flow_stops_the_build(tmp_path: Path) -> None:
    """Every mistake of every file is told."""
    (tmp_path / "shop.yaml").write_text("language: 1\nnonsense: true\n")
    with pytest.raises(FlowMistakes, match=r"shop\.yaml:2: unknown_key"):
        build(settings(flows=tmp_path), overrides())


def test_outside_of_the_demo_every_variable_is_needed() -> None:
    """No provider gets made-up settings, and nothing is known of stories."""
    with pytest.raises(MissingEnvironment, match="retailer northstar: provider legacy-shop: set "):
        build(settings(demo=False), Overrides(environ={}))
