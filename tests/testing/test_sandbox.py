"""The sandbox serves every stand-in behind one port."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from unshackled.adapter_registry import AdapterRegistry, ShelfError, find
from unshackled.sdk import ports
from unshackled.sdk.standin_goods import CATALOGUE
from unshackled.testing.sandbox import sandbox

RESERVE = {
    "reference": "A" * 26,
    "lines": [{"sku": "handset-mid", "quantity": 1}],
    "hold_seconds": 60,
}
HEADERS = {"Authorization": "Bearer demo", "Idempotency-Key": "A" * 26}


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    """A client of a fresh sandbox of two shops."""
    both = AdapterRegistry(
        modules={name: find().modules[name] for name in ("commerce", "legacy_shop")}
    )
    transport = httpx.ASGITransport(app=sandbox(both))
    async with httpx.AsyncClient(transport=transport, base_url="http://sandbox.example") as one:
        yield one


async def reserve(client: httpx.AsyncClient) -> httpx.Response:
    return await client.post("/commerce/v2/reservations", json=RESERVE, headers=HEADERS)


async def test_every_bundled_adapter_brings_a_stand_in() -> None:
    """The sandbox of the installed shelf has a stand-in for each adapter on it."""
    shelf = find()
    transport = httpx.ASGITransport(app=sandbox(shelf))
    async with httpx.AsyncClient(transport=transport, base_url="http://sandbox.example") as one:
        told = (await one.get("/livez")).json()
    assert told == {"status": "ok", "stand_ins": list(shelf.names)}


@pytest.mark.parametrize(
    ("file", "text", "why"),
    [
        ("fake.py", "half a line (", "broken_shelf.acme.fake does not import: SyntaxError"),
        ("fake.py", "def make(): return {}['x']", "its stand-in: KeyError: 'x'"),
        ("__init__.py", "import nothing_like_it", "broken_shelf.acme does not import: ModuleNot"),
    ],
)
def test_an_adapter_that_is_half_written_stops_nobody_else(
    tmp_path: Path, file: str, text: str, why: str
) -> None:
    """It is left out with a line; who wants to know at once gets the error."""
    folder = tmp_path / "broken_shelf" / "acme"
    folder.mkdir(parents=True)
    for name in ("__init__.py", "fake.py"):
        (folder / name).write_text(text if name == file else "")
    shelf = AdapterRegistry(modules={**find([folder.parent]).modules})
    said: list[str] = []
    try:
        app = sandbox(shelf, say=said.append)
        with pytest.raises(ShelfError):
            sandbox(shelf)
    finally:
        for module in [one for one in sys.modules if one.partition(".")[0] == "broken_shelf"]:
            del sys.modules[module]
    assert len(said) == 1
    assert said[0].startswith("left out: adapter acme: ")
    assert why in said[0]
    assert len(app.routes) > len(find().names)


async def test_stand_ins_answer_below_their_names(client: httpx.AsyncClient) -> None:
    """A stand-in is mounted at its adapter's name, and its effects are in the common ledger."""
    assert (await reserve(client)).status_code == 201
    entries = (await client.get("/_ledger")).json()["ledger"]
    assert [(entry["stand_in"], entry["effect"]) for entry in entries] == [
        ("commerce", "stock.reserve")
    ]
    assert (await client.get("/commerce/_ledger")).json()["name"] == "commerce"


async def test_a_switch_reaches_all_until_it_is_cleared(client: httpx.AsyncClient) -> None:
    """A switch set at the top strikes in every stand-in; clearing it puts things right."""
    switch = {"mode": "unavailable", "operation": "stock.reserve"}
    told = (await client.post("/_scenario", json=switch)).json()
    assert {name: [one["mode"] for one in told[name]] for name in told} == {
        "commerce": ["unavailable"],
        "legacy_shop": ["unavailable"],
    }
    assert (await reserve(client)).status_code == 429
    await client.delete("/_scenario")
    assert (await reserve(client)).status_code == 201


async def test_a_switch_can_reach_one(client: httpx.AsyncClient) -> None:
    """With a stand-in's name the others are left alone."""
    params = {"stand_in": "legacy_shop"}
    await client.post("/_scenario", params=params, json={"mode": "error"})
    assert (await reserve(client)).status_code == 201


async def test_test_keys_have_stand_ins_of_their_own(client: httpx.AsyncClient) -> None:
    """The same kinds below `/test`, with a ledger and switches that leave the live ones alone."""

    async def tried() -> int:
        path = "/test/commerce/v2/reservations"
        return (await client.post(path, json=RESERVE, headers=HEADERS)).status_code

    assert await tried() == 201
    ledger = (await client.get("/_ledger")).json()["ledger"]
    assert {one["stand_in"] for one in ledger} == {"test/commerce"}
    switch = {"mode": "unavailable", "operation": "stock.reserve"}
    where = {"stand_in": "test/commerce"}
    told = (await client.post("/_scenario", params=where, json=switch)).json()
    assert {name for name, switches in told.items() if switches} == {"test/commerce"}
    assert (await tried(), (await reserve(client)).status_code) == (429, 201)


@pytest.mark.parametrize(
    ("switch", "field"),
    [
        ({"mode": "explode"}, "mode"),
        ({"mode": "error", "rate": 2}, "rate"),
        ({"mode": "error", "when": "now"}, "when"),
        ({}, "mode"),
    ],
)
async def test_a_wrong_switch_is_named(
    client: httpx.AsyncClient, switch: dict[str, object], field: str
) -> None:
    """A switch that does not exist is 422 with the field that is wrong."""
    for path in ("/_scenario", "/commerce/_scenario"):
        refused = await client.post(path, json=switch)
        assert refused.status_code == 422
        assert [wrong["field"] for wrong in refused.json()["fields"]] == [field]


def test_the_shops_sell_what_people_try() -> None:
    """The stand-in catalogue has a phone at 71800 minor units and a rare one."""
    assert isinstance(CATALOGUE, ports.Catalogue)
    assert 71_800 in {item.price for item in CATALOGUE.handsets}
    assert CATALOGUE.handset("handset-rare") is not None
