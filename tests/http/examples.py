"""Plays a customer against the application and keeps what was sent and answered.

`python -m tests.http.examples` renews the examples of the API documents.
"""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import httpx

import unshackled.http.docs
from tests.http.case_examples import give_back
from tests.http.ops_examples import operate
from tests.http.upgrade_examples import upgrade
from tests.http.world import FORMS, ON_CREDIT, PUBLIC_URL, ApiHarness, Customer, signed
from unshackled.events.reports.report_consumer import ReportsConsumer
from unshackled.events.webhooks import WebhookConsumer
from unshackled.http.auth.credentials import SCOPES
from unshackled.http.reports.report_routes import VIEWS
from unshackled.ports.outcome import Declined
from unshackled.testing.backends import HeldCall, referred

FILE = Path(unshackled.http.docs.__file__).parent / "examples.json"
Examples = dict[str, dict[str, Any]]


class Notes:
    """What was sent and answered, by operation."""

    def __init__(self) -> None:
        self.found: Examples = {}

    def add(self, operation: str, response: httpx.Response) -> httpx.Response:
        """Keep an answer, and the request where it was a good one."""
        mine = self.found.setdefault(operation, {})
        body = response.request.content
        if body and response.is_success and operation != "receiveCallback":
            mine["request"] = json.loads(body)
        if "json" in response.headers.get("content-type", ""):
            mine[str(response.status_code)] = json.loads(steady(response.text))
        return response


def steady(text: str) -> str:
    """JSON without what chance made: signatures and the keys that they are checked by."""
    text = re.sub(r"eyJ[\w-]+\.[\w-]+\.[\w-]+", "eyJhbGciOiJFUzI1NiIsInR5cCI6IkpXVCJ9.e30.AA", text)
    named = r'"(kid|x|y)":"[\w-]+"'
    return re.sub(named, lambda found: f'"{found[1]}":"{found[1]}-of-a-key"', text)


async def play() -> Examples:
    """A customer buys a phone on credit; others fail in instructive ways."""
    world, notes = ApiHarness(), Notes()
    await world.open()
    await _shop(world, notes)
    await _buy(world, notes)
    await _cancel(world, notes)
    await _erase(world, notes)
    await _look_after(world, notes)
    await _add_up(world, notes)
    await _listen(world, notes)
    await operate(world, notes)
    await give_back(world, notes)
    await upgrade(notes)
    await world.engine.close()
    return dict(sorted(notes.found.items()))


async def _shop(world: ApiHarness, notes: Notes) -> None:
    async with world.page() as page:
        notes.add("listFlows", await page.get("/v1/flows"))
        notes.add("listHandsets", await page.get("/v1/handsets?tariff=sim-50gb"))
        notes.add("listHandsets", await page.get("/v1/handsets?tariff=sim-nothing"))
        notes.add("listTariffs", await page.get("/v1/tariffs?handset=handset-low"))
        notes.add("listCreditPlans", await page.get("/v1/credit-plans?handset=handset-mid"))
        notes.add("listAccessories", await page.get("/v1/accessories?handset=handset-mid"))
        notes.add("listTradeIns", await page.get("/v1/trade-ins?handset=handset-mid"))
        made = notes.add("quote", await page.post("/v1/quotes", json={"package": ON_CREDIT}))
        notes.add("quote", await page.post("/v1/quotes", json={"package": ON_CREDIT}))
        notes.add("readAppearance", await page.get("/v1/retailers/northstar/appearance"))
        notes.add("getQuote", await page.get(made.headers["Location"]))
        wrong = {**ON_CREDIT, "credit": {"plan": "credit-24", "deposit": -1}}
        notes.add("quote", await page.post("/v1/quotes", json={"package": wrong}))


async def _buy(world: ApiHarness, notes: Notes) -> None:
    more = {
        "customer_ref": "c-1001",
        "return_url": "https://shop.northstar.example/done?basket=77",
        "locale": "en-GB",
    }
    made = notes.add("createCheckout", await world.create(**more))
    notes.add("createCheckout", await world.create(key="other", flow="handset-on-loan"))
    notes.add("createCheckout", await world.create(package={"handset": "handset-low"}))
    await _arrive(world, notes, made.json())
    customer = Customer(world, made.json())
    notes.add("getCheckout", await customer.client.get(customer.href))
    async with world.server("orbit") as other:
        notes.add("getCheckout", await other.get(customer.href))
    smaller = {"tariff": None, "accessories": ["case-clear"]}
    notes.add("changeCheckout", await customer.patch(smaller))
    notes.add("changeCheckout", await customer.patch({"handset": "handset-none"}))
    notes.add("submitStep", await customer.put("contact", {"given_name": ""}))
    notes.add("submitStep", await customer.put("contact"))
    notes.add("submitStep", await customer.put("contakt", {}))
    notes.add("completeCheckout", await customer.complete())
    await customer.fill()
    notes.add("completeCheckout", await customer.complete(**{"Idempotency-Key": "yes-1"}))
    papers = f"{customer.href}/documents"
    notes.add("listDocuments", await customer.client.get(papers))
    notes.add("readDocument", await customer.client.get(f"{papers}/credit_search_consent"))
    async with world.server() as server:
        notes.add("listCheckouts", await server.get("/v1/checkouts?limit=1"))
        notes.add("listEvents", await server.get(f"{customer.href}/events?limit=3"))
        notes.add("readLedger", await server.get(f"{customer.href}/ledger"))
        notes.add("readPublishedKeys", await server.get("/.well-known/jwks.json"))
        notes.add("createHandoff", await server.post(f"{customer.href}/handoffs"))


async def _arrive(world: ApiHarness, notes: Notes, made: dict[str, Any]) -> None:
    secret = made["handoff"]["secret"]
    ours = {"Origin": PUBLIC_URL}
    where, href = "/v1/handoffs/redeem", f"/v1/checkouts/{made['id']}"
    async with world.client(**ours) as browser:
        notes.add("redeemHandoff", await browser.post(where, json={"secret": secret}))
        notes.add("createDeviceLink", await browser.post(f"{href}/device-links", json={}))
    async with world.client(**ours) as another:
        notes.add("redeemHandoff", await another.post(where, json={"secret": secret}))
        unknown = {"secret": f"{secret}0"}
        notes.add("redeemHandoff", await another.post(where, json=unknown))


async def _cancel(world: ApiHarness, notes: Notes) -> None:
    customer = await world.customer(key="create-2")
    notes.add("cancelCheckout", await customer.cancel())
    notes.add(
        "cancelCheckout",
        await customer.client.post(
            f"{customer.href}/cancel", content="{", headers={"Content-Type": "application/json"}
        ),
    )


async def _erase(world: ApiHarness, notes: Notes) -> None:
    """A customer who left, and one who may still come back."""
    await world.key("northstar", "secret", SCOPES)
    gone = await world.customer(key="create-gone")
    await gone.put("contact")
    await gone.cancel()
    here = await world.customer(key="create-here")
    await here.put("contact")
    async with world.server() as server:
        for customer in (gone, here):
            path, key = f"{customer.href}/erasure", {"Idempotency-Key": f"erase-{customer.id}"}
            answer = await server.post(path, json={"reason": "requested"}, headers=key)
            notes.add("erasePersonalData", answer)
        someone = {"email": FORMS["contact"]["email"], "limit": 2}
        notes.add("searchCheckouts", await server.post("/v1/checkouts/search", json=someone))
        notes.add("searchCheckouts", await server.post("/v1/checkouts/search", json={}))
        notes.add("exportCheckout", await server.get(f"{here.href}/export"))
        one = {**someone, "limit": 1}
        notes.add("exportPerson", await server.post("/v1/subject-access", json=one))


async def _look_after(world: ApiHarness, notes: Notes) -> None:
    gate = asyncio.Event()
    world.backends.script("identity.verify", referred())
    world.backends.script("identity.verify:look_up", HeldCall(until=gate))
    customer = await world.customer(key="create-3")
    await customer.put("contact")
    await customer.put("address")
    reference = world.backends.calls("identity.verify")[-1].reference
    async with world.operator() as operator:
        listing = "/ops/checkouts?retailer=northstar&state=waiting_provider"
        notes.add("listStuckCheckouts", await operator.get(listing))
    body = json.dumps({"reference": reference, "passed": True}).encode()
    async with world.client() as provider:
        path = "/v1/callbacks/northstar/main"
        notes.add("receiveCallback", await provider.post(path, content=body))
        notes.add("receiveCallback", await provider.post(path, content=body, headers=signed(body)))
        for operation, where in (("isAlive", "/livez"), ("isReady", "/readyz")):
            notes.add(operation, await provider.get(where))
    gate.set()


async def _add_up(world: ApiHarness, notes: Notes) -> None:
    """One more is declined; then all of it is counted."""
    world.backends.script("identity.verify", Declined(code="no_match"))
    customer = await world.customer(key="create-4")
    await customer.put("contact")
    await customer.put("address")
    consumer = ReportsConsumer(world.store.tables.reports, world.store)
    for event in (await world.store.feed(after=None, limit=10_000)).rows:
        await consumer.take(event)
    async with world.client(await world.key("northstar", "secret", ["reports"])) as server:
        for view in VIEWS:
            notes.add(view.operation, await server.get(f"/v1/reports/{view.name}"))
        days = {"from": "2026-11-30", "to": "2026-11-01"}
        notes.add("reportFunnel", await server.get("/v1/reports/funnel", params=days))


async def _listen(world: ApiHarness, notes: Notes) -> None:
    """The retailer's developers add a webhook, try it, and send everything again."""
    sent = {"url": "https://shop.northstar.example/hooks", "types": ["checkout.completed.v1"]}
    key = {"Idempotency-Key": "webhook-1"}
    async with world.client(await world.key("northstar", "secret", ["admin"])) as server:
        made = notes.add(
            "createWebhook", await server.post("/v1/retailer/webhooks", json=sent, headers=key)
        )
        where = made.headers["Location"]
        wrong = {**sent, "url": "https://10.0.0.1/hooks"}
        notes.add(
            "createWebhook", await server.post("/v1/retailer/webhooks", json=wrong, headers=key)
        )
        consumer = WebhookConsumer(world.store.tables, world.clock)
        for event in (await world.store.feed(after=None, limit=10_000)).rows:
            await consumer.take(event)
        notes.add("testWebhook", await server.post(f"{where}/test", headers=key))
        notes.add("listWebhooks", await server.get("/v1/retailer/webhooks"))
        wider = {"types": ["checkout.*", "step.declined.v1"]}
        notes.add("changeWebhook", await server.patch(where, json=wider))
        notes.add("getWebhook", await server.get(where))
        notes.add("listWebhookDeliveries", await server.get(f"{where}/deliveries?limit=2"))
        days = {"since": "2026-11-22T00:00:00Z", "until": "2026-11-23T00:00:00Z"}
        notes.add("replayWebhook", await server.post(f"{where}/replay", json=days))
        notes.add("rotateWebhookSecret", await server.post(f"{where}/rotate"))
        await server.delete(where)


def text_of(examples: Examples) -> str:
    """One spelling."""
    return json.dumps(examples, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FILE.write_text(text_of(asyncio.run(play())), encoding="utf-8")
