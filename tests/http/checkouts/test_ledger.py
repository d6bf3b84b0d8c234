"""GET …/ledger: for the retailer's server all of it, for a customer what concerns them."""

from __future__ import annotations

from typing import Any

import httpx

from tests.http.world import ApiHarness, Customer
from unshackled.http.problem_types import PROBLEMS


async def _sold(world: ApiHarness) -> Customer:
    customer = await world.customer(customer_ref="c-7")
    await customer.fill()
    done = await customer.complete()
    assert done.json()["status"] == "completed", done.text
    return customer


def _moved(ledger: dict[str, Any]) -> list[tuple[str, str, str, int]]:
    return [
        (one["from"], one["to"], one["what"], one["amount"])
        for one in ledger["entries"]
        if one["kind"] == "moved"
    ]


async def test_the_server_reads_who_owed_whom_what_and_what_moved(world: ApiHarness) -> None:
    """Deposit, credit, instalments and airtime, each pair with its balance."""
    customer = await _sold(world)
    quote = (await customer.read())["quote"]
    async with world.server() as server:
        answer = await server.get(f"{customer.href}/ledger")
    ledger = answer.json()
    assert (answer.status_code, ledger["even"], ledger["currency"]) == (200, True, "GBP")
    assert ("customer", "payment", "due_today", quote["due_today"]) in _moved(ledger)
    owed = {(one["what"], one["elsewhere"]) for one in ledger["entries"] if one["kind"] == "owed"}
    assert {("due_today", False), ("credit", False), ("instalments", True)} <= owed
    assert all(pair["open"] == 0 for pair in ledger["pairs"])
    assert {one["what"] for one in ledger["contracts"]} >= {"goods", "credit"}


async def test_instalments_have_the_days_of_the_schedule(world: ApiHarness) -> None:
    """How many there are, and from when to when, where the flow dates them."""
    customer = await _sold(world)
    async with world.server() as server:
        ledger = (await server.get(f"{customer.href}/ledger")).json()
    (terms,) = [one["terms"] for one in ledger["entries"] if one["what"] == "instalments"]
    assert terms["payments"] == 24


async def test_a_customer_reads_what_concerns_them(world: ApiHarness) -> None:
    """Nothing between retailer and lender, no provider's name, none of our references."""
    customer = await _sold(world)
    ledger = (await customer.client.get(f"{customer.href}/ledger")).json()
    assert ledger["entries"]
    assert all("customer" in (one["from"], one["to"]) for one in ledger["entries"])
    assert all("customer" in (one["first"], one["second"]) for one in ledger["pairs"])
    assert {(one["provider"], one["reference"]) for one in ledger["entries"]} == {(None, None)}


async def test_an_open_checkout_owes_nothing(world: ApiHarness) -> None:
    """Before the yes the ledger is empty, and even."""
    customer = await world.customer()
    async with world.server() as server:
        ledger = (await server.get(f"{customer.href}/ledger")).json()
    assert (ledger["entries"], ledger["pairs"], ledger["even"]) == ([], [], True)


async def test_others_and_the_unknown_are_the_same_404(world: ApiHarness) -> None:
    """A ledger is behind the walls that its checkout is behind."""
    customer, other = await _sold(world), await world.customer(key="another")

    async def asked(client: httpx.AsyncClient, href: str) -> int:
        return (await client.get(f"{href}/ledger")).status_code

    async with world.server("orbit") as foreign, world.server() as server:
        assert await asked(foreign, customer.href) == 404
        assert await asked(server, "/v1/checkouts/chk_00000000000000000000000000") == 404
    assert await asked(other.client, customer.href) == 404


async def test_a_key_needs_the_scope_to_read(world: ApiHarness) -> None:
    """A key that only writes is told which scope it lacks."""
    customer = await _sold(world)
    writer = await world.key("northstar", "secret", ["checkouts:write"])
    async with world.client(writer) as server:
        answer = await server.get(f"{customer.href}/ledger")
    assert (answer.status_code, answer.json()["type"]) == (403, PROBLEMS["scope_missing"].uri)


async def test_operators_see_it_too(world: ApiHarness) -> None:
    """With provider and reference, so that what is open is found where it is."""
    customer = await _sold(world)
    async with world.operator() as operator:
        view = (await operator.get(f"/ops/checkouts/{customer.id}")).json()
    moved = [one for one in view["ledger"]["entries"] if one["kind"] == "moved"]
    assert view["ledger"]["even"] is True
    assert all(one["reference"] and one["provider"] for one in moved)
