"""Completed checkouts of the API's world, and the cases that are opened on them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx

from tests.http.world import ApiHarness, Customer
from unshackled.domain.codec import encode
from unshackled.domain.customer import BankAccount
from unshackled.testing.samples import sample

ACCOUNT = encode(sample(BankAccount))


async def sold(world: ApiHarness, **body: Any) -> Customer:
    """A customer whose checkout is completed, and a retailer's key that may open cases."""
    customer = await world.customer(**body)
    await customer.fill()
    done = await customer.complete()
    assert done.json()["status"] == "completed", done.text
    await world.key("northstar", "secret", ["checkouts:read", "refunds"])
    return customer


async def opened(
    world: ApiHarness,
    customer: Customer,
    path: str,
    body: Mapping[str, Any] | None = None,
    key: str = "case-1",
) -> httpx.Response:
    """A case that the retailer's server asks for."""
    async with world.server() as server:
        headers = {"Idempotency-Key": key}
        return await server.post(f"{customer.href}/{path}", json=body or {}, headers=headers)


async def a_case(
    world: ApiHarness,
    customer: Customer,
    path: str,
    body: Mapping[str, Any] | None = None,
    **more: str,
) -> dict[str, Any]:
    """The same, where it is opened."""
    answer = await opened(world, customer, path, body, **more)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def case_of(customer: Customer, case: str) -> dict[str, Any]:
    """A case as its customer reads it."""
    answer = await customer.client.get(f"{customer.href}/cases/{case}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def fails(answer: httpx.Response, status: int, code: str) -> Any:
    """The problem document, of this type."""
    found = answer.json()
    assert (answer.status_code, found["type"]) == (status, f"/problems/{code}"), answer.text
    return found


@asynccontextmanager
async def reader(world: ApiHarness, *scopes: str) -> AsyncIterator[httpx.AsyncClient]:
    """A server of the retailer with these scopes only."""
    text = await world.key("northstar", "secret", scopes)
    async with world.client(text) as client:
        yield client
