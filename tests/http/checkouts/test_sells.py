"""At the door: no part that a flow does not sell gets into a package, by any way."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from tests.extension.shop import Shop
from tests.shipped import shipped
from unshackled.adapter_registry import find
from unshackled.domain.stored_eligibility import OpenUpgrade, StoredEligibility
from unshackled.domain.upgrade import Programme
from unshackled.domain.upgrade_shares import UpgradeShares
from unshackled.flow.engine.sellable import sold
from unshackled.flow.language.spec import PARTS, Sold
from unshackled.http.upgrades.eligibility_service import LIMIT
from unshackled.ports.operation import Carried
from unshackled.testing.samples import NOW

FLOWS: Final = Path(__file__).parents[3] / "flows"
SOLD: Final = {key: sold(plan) for key, plan in shipped().plans.items()}
PICKED: Final[dict[Carried, Any]] = {
    "handset": "handset-mid",
    "tariff": "sim-50gb",
    "credit": {"plan": "credit-24-0", "deposit": 4900},
    "accessories": ["case-clear"],
    "trade_in": {"imei": "490154203237518", "model": "Old Phone", "grade": "good"},
}
FOREIGN: Final = [
    (*key, part) for key, sells in SOLD.items() for part in PARTS if part not in sells
]
NEEDED: Final = [
    (*key, part)
    for key, sells in SOLD.items()
    for part, said in sells.items()
    if said == "required"
]
# An answer that an upgrade is open: the new credit carries what the old device leaves.
OPEN: Final = StoredEligibility(
    id="elg_OPEN",
    account="orbit",
    key="key_1",
    created_at=NOW,
    valid_until=NOW + timedelta(days=1),
    flow="upgrade-on-credit",
    agreement="AGR-100001",
    model="Old Phone",
    grade="good",
    currency="GBP",
    programme=Programme(
        name="into-new-credit", months=24, min_repayments=12, left_paid_by="new_credit"
    ),
    open=OpenUpgrade(
        figure=25_000,
        worked_out=25_000,
        settles_on=NOW.date() + timedelta(days=28),
        shares=UpgradeShares(settlement=25_000, value=12_000, device=12_000, new_credit=13_000),
    ),
)


def package(retailer: str, flow: str) -> dict[str, Any]:
    """The least that a flow takes: the parts that it must sell, and the upgrade that it is for."""
    parts: dict[str, Any] = {
        part: PICKED[part] for part, said in SOLD[retailer, flow].items() if said == "required"
    }
    if shipped().plans[retailer, flow].upgrades:
        parts["upgrade"] = {"eligibility": OPEN.id}
    return parts


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    """The API on the flows that are shipped, where an upgrade was found open."""
    opened = Shop(FLOWS, find())
    await opened.store.open()
    await opened.store.tables.eligibilities.add(OPEN, LIMIT)
    yield opened
    await opened.close()


async def post(shop: Shop, retailer: str, path: str, body: Any) -> httpx.Response:
    """What a retailer's server sends."""
    secret = await shop.key(retailer)
    headers = {"Authorization": f"Bearer {secret}", "Idempotency-Key": "one"}
    return await shop.api.post(path, json=body, headers=headers)


def refused(answer: httpx.Response, code: str, part: str, sells: Mapping[Carried, Sold]) -> None:
    """A 422 of its own type that names the part by its path, and what is sold."""
    problem = answer.json()
    assert (answer.status_code, problem["type"]) == (422, f"/problems/{code.replace('_', '-')}")
    assert problem["allowed"] == list(sells)
    assert part in problem["detail"]
    [error] = [one for one in problem["errors"] if one["path"] == f"package.{part}"]
    assert (error["code"], error["allowed"]) == (code, list(sells))


@pytest.mark.parametrize(("retailer", "flow", "part"), FOREIGN)
async def test_a_part_that_is_not_sold_is_refused(
    shop: Shop, retailer: str, flow: str, part: Carried
) -> None:
    """At create, at PATCH and in a quote: nothing is priced, nothing is changed."""
    sells = dict(SOLD[retailer, flow])
    much = {**package(retailer, flow), part: PICKED[part]}
    for path in ("/v1/checkouts", "/v1/quotes"):
        answer = await post(shop, retailer, path, {"flow": flow, "package": much})
        refused(answer, "part_not_sold", part, sells)
    customer = await shop.begin(retailer, flow, package(retailer, flow))
    answer = await shop.api.patch(
        f"/v1/checkouts/{customer.checkout['id']}",
        json={"package": {part: PICKED[part]}},
        headers={"Authorization": f"Bearer {customer.token}"},
    )
    refused(answer, "part_not_sold", part, sells)
    seen = await shop.engine.read(customer.checkout["id"])
    assert seen is not None
    assert not getattr(seen.package, part)


@pytest.mark.parametrize(("retailer", "flow", "part"), NEEDED)
async def test_a_required_part_cannot_be_left_out(
    shop: Shop, retailer: str, flow: str, part: Carried
) -> None:
    """Neither from the start nor by a PATCH that takes it away: an upgrade has a handset."""
    sells = dict(SOLD[retailer, flow])
    sold_too = {one: PICKED[one] for one in sells if one not in (part, "credit")}
    for path in ("/v1/checkouts", "/v1/quotes"):
        answer = await post(shop, retailer, path, {"flow": flow, "package": sold_too})
        refused(answer, "part_required", part, sells)
    customer = await shop.begin(retailer, flow, package(retailer, flow))
    answer = await shop.api.patch(
        f"/v1/checkouts/{customer.checkout['id']}",
        json={"package": {**sold_too, part: None}},
        headers={"Authorization": f"Bearer {customer.token}"},
    )
    refused(answer, "part_required", part, sells)


def test_every_demo_flow_refuses_something() -> None:
    """The cases above are there, the free phone and the old device that nobody takes among them."""
    assert {("pocket", "sim-only", "handset"), ("orbit", "upgrade", "trade_in")} <= set(FOREIGN)
    assert ("northstar", "handset-on-credit", "trade_in") in FOREIGN
    assert {("orbit", "upgrade", "handset"), ("pocket", "sim-only", "tariff")} <= set(NEEDED)


async def test_a_quote_without_a_flow_is_a_price(shop: Shop) -> None:
    """Whatever the flows sell, the catalogue's price of any package can be asked."""
    answer = await post(shop, "pocket", "/v1/quotes", {"package": {"handset": "handset-mid"}})
    assert answer.status_code == 201


async def test_a_quote_for_an_unknown_flow_is_refused(shop: Shop) -> None:
    """The field is named, with the flows there are."""
    body = {"flow": "none", "package": {"tariff": "sim-50gb"}}
    problem = (await post(shop, "pocket", "/v1/quotes", body)).json()
    assert problem["errors"][0]["path"] == "flow"
    assert problem["errors"][0]["allowed"] == ["sim-only"]


async def test_a_shop_reads_what_each_flow_sells(shop: Shop) -> None:
    """Name, title, parts, and which is the first; of the caller's retailer alone."""
    secret = await shop.key("pocket")
    answer = await shop.api.get("/v1/flows", headers={"Authorization": f"Bearer {secret}"})
    assert answer.json() == {
        "items": [
            {
                "name": "sim-only",
                "title": "SIM only",
                "sells": {"tariff": "required"},
                "default": True,
            }
        ]
    }
