"""Wherever an APR is shown, a representative example stands beside it (CONC 3.5.3R, 3.5.5R)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from tests.http.world import ON_CREDIT, ApiHarness
from unshackled.domain.catalogue import CreditPlan
from unshackled.domain.records import replace

ITEMS = {
    "currency",
    "rate_percent",
    "rate_kind",
    "other_charges",
    "credit",
    "apr_percent",
    "cash_price",
    "advance_payment",
    "traded_in",
    "months",
    "total_payable",
    "repayments",
    "text",
}


def more_plans(world: ApiHarness) -> None:
    """Northstar sells more plans: interest-free, with a limit, with a trade-in in the credit."""
    held = world.catalogues.held["northstar"]
    plans = (
        CreditPlan(code="free-20", title="20", months=20, apr_percent=Decimal(0)),
        CreditPlan(
            code="small-12", title="12", months=12, apr_percent=Decimal("29.9"), max_amount=30_000
        ),
        CreditPlan(
            code="swap-24",
            title="24",
            months=24,
            apr_percent=Decimal("9.9"),
            trade_in_reduces_credit=True,
        ),
    )
    everything = replace(held, credit_plans=(*held.credit_plans, *plans))
    world.catalogues.held["northstar"] = everything


async def listed(world: ApiHarness, query: str = "") -> list[dict[str, Any]]:
    """The credit plans of Northstar."""
    async with world.page() as page:
        answer = await page.get(f"/v1/credit-plans{query}")
        assert answer.status_code == 200, answer.text
        items: list[dict[str, Any]] = answer.json()["items"]
        return items


def check(example: dict[str, Any]) -> None:
    """Every item is there, and they add up."""
    assert set(example) == ITEMS
    repaid = sum(row["amount"] * row["count"] for row in example["repayments"])
    assert example["advance_payment"] + repaid == example["total_payable"]
    parts = ("advance_payment", "traded_in", "credit")
    assert sum(example[part] for part in parts) == example["cash_price"]
    assert sum(row["count"] for row in example["repayments"]) == example["months"]


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?handset=handset-low",
        "?handset=handset-mid&deposit=50000",
        "?handset=handset-mid&trade_in_model=Fern%206",
        "?tariff=sim-mid-only",
        "?handset=handset-mid&locale=de-DE",
    ],
)
async def test_every_plan_of_a_list_has_an_example(world: ApiHarness, query: str) -> None:
    """Of what is chosen, with the plan's own months and rate."""
    more_plans(world)
    found = await listed(world, query)
    assert found
    for plan in found:
        example = plan["representative_example"]
        check(example)
        assert example["months"] == plan["months"]
        paid = example["advance_payment"]
        assert any(
            one["least"] <= paid and (one["most"] is None or paid <= one["most"])
            for one in plan["deposits"]
        )
        word = "Beispiel" if "de-DE" in query else "Representative example: cash price"
        assert word in example["text"]


async def test_the_example_of_a_list_is_that_of_the_quote(world: ApiHarness) -> None:
    """The same handset and deposit cost the same wherever they are shown."""
    more_plans(world)
    for plan in await listed(world, "?handset=handset-mid&deposit=50000"):
        credit = {"plan": plan["code"], "deposit": 50_000}
        async with world.server() as server:
            body = {"package": {"handset": "handset-mid", "credit": credit}}
            answer = await server.post("/v1/quotes", json=body)
        assert answer.is_success, answer.text
        quote = answer.json()["quote"]
        assert quote["representative_example"] == plan["representative_example"]
        assert quote["representative_example"]["apr_percent"] == quote["apr_percent"]


def aprs(body: Any, path: str = "$") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every place of an answer that shows an APR to customers, with what stands beside it."""
    if isinstance(body, list):
        for place, one in enumerate(body):
            yield from aprs(one, f"{path}[{place}]")
    elif isinstance(body, dict):
        if "apr_percent" in body and body["apr_percent"] is not None:
            yield path, body
        for name, value in body.items():
            yield from aprs(value, f"{path}.{name}")


async def test_no_answer_shows_an_apr_without_its_example(world: ApiHarness) -> None:
    """In lists, quotes and checkouts; a package's credit is the one that its quote is about."""
    async with world.server() as server:
        quote = (await server.post("/v1/quotes", json={"package": ON_CREDIT})).json()
        plans = (await server.get("/v1/credit-plans")).json()
    checkout = (await world.create()).json()
    for body in (quote, plans, checkout):
        seen = list(aprs(body))
        assert seen
        for path, beside in seen:
            if path.endswith("representative_example"):
                check(beside)
            elif path.endswith("package.credit"):
                whole = body["quote"]["representative_example"]
                assert whole["apr_percent"] == beside["apr_percent"]
            else:
                assert beside["representative_example"] is not None, path


async def test_a_quote_adds_up_contract_by_contract(world: ApiHarness) -> None:
    """In both languages, with a part that is paid today and one without credit."""
    packages = (ON_CREDIT, {"handset": "handset-mid"}, {"tariff": "sim-50gb"})
    for package in packages:
        for locale in ("en-GB", "de-DE"):
            async with world.server() as server:
                asked = {"package": package, "locale": locale}
                quote = (await server.post("/v1/quotes", json=asked)).json()["quote"]
            contracts = quote["contracts"]
            assert sum(one["due_today"] for one in contracts) == quote["due_today"]
            assert sum(one["total"] for one in contracts) == quote["total_payable"]
            assert quote["priced_on"] == "2026-11-22"
            for one in contracts:
                months = sum(row["amount"] * row["months"] for row in one["per_month"])
                assert one["due_today"] + months == one["total"]
                ended = one["ends"] is not None
                assert ended == (one["part"] in ("credit", "tariff"))
