"""An old agreement paid off by a new credit: begun from the answer that an upgrade is open."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from tests.app.test_upgrade_bought import _ledger, settled_sums
from tests.app.test_ways_on import MYSELF, Shop, live, shop
from tests.upgrades.test_eligibility import ask
from unshackled.cli.demo import CARD, PACKAGES
from unshackled.demo_mode import demo_key
from unshackled.testing.customer import Customer

FLOW = "upgrade-on-credit"


@pytest.fixture
async def opened() -> AsyncIterator[Shop]:
    """The demo retailers over their stand-ins."""
    async with shop() as one:
        yield one


async def begin(
    opened: Shop, upgrade: str | None, flow: str = FLOW, **parts: Any
) -> httpx.Response:
    """A checkout of the demo's package with an upgrade."""
    package = {**PACKAGES["orbit"][2], **parts}
    if upgrade is not None:
        package["upgrade"] = {"eligibility": upgrade}
    headers = {
        "Authorization": f"Bearer {demo_key('orbit')}",
        "Idempotency-Key": f"{flow}{upgrade}",
    }
    sent = {"flow": flow, "package": package, "locale": "en-GB"}
    return await opened.api.post("/v1/checkouts", json=sent, headers=headers)


def customer_of(opened: Shop, made: httpx.Response, **data: Any) -> Customer:
    """Whoever the checkout is for."""
    return Customer(
        api=opened.api,
        checkout=made.json(),
        token=made.json()["customer_token"],
        pages=opened.visit,
        forms={"myself": {**MYSELF, "token": CARD, **data}},
        other={},
        shop_key=demo_key("orbit"),
    )


async def test_the_new_credit_carries_what_is_left_and_pays_the_old_one_off(opened: Shop) -> None:
    """25,000 settle it, 12,000 of that are the device's: the credit is 13,000 more, today nothing.

    The new lender pays the old one exactly its figure; nobody else does.
    """
    answer = (await ask(opened, flow=FLOW)).json()
    assert answer["left"] == {"amount": 13_000, "paid_by": "new_credit"}
    plain = await begin(opened, None, "upgrade")
    made = await begin(opened, answer["id"])
    assert (plain.status_code, made.status_code) == (201, 201), made.text
    credit = made.json()["package"]["credit"]
    assert credit["amount"] == plain.json()["package"]["credit"]["amount"] + 13_000
    assert credit["pays_off"]["figure"] == 25_000
    assert credit["pays_off"]["agreement"] == "AGR-100001"
    customer = customer_of(opened, made)
    assert await live(customer) == []
    seen = customer.checkout
    assert seen["status"] == "completed"
    assert seen["quote"]["due_today"] == credit["deposit"]
    (settled,) = await _ledger(opened, "credit.settle")
    assert (settled["amount"], settled["agreement"]) == (25_000, "AGR-100001")
    (started,) = await _ledger(opened, "credit.activate")
    assert started["amount"] == credit["amount"]
    assert await settled_sums(opened, customer.id) == ([25_000], [25_000])
    (again,) = (await ask(opened, flow=FLOW)).json()["reasons"]
    assert again["code"] == "agreement_settled"


async def test_an_upgrade_goes_with_the_flows_that_read_it(opened: Shop) -> None:
    """Missing there or sent elsewhere: refused at the door, as is an answer that does not count."""
    answer = (await ask(opened, flow=FLOW)).json()["id"]
    cases = (
        (None, FLOW, "part-required"),
        (answer, "upgrade", "part-not-sold"),
        ("elg_NOTHING", FLOW, "invalid-package"),
    )
    for upgrade, flow, problem in cases:
        refused = await begin(opened, upgrade, flow)
        assert refused.status_code == 422, refused.text
        body = refused.json()
        assert body["type"] == f"/problems/{problem}"
        assert body["errors"][0]["path"].startswith("package.upgrade")
    no = (await ask(opened, "AGR-100002", flow=FLOW)).json()["id"]
    (error,) = (await begin(opened, no)).json()["errors"]
    assert error["code"] == "unknown_upgrade"


async def test_another_figure_makes_the_price_anew(opened: Shop) -> None:
    """The checkout asks again, and the lender wants 1 more: so the credit is 1 more.

    A yes to the price of before is refused with that of now; nothing was searched at it.
    """
    answer = (await ask(opened, flow=FLOW)).json()
    made = await begin(opened, answer["id"])
    first = made.json()["quote"]["id"]
    before = made.json()["package"]["credit"]["amount"]
    customer = customer_of(opened, made)
    wrong = {"mode": "wrong", "operation": "credit.standing", "field": "figure", "times": 1}
    assert (await opened.vendors.post("/_scenario", json=wrong)).status_code == 200
    while (action := customer.next_action()) is None or action["type"] != "confirm":
        if action is None:
            await customer.read()
            continue
        done = await customer.act(action)
        assert done is None or done.is_success, done.text
    seen = await customer.read()
    assert seen["package"]["credit"]["amount"] == before + 1
    assert seen["package"]["credit"]["pays_off"]["figure"] == 25_001
    assert seen["quote"]["id"] != first
    refused = await opened.api.post(
        f"/v1/checkouts/{customer.id}/complete",
        json={"quote_id": first},
        headers={"Authorization": f"Bearer {customer.token}", "Idempotency-Key": "yes"},
    )
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/price-changed")
    assert refused.json()["quote"]["id"] == seen["quote"]["id"]
    (applied,) = await _ledger(opened, "credit.apply")
    assert applied["amount"] == before + 1
