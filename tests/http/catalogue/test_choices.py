"""Lists are narrowed by all that is chosen; what is left out can be asked for, with the reason."""

from __future__ import annotations

from typing import Any

import pytest

from tests.http.world import ApiHarness
from unshackled.domain.catalogue import Catalogue
from unshackled.domain.records import replace

CHOSEN = "handset=handset-mid&tariff=sim-50gb&credit_plan=credit-24&deposit=4900"
PLACES = ("handsets", "tariffs", "credit-plans", "accessories", "trade-ins")


async def got(world: ApiHarness, path: str, status: int = 200) -> Any:
    """The JSON of a list."""
    async with world.page() as page:
        answer = await page.get(f"/v1/{path}")
    assert answer.status_code == status, answer.text
    return answer.json()


def named(body: Any) -> list[str]:
    """The SKUs, codes or models of a list."""
    return [one.get("sku") or one.get("code") or one["model"] for one in body["items"]]


def sell(world: ApiHarness, **changes: Any) -> Catalogue:
    """Northstar sells something else from now on."""
    held = replace(world.catalogues.held["northstar"], **changes)
    world.catalogues.held["northstar"] = held
    return held


async def test_every_list_takes_every_choice(world: ApiHarness) -> None:
    """A whole package narrows each list, and what is chosen itself is in it."""
    chosen = f"{CHOSEN}&accessories=case-clear&accessories=case-mid&trade_in_model=Fern 6"
    found = {place: named(await got(world, f"{place}?{chosen}&age=30")) for place in PLACES}
    assert found == {
        "handsets": ["handset-mid"],
        "tariffs": ["sim-50gb", "sim-mid-only"],
        "credit-plans": ["credit-24"],
        "accessories": ["case-clear", "case-mid"],
        "trade-ins": ["Fern 6"],
    }


async def test_what_is_listed_can_be_quoted_and_what_is_excluded_can_not(world: ApiHarness) -> None:
    """Each handset with the chosen tariff, plan and deposit is priced exactly if it is listed."""
    picked = "tariff=sim-50gb&credit_plan=credit-24&deposit=9901"
    body = await got(world, f"handsets?{picked}&include=excluded")
    left_out = {one["item"]: one["code"] for one in body["excluded"]}
    assert (named(body), list(left_out)) == (["handset-mid"], ["handset-low"])
    async with world.page() as page:
        for sku in ("handset-mid", "handset-low"):
            credit = {"plan": "credit-24", "deposit": 9_901}
            package = {"handset": sku, "tariff": "sim-50gb", "credit": credit}
            answer = await page.post("/v1/quotes", json={"package": package})
            codes = [one["code"] for one in answer.json().get("errors", ())]
            assert codes == ([left_out[sku]] if sku in left_out else [])


async def test_what_is_excluded_says_why_and_what_would_make_it_fit(world: ApiHarness) -> None:
    """A sentence in the locale, and the values of the one choice that keeps it out."""
    body = await got(world, "tariffs?handset=handset-low&include=excluded&locale=de-DE")
    assert body["excluded"] == [
        {
            "item": "sim-mid-only",
            "title": "For the Pro",
            "code": "incompatible",
            "message": "For the Pro gibt es nicht zusammen mit Fern 8 Lite.",
            "would_fit": [{"parameter": "handset", "allowed": ["handset-mid"]}],
        }
    ]
    assert body["excluded_more"] == 0
    assert "excluded" not in await got(world, "tariffs?handset=handset-low")


async def test_what_is_excluded_is_bounded(world: ApiHarness) -> None:
    """The first fifty are told, and the others counted."""
    shop = world.catalogues.held["northstar"]
    cases = tuple(replace(shop.accessories[1], sku=f"case-{place}") for place in range(60))
    sell(world, accessories=cases)
    body = await got(world, "accessories?handset=handset-low&include=excluded")
    assert (len(body["items"]), len(body["excluded"]), body["excluded_more"]) == (0, 50, 10)


async def test_an_age_leaves_out_what_is_not_sold_to_it(world: ApiHarness) -> None:
    """Without an age nothing is hidden, and the item says from which one on it is sold."""
    shop = world.catalogues.held["northstar"]
    grown, everyone = (replace(shop.tariffs[0], sku=f"t{age}", min_age=age) for age in (18, None))
    sell(world, tariffs=(grown, everyone))
    body = await got(world, "tariffs")
    assert [(one["sku"], one["min_age"]) for one in body["items"]] == [("t18", 18), ("tNone", None)]
    young = await got(world, "tariffs?age=17&include=excluded")
    assert named(young) == ["tNone"]
    (one,) = young["excluded"]
    assert (one["code"], one["message"]) == ("too_young", "50 GB is sold from the age of 18 on.")
    assert one["would_fit"] == [{"parameter": "age", "allowed": ["18 or more"]}]
    assert named(await got(world, "tariffs?age=18")) == ["t18", "tNone"]


@pytest.mark.parametrize(
    ("query", "path", "code", "allowed"),
    [
        ("tariff=gone", "query.tariff", "unknown_sku", ["sim-50gb", "sim-mid-only"]),
        ("credit_plan=gone", "query.credit_plan", "unknown_plan", ["credit-24"]),
        ("accessories=gone", "query.accessories[0]", "unknown_sku", ["case-clear", "case-mid"]),
        ("trade_in_model=gone", "query.trade_in_model", "unknown_sku", ["Fern 6"]),
        (
            "trade_in_model=Fern 6&trade_in_grade=broken",
            "query.trade_in_grade",
            "unknown_sku",
            ["good", "worn"],
        ),
        (
            "handset=handset-low&tariff=sim-mid-only",
            "query.tariff",
            "incompatible",
            ["sim-50gb"],
        ),
        (
            "handset=handset-low&credit_plan=credit-24&deposit=9901",
            "query.deposit",
            "deposit_out_of_range",
            ["0 to 9900"],
        ),
    ],
)
async def test_a_choice_that_contradicts_itself_is_named(
    world: ApiHarness, query: str, path: str, code: str, allowed: list[str]
) -> None:
    """422 with the parameter and what would be taken there."""
    place = "accessories" if "trade_in" in path else "trade-ins"
    (error,) = (await got(world, f"{place}?{query}", 422))["errors"]
    assert (error["path"], error["code"], error["allowed"]) == (path, code, allowed)


async def test_one_of_the_lists_own_kind_has_only_to_be_on_sale(world: ApiHarness) -> None:
    """An item would take its place, so what goes with it does not matter; unknown it is refused."""
    pair = "handset=handset-low&tariff=sim-mid-only"
    assert named(await got(world, f"tariffs?{pair}")) == ["sim-50gb"]
    assert named(await got(world, f"handsets?{pair}")) == ["handset-mid"]
    body = await got(world, "handsets?handset=gone", 422)
    (error,) = body["errors"]
    assert (error["path"], error["allowed"]) == ("query.handset", ["handset-mid", "handset-low"])


@pytest.mark.parametrize(
    "query",
    ["deposit=-1", "age=151", "trade_in_grade=mint", "include=everything", "trade_in_grade=good"],
)
async def test_a_value_that_no_choice_can_have_is_refused(world: ApiHarness, query: str) -> None:
    """422, before the catalogue is looked at."""
    body = await got(world, f"handsets?{query}", 422)
    assert body["errors"][0]["path"].startswith("query.")


async def test_an_answer_with_other_limits_or_reasons_has_another_tag(world: ApiHarness) -> None:
    """Each address has its own tag, which changes with what is told there."""
    async with world.page() as page:
        first = await page.get("/v1/tariffs?handset=handset-low&include=excluded")
        tag = first.headers["ETag"]
        same = await page.get(
            "/v1/tariffs?handset=handset-low&include=excluded", headers={"If-None-Match": tag}
        )
        other = await page.get(
            "/v1/tariffs?handset=handset-mid&include=excluded", headers={"If-None-Match": tag}
        )
    assert (same.status_code, other.status_code) == (304, 200)
