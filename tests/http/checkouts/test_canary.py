"""A canary: after erasing, no value of one customer is in any answer, side table or file."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.http.checkouts.test_erasures import SCOPES
from tests.http.world import FORMS, ApiHarness, Customer
from unshackled.events.reports.report_consumer import ReportsConsumer
from unshackled.events.webhooks import WebhookConsumer
from unshackled.http.auth.credentials import SCOPES as ALL_SCOPES
from unshackled.store.side_tables.operator_requests import ApprovalRequest
from unshackled.store.sqlite import SqliteStore
from unshackled.testing.known_keys import KEYS

CONTACT = {
    "given_name": "Canarina",
    "family_name": "Serinus",
    "email": "canarina.serinus@canary.example",
    "phone": "07700 900987",
    "date_of_birth": "1987-06-05",
}
ADDRESS = {**FORMS["address"], "line1": "17 Canary Wharf Lane", "town": "Serinustown"}
CARD = {"token": "tok_canary_0123456789"}
GROUPS = ["checkout.*", "step.*", "input.*", "package.*", "personal.*", "document.*"]
REF = "canary-ref-4711"
BACK = "https://shop.northstar.example/done?basket=77"
WORDS = (
    *("Canarina", "Serinus", "canarina.serinus", "900987", "1987-06-05", "Canary Wharf"),
    *("tok_canary", REF, "Serinustown", "basket=77"),
)


async def customer_of(world: ApiHarness, key: str) -> Customer:
    """A canary who filled in everything."""
    customer = await world.customer(key=key, customer_ref=REF, return_url=BACK)
    for step, body in (("contact", CONTACT), ("address", ADDRESS), ("payment_method", CARD)):
        told = await customer.put(step, body)
        assert told.status_code == 200, told.text
    await customer.fill()
    return customer


async def consumed(world: ApiHarness) -> None:
    """Reports and webhooks have taken every event."""
    tables = world.store.tables
    takers = (
        ReportsConsumer(tables.reports, world.store),
        WebhookConsumer(tables, world.clock),
    )
    feed = await world.store.feed(after=None, limit=5_000)
    for event in feed.rows:
        for taker in takers:
            await taker.take(event)


async def answers(world: ApiHarness, customers: list[Customer]) -> dict[str, str]:
    """What every GET of the API says, to each kind of caller, of these checkouts and in lists."""
    await world.key("northstar", "secret", ALL_SCOPES)
    async with world.client() as anybody:
        served = (await anybody.get("/openapi.json")).json()["paths"]
    paths = [path for path, item in served.items() if "get" in item]
    wanted = [path for path in paths if path.count("{") == path.count("{checkout}")]
    wanted = [path for path in wanted if not path.endswith("/stream")]
    found = dict[str, str]()
    async with world.server() as server, world.operator() as operator:
        callers = {"server": server, "operator": operator}
        for path in wanted:
            for customer in customers:
                address = path.replace("{checkout}", customer.id)
                for name, caller in {**callers, "customer": customer.client}.items():
                    found[f"{name} {address}"] = (await caller.get(address)).text
    return found


def words_of(text: str | bytes) -> set[str]:
    """The canary's words in a text, or in the bytes of a file."""
    raw = text.encode() if isinstance(text, str) else text
    return {word for word in WORDS if word.encode() in raw}


def contents(folder: Path) -> dict[str, bytes]:
    """The bytes of each file of a folder."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


async def test_no_value_of_an_erased_customer_is_anywhere(tmp_path: Path) -> None:
    """Of an order and of a canceled checkout: in answers, side tables, the bytes of the files."""
    world = ApiHarness(store=SqliteStore(tmp_path / "data.db", keys=KEYS))
    await world.open()
    await world.key("northstar", "secret", [*SCOPES, "admin", "reports"])
    async with world.server() as server:
        body = {"url": "https://hooks.northstar.example/unshackled", "types": GROUPS}
        hook = {"Idempotency-Key": "h"}
        made = await server.post("/v1/retailer/webhooks", json=body, headers=hook)
        assert made.status_code == 201, made.text
    bought, left = await customer_of(world, "bought"), await customer_of(world, "left")
    assert (await bought.complete()).json()["status"] == "completed"
    await left.cancel()
    await consumed(world)
    await world.store.tables.requests.put(waiting(world, left.id))
    before = await answers(world, [bought, left])
    assert words_of(json.dumps(before)) >= {"Canarina", REF}
    await world.clock.advance(timedelta(days=366 * 12))
    await world.key("northstar", "secret", SCOPES)
    async with world.server() as server:
        for customer in (bought, left):
            key = {"Idempotency-Key": f"erase {customer.id}".replace(" ", "-")}
            gone = await server.post(f"{customer.href}/erasure", json={}, headers=key)
            assert gone.json()["whole"], gone.text
    await consumed(world)
    after = await answers(world, [bought, left])
    assert {name: words for name, text in after.items() if (words := words_of(text))} == {}
    assert len(after) > 60
    assert after[f"server {bought.href}"].startswith("{")
    await world.engine.close()
    await world.store.close()
    files = {name: words_of(content) for name, content in contents(tmp_path).items()}
    assert "data.db" in files
    assert {name: words for name, words in files.items() if words} == {}


def waiting(world: ApiHarness, checkout: str) -> ApprovalRequest:
    """What an operator asked for, with what a provider said of the customer."""
    now = world.clock.now()
    output: dict[str, Any] = {"subscription": "1", "msisdn": "+447700900987"}
    return ApprovalRequest(
        id="req_canary",
        at=now,
        expires_at=now + timedelta(days=5_000),
        operator="alice",
        action="resolve",
        retailer="northstar",
        subject=checkout,
        step="sim",
        reason="it is there",
        evidence="",
        seen="",
        body={"verdict": "passed", "output": output},
    )
