"""The list of credit plans tells the deposits that can be sold, and no others."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from shutil import copytree
from typing import Any, Final

import pytest

from tests.extension.shop import Shop
from unshackled.adapter_registry import find
from unshackled.flow.plan.registry import FlowRegistry, load_flows

FLOWS: Final = Path(__file__).parents[3] / "flows"
FLOW: Final = "handset-on-credit"
Json = Any


@pytest.fixture(scope="module")
def narrowed(tmp_path_factory: pytest.TempPathFactory) -> FlowRegistry:
    """Northstar's contracts: cards from £50.00 to £90.00, and credit of £100.00 to £690.00."""
    folder = copytree(FLOWS, tmp_path_factory.mktemp("narrowed") / "flows")
    file = folder / "northstar.yaml"
    cards = "    amounts: {payment.charge: {GBP: {least: 5000, most: 9000}}}\n"
    text = file.read_text().replace("    adapter: psp\n", f"    adapter: psp\n{cards}")
    for lender in ("prime-lender", "second-lender"):
        old = f"  {lender}:\n    adapter: lender\n"
        assert old in text
        loans = "    amounts: {credit.quote: {GBP: {least: 10000, most: 69000}}}\n"
        text = text.replace(old, f"{old}{loans}")
    file.write_text(text)
    return load_flows(folder, find())


@pytest.fixture
async def shop(narrowed: FlowRegistry) -> AsyncIterator[Shop]:
    """A shop with these contracts."""
    opened = Shop(narrowed, find())
    yield opened
    await opened.close()


async def plans(shop: Shop, query: str = "") -> list[Json]:
    """What is listed."""
    headers = {"Authorization": f"Bearer {await shop.key('northstar')}"}
    answer = await shop.api.get(f"/v1/credit-plans{query}", headers=headers)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


async def sells(shop: Shop, plan: str, deposit: int) -> bool:
    """Whether a quote in the flow takes the deposit."""
    package = {
        "handset": "handset-mid",
        "tariff": "sim-50gb",
        "credit": {"plan": plan, "deposit": deposit},
    }
    headers = {"Authorization": f"Bearer {await shop.key('northstar')}"}
    body = {"flow": FLOW, "package": package}
    answer = await shop.api.post("/v1/quotes", json=body, headers=headers)
    assert answer.status_code in (200, 201, 422), answer.text
    return answer.is_success


def inside(deposits: list[Json], deposit: int) -> bool:
    """Whether one of the ranges has it."""
    return any(
        one["least"] <= deposit and (one["most"] is None or deposit <= one["most"])
        for one in deposits
    )


def edges(deposits: list[Json]) -> Iterator[int]:
    """Each end, one beside it, and the middle."""
    for one in deposits:
        assert one["most"] is not None
        for end in (one["least"], one["most"]):
            yield from (end - 1, end, end + 1)
        yield (one["least"] + one["most"]) // 2


async def test_a_deposit_is_listed_exactly_if_it_is_sold(shop: Shop) -> None:
    """At every edge of every plan: what is listed is taken, and what is not listed is refused."""
    listed = await plans(shop, f"?handset=handset-mid&flow={FLOW}")
    assert listed
    for plan in listed:
        assert plan["deposits"]
        tried = [*edges(plan["deposits"]), 0, 29, 30, 9_001, 20_000]
        for deposit in {one for one in tried if one >= 0}:
            wanted = inside(plan["deposits"], deposit)
            assert await sells(shop, plan["code"], deposit) is wanted, (plan, deposit)


async def test_a_contract_narrows_what_is_listed(shop: Shop) -> None:
    """Nothing, or what the card provider takes and leaves enough and no more to lend."""
    (plan, *_) = await plans(shop, f"?handset=handset-mid&flow={FLOW}")
    assert plan["max_amount"] == 69_000
    assert [(one["least"], one["most"]) for one in plan["deposits"]] == [(5_000, 9_000)]


async def test_without_a_handset_the_providers_limits_are_told(shop: Shop) -> None:
    """A page may show them before a handset is chosen."""
    for plan in await plans(shop, f"?flow={FLOW}"):
        lent, deposits = (plan["min_amount"], plan["max_amount"]), plan["deposits"]
        assert lent[0] >= 10_000
        assert lent[1] <= 69_000
        assert {"least": 5_000, "most": 9_000} in deposits


async def test_without_a_flow_the_widest_counts(shop: Shop) -> None:
    """What any flow that sells credit takes is listed, and no plan that none of them sells."""
    any_flow = {one["code"]: one for one in await plans(shop, "?handset=handset-mid")}
    for plan in await plans(shop, f"?handset=handset-mid&flow={FLOW}"):
        wide = any_flow[plan["code"]]["deposits"]
        assert all(inside(wide, one["least"]) for one in plan["deposits"])


async def test_a_flow_that_sells_no_credit_is_refused(shop: Shop) -> None:
    """With those that do."""
    headers = {"Authorization": f"Bearer {await shop.key('northstar')}"}
    answer = await shop.api.get("/v1/credit-plans?flow=nothing-like-it", headers=headers)
    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["path"]) == (422, "query.flow")
    assert FLOW in error["allowed"]


async def test_other_limits_are_another_representation(shop: Shop) -> None:
    """What a browser keeps is good only as long as the limits are: they are part of its tag."""
    headers = {"Authorization": f"Bearer {await shop.key('northstar')}"}
    path = f"/v1/credit-plans?handset=handset-mid&flow={FLOW}"
    tag = (await shop.api.get(path, headers=headers)).headers["ETag"]
    again = await shop.api.get(path, headers={**headers, "If-None-Match": tag})
    assert again.status_code == 304
    other = Shop(FLOWS, find())
    try:
        headers = {"Authorization": f"Bearer {await other.key('northstar')}"}
        wider = await other.api.get(path, headers={**headers, "If-None-Match": tag})
        assert wider.status_code == 200
    finally:
        await other.close()


async def test_a_chosen_deposit_lists_the_plans_that_take_it(shop: Shop) -> None:
    """And of the others says which deposits the providers would take."""
    path = f"?handset=handset-mid&flow={FLOW}&include=excluded&deposit="
    for deposit, listed in ((4_999, False), (5_000, True), (9_000, True), (9_001, False)):
        headers = {"Authorization": f"Bearer {await shop.key('northstar')}"}
        answer = await shop.api.get(f"/v1/credit-plans{path}{deposit}", headers=headers)
        body = answer.json()
        assert bool(body["items"]) is listed
        for one in body["excluded"]:
            assert one["code"] in ("due_today_too_small", "due_today_too_large"), one
            assert one["would_fit"] == [{"parameter": "deposit", "allowed": ["5000 to 9000"]}]


async def test_accessories_are_due_beside_the_deposit(shop: Shop) -> None:
    """A case for 19.00 leaves the card 31.00 to 71.00 for the deposit, and quotes agree."""
    path = f"?handset=handset-mid&flow={FLOW}&accessories=case-clear"
    (plan, *_) = await plans(shop, path)
    assert plan["deposits"] == [{"least": 3_100, "most": 7_100}]


async def test_what_a_refusal_allows_is_taken(shop: Shop) -> None:
    """Of a deposit or a credit that providers do not take: both ends of each range are sold."""
    headers = {"Authorization": f"Bearer {await shop.key('northstar')}"}

    async def quoted(sku: str, deposit: int) -> Json:
        credit = {"plan": "credit-24-0", "deposit": deposit}
        package = {"handset": sku, "tariff": "sim-50gb", "credit": credit}
        body = {"flow": FLOW, "package": package}
        return (await shop.api.post("/v1/quotes", json=body, headers=headers)).json()

    for sku, price, deposit in (
        ("handset-mid", 71_800, 0),
        ("handset-mid", 71_800, 20_000),
        ("handset-entry", 19_900, 100),
        ("handset-max", 119_900, 5_000),
    ):
        for error in (await quoted(sku, deposit))["errors"]:
            for value in error.get("allowed", ()):
                for end in map(int, value.split(" to ")):
                    other = end if error["path"].endswith("deposit") else price - end
                    again = await quoted(sku, other)
                    assert "quote" in again, (sku, deposit, error, again)
