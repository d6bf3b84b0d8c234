"""What happens after a sale, for the examples of the API documents."""

from __future__ import annotations

from typing import Any, Protocol

import httpx

from tests.http.sales import ACCOUNT
from tests.http.world import ApiHarness, Customer
from unshackled.http.auth.credentials import SCOPES


class Notebook(Protocol):
    """Keeps what was sent and answered."""

    def add(self, operation: str, response: httpx.Response) -> httpx.Response:
        """Keep an answer, and the request where it was a good one."""


async def give_back(world: ApiHarness, notes: Notebook) -> None:
    """Goodwill, a return, a withdrawal and a stop, and what is refused."""
    await world.key("northstar", "secret", SCOPES)
    customer = await _sold(world, "sale-1")
    client, href = customer.client, customer.href
    notes.add("listCases", await client.get(f"{href}/cases"))
    async with world.server() as server:

        async def opening(operation: str, path: str, key: str, **body: Any) -> None:
            headers = {"Idempotency-Key": key}
            answer = await server.post(f"{href}/{path}", json=body, headers=headers)
            notes.add(operation, answer)

        await opening("openRefund", "refunds", "r-1", amount=2_000, reason="goodwill")
        too_much = [{"part": "handset", "amount": 71_800}]
        await opening("openRefund", "refunds", "r-2", lines=too_much)
        await opening("openStop", "stops", "s-1")
        await opening("openWithdrawal", "withdrawals", "w-1", lines=[{"part": "credit"}])
        await opening("openWithdrawal", "withdrawals", "w-2", lines=[{"part": "credit"}])
    sent = {"lines": [{"part": "handset"}], "reason": "changed_mind"}
    notes.add("openReturn", await client.post(f"{href}/returns", json=sent))
    notes.add("openReturn", await client.post(f"{href}/returns", json=sent))
    case = f"{href}/cases/return-1"
    notes.add("getCase", await client.get(case))
    notes.add("getCase", await client.get(f"{href}/cases/return-2"))
    notes.add("submitCaseStep", await client.put(f"{case}/steps/account", json=ACCOUNT))
    notes.add("submitCaseStep", await client.put(f"{case}/steps/account", json=ACCOUNT))
    notes.add("cancelCase", await client.post(f"{case}/cancel", json={}))
    other = await _sold(world, "sale-2")
    await other.client.post(f"{other.href}/returns", json=sent)
    ended = await other.client.post(f"{other.href}/cases/return-1/cancel", json={})
    notes.add("cancelCase", ended)
    await _reads(world, other, notes)


async def _reads(world: ApiHarness, customer: Customer, notes: Notebook) -> None:
    """A document of a case, before it is shown."""
    async with world.server() as server:
        sent = {"flow": "faulty", "reason": "not_as_described", "lines": [{"part": "handset"}]}
        headers = {"Idempotency-Key": "f-1"}
        made = await server.post(f"{customer.href}/returns", json=sent, headers=headers)
        papers = f"{customer.href}/cases/{made.json()['case']}/documents"
        notes.add("listCaseDocuments", await server.get(papers))
        notes.add("readCaseDocument", await server.get(f"{papers}/adequate_explanation"))
        notes.add("readCaseDocument", await server.get(f"{papers}/poem"))


async def _sold(world: ApiHarness, key: str) -> Customer:
    customer = await world.customer(key=key)
    await customer.fill()
    await customer.complete()
    return customer
