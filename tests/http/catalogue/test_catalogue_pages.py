"""The package builder: what is sold and what it costs."""

from datetime import date, timedelta

from tests.http.world import ON_CREDIT, ApiHarness
from unshackled.domain.catalogue import PriceRise
from unshackled.domain.records import replace


async def test_handsets_go_with_what_is_chosen(world: ApiHarness) -> None:
    """A tariff for one handset, or a plan that needs a price, leaves the others out."""
    async with world.page() as page:
        found = (await page.get("/v1/handsets?tariff=sim-mid-only&credit_plan=credit-24")).json()
        everything = (await page.get("/v1/handsets")).json()
    assert [one["sku"] for one in found["items"]] == ["handset-mid"]
    assert len(everything["items"]) == 2
    assert found["currency"] == "GBP"


async def test_tariffs_and_plans_go_with_a_handset(world: ApiHarness) -> None:
    """Only what is sold with it is listed."""
    async with world.page() as page:
        tariffs = (await page.get("/v1/tariffs?handset=handset-low")).json()
        plans = (await page.get("/v1/credit-plans?handset=handset-low")).json()
    assert [one["sku"] for one in tariffs["items"]] == ["sim-50gb"]
    assert [one["code"] for one in plans["items"]] == ["credit-24"]


async def test_accessories_and_old_devices_are_listed(world: ApiHarness) -> None:
    """With their prices: an accessory's own, an old device's for each grade."""
    async with world.page() as page:
        accessories = (await page.get("/v1/accessories?handset=handset-low")).json()
        everything = (await page.get("/v1/accessories")).json()
        taken = (await page.get("/v1/trade-ins")).json()
    assert [one["sku"] for one in accessories["items"]] == ["case-clear"]
    assert [one["sku"] for one in everything["items"]] == ["case-clear", "case-mid"]
    assert everything["items"][1]["price"] == 2_900
    assert taken["currency"] == "GBP"
    assert taken["items"] == [
        {
            "model": "Fern 6",
            "grades": [{"grade": "good", "value": 12_000}, {"grade": "worn", "value": 6_000}],
        }
    ]


async def test_an_unknown_choice_is_refused_with_what_there_is(world: ApiHarness) -> None:
    """Every list of the catalogue says which handsets there are."""
    async with world.page() as page:
        for path in ("tariffs", "credit-plans", "accessories", "trade-ins"):
            answer = await page.get(f"/v1/{path}?handset=handset-none")
            assert answer.status_code == 422, path
            (error,) = answer.json()["errors"]
            assert error["path"] == "query.handset"
            assert error["allowed"] == ["handset-mid", "handset-low"]


async def test_what_is_not_listed_with_a_handset_is_not_sold_with_it(world: ApiHarness) -> None:
    """A case for another phone is refused with the ones that fit."""
    async with world.page() as page:
        wrong = {"package": {"handset": "handset-low", "accessories": ["case-mid"]}}
        answer = await page.post("/v1/quotes", json=wrong)
    (error,) = answer.json()["errors"]
    assert (error["path"], error["code"]) == ("package.accessories[0]", "incompatible")
    assert error["allowed"] == ["case-clear"]


async def test_a_catalogue_is_not_sent_twice(world: ApiHarness) -> None:
    """Its version is the ETag."""
    async with world.page() as page:
        tag = (await page.get("/v1/handsets")).headers["ETag"]
        again = await page.get("/v1/handsets", headers={"If-None-Match": tag})
        world.catalogues.reprice("northstar", "handset-low", 1_000)
        newer = await page.get("/v1/handsets", headers={"If-None-Match": tag})
    assert (again.status_code, newer.status_code) == (304, 200)


async def test_an_answer_says_how_old_it_is(world: ApiHarness) -> None:
    """Browsers ask again at once for what a dead backend left; a 304 says the same."""
    world.catalogues.age = timedelta(hours=5)
    async with world.page() as page:
        found = await page.get("/v1/tariffs")
        same = await page.get("/v1/tariffs", headers={"If-None-Match": found.headers["ETag"]})
    for one in (found, same):
        assert one.headers["Age"] == "18000"
        assert one.headers["Cache-Control"] == "private, max-age=60, stale-if-error=86340"
        assert one.headers["Vary"].startswith("Authorization")


async def test_each_retailer_sells_in_its_own_currency(world: ApiHarness) -> None:
    """The key decides whose catalogue it is."""
    async with world.page("orbit") as page:
        assert (await page.get("/v1/handsets")).json()["currency"] == "EUR"


async def test_a_quote_is_what_a_checkout_would_cost(world: ApiHarness) -> None:
    """The sums of the quote are those of the checkout begun with the same package."""
    async with world.page() as page:
        quoted = (await page.post("/v1/quotes", json={"package": ON_CREDIT})).json()
    made = (await world.create()).json()
    assert quoted["totals"] == made["totals"]
    assert quoted["quote"]["digest"] == made["quote"]["digest"]


async def test_a_handsets_line_says_how_its_price_is_paid(world: ApiHarness) -> None:
    """Cash price = due today + financed + traded in; without credit all of it is due today."""
    plans = world.catalogues.held["northstar"].credit_plans
    less = replace(plans[0], code="credit-less", trade_in_reduces_credit=True)
    held = replace(world.catalogues.held["northstar"], credit_plans=(*plans, less))
    world.catalogues.held["northstar"] = held
    old = {"imei": "490154203237518", "model": "Fern 6", "grade": "good"}
    cases = (
        ({"handset": "handset-mid"}, (71_800, 0, 0)),
        (ON_CREDIT, (4_900, 66_900, 0)),
        ({**ON_CREDIT, "trade_in": old}, (4_900, 66_900, 0)),
        (
            {**ON_CREDIT, "credit": {"plan": "credit-less", "deposit": 4_900}, "trade_in": old},
            (4_900, 54_900, 12_000),
        ),
    )
    for package, paid in cases:
        async with world.page() as page:
            body = (await page.post("/v1/quotes", json={"package": package})).json()
        line, *others = body["quote"]["lines"]
        assert (line["part"], line["price"]) == ("handset", 71_800)
        assert (line["due_today"], line["financed"], line["traded_in"]) == paid
        assert all(one["price"] is None for one in others)


async def test_the_totals_of_the_parts_add_up_to_what_is_due_today(world: ApiHarness) -> None:
    """A page can show each part that is paid today, by its title."""
    package = {**ON_CREDIT, "accessories": ["case-clear", "case-mid"]}
    customer = await world.customer(package=package)
    await customer.patch({"credit": None})
    for body in (customer.made, await customer.read()):
        due, *others = body["totals"]
        parts = [one for one in others if one["type"] in ("handset", "accessories")]
        assert due["amount"] == sum(one["amount"] for one in parts) == body["quote"]["due_today"]
        assert [one["title"] for one in parts] == [
            "Fern 8 Pro 256 GB",
            "Clear case",
            "Case for the Pro",
        ]


async def test_a_stated_rise_is_a_row_of_its_own(world: ApiHarness) -> None:
    """In the quote, in the totals and in the package: from which month and day, for how long."""
    rise = PriceRise(starts=date(2027, 4, 1), monthly=1_980)
    old = world.catalogues.held["northstar"]
    rising = replace(old.tariffs[0], price_rises=(rise,))
    world.catalogues.held["northstar"] = replace(old, tariffs=(rising,))
    body = (await world.create(package={"tariff": "sim-50gb"})).json()
    later = {"amount": 1_980, "months": 19, "from_month": 6, "starts": "2027-04-01"}
    assert [one for one in body["totals"] if one["type"] == "per_month"] == [
        {"type": "per_month", "part": "tariff", "amount": 1_800, "months": 5},
        {"type": "per_month", "part": "tariff", **later},
    ]
    assert body["quote"]["per_month"][1] == {"part": "tariff", **later}
    assert body["package"]["tariff"]["rises"] == [
        {"starts": "2027-04-01", "monthly": 1_980, "from_month": 6, "months": 19}
    ]
    assert body["quote"]["total_payable"] == 5 * 1_800 + 19 * 1_980


async def test_a_catalogue_that_is_away_says_when_to_come_back(world: ApiHarness) -> None:
    """503 with Retry-After, for browsing, quoting and beginning alike."""
    world.catalogues.away = True
    async with world.page() as page:
        answers = [
            await page.get("/v1/handsets"),
            await page.post("/v1/quotes", json={"package": ON_CREDIT}),
            await world.create(),
        ]
    assert {answer.json()["type"] for answer in answers} == {"/problems/catalogue-unavailable"}
    assert {answer.headers["Retry-After"] for answer in answers} == {"5"}
