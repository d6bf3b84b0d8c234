"""Checkouts from a stored quote: its price is honoured while it is valid."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

import httpx
import pytest

from tests.http.world import ON_CREDIT, ApiHarness, Customer
from unshackled.testing.virtual_clock import VirtualClock

FLOW: Final = "handset-on-credit"
IMEI: Final = "490154203237518"
SWAP: Final[dict[str, Any]] = {
    "handset": "handset-mid",
    "trade_in": {"model": "Fern 6", "grade": "good"},
}
HOUR: Final = timedelta(hours=1)


async def quoted(world: ApiHarness, account: str = "northstar", **body: Any) -> dict[str, Any]:
    """A stored quote."""
    async with world.server(account) as server:
        made = await server.post("/v1/quotes", json={"package": ON_CREDIT, "flow": FLOW, **body})
    assert made.status_code == 201, made.text
    found: dict[str, Any] = made.json()
    return found


async def begin(
    world: ApiHarness, account: str = "northstar", key: str = "one", **body: Any
) -> httpx.Response:
    """A checkout as the retailer's server begins it."""
    async with world.server(account) as server:
        return await server.post("/v1/checkouts", json=body, headers={"Idempotency-Key": key})


def refused(answer: httpx.Response) -> tuple[str, str]:
    """The one wrong field of a 422."""
    assert answer.status_code == 422, answer.text
    (error,) = answer.json()["errors"]
    return error["path"], error["code"]


async def test_a_checkout_takes_what_the_quote_says(world: ApiHarness) -> None:
    """Selection, package, price, validity and flow as they stand; it remembers where from."""
    quote = await quoted(world)
    made = await begin(world, quote_id=quote["id"])
    body = made.json()
    assert made.status_code == 201, made.text
    assert body["from_quote"] == quote["id"]
    assert body["flow"]["name"] == FLOW
    for name in ("selection", "package", "quote", "totals", "currency"):
        assert body[name] == quote[name], name
    first, *_ = await world.store.events(body["id"], after=None, limit=9)
    assert (first.type, first.data["from_quote"]) == ("checkout.created.v1", quote["id"])
    plain = await world.customer()
    assert (plain.made["from_quote"], plain.made["quote"]["digest"]) == (
        None,
        quote["quote"]["digest"],
    )


async def test_its_price_is_honoured_whatever_the_catalogue_says(world: ApiHarness) -> None:
    """Until the quote ends the old price is bought; the catalogue may even be away."""
    quote = await quoted(world)
    world.catalogues.reprice("northstar", "handset-mid", 99_900)
    world.catalogues.away = True
    customer = Customer(world, (await begin(world, quote_id=quote["id"])).json())
    await customer.fill()
    done = await customer.complete(quote["id"], **{"Idempotency-Key": "yes"})
    assert done.status_code == 200, done.text
    assert done.json()["status"] == "completed"
    assert done.json()["quote"]["total_payable"] == quote["quote"]["total_payable"]


async def test_a_quote_that_ends_on_the_way_is_priced_again(world: ApiHarness) -> None:
    """As in any checkout: at another price the customer is asked again."""
    quote = await quoted(world, package={"handset": "handset-mid", "tariff": "sim-50gb"})
    customer = Customer(world, (await begin(world, quote_id=quote["id"])).json())
    await customer.fill()
    world.catalogues.reprice("northstar", "handset-mid", 70_000)
    await world.clock.advance(HOUR)
    asked = await customer.complete(quote["id"])
    assert (asked.status_code, asked.json()["type"]) == (409, "/problems/price-changed")
    assert asked.json()["quote"]["total_payable"] < quote["quote"]["total_payable"]
    assert (await customer.read())["from_quote"] == quote["id"]


async def test_an_expired_quote_names_the_way_on_and_what_changed(world: ApiHarness) -> None:
    """410 with the request for a new one; that one begins a checkout at the price of then."""
    quote = await quoted(world)
    world.catalogues.reprice("northstar", "handset-mid", 71_900)
    await world.clock.advance(HOUR)
    gone = (await begin(world, quote_id=quote["id"])).json()
    assert (gone["status"], gone["type"]) == (410, "/problems/quote-expired")
    changed = {one["path"]: one for one in gone["changes"]}
    assert changed["total_payable"]["now"] > changed["total_payable"]["before"]
    assert changed["total_payable"]["before"] == quote["quote"]["total_payable"]
    assert "currency" not in changed
    async with world.server() as server:
        again = gone["again"]
        renewed = await server.request(again["method"], again["href"], json=again["body"])
    made = await begin(world, quote_id=renewed.json()["id"])
    assert made.json()["quote"]["total_payable"] == changed["total_payable"]["now"]


async def test_an_expired_quote_at_the_same_price_names_no_change(world: ApiHarness) -> None:
    """An empty list: nothing costs otherwise."""
    quote = await quoted(world)
    await world.clock.advance(HOUR)
    assert (await begin(world, quote_id=quote["id"])).json()["changes"] == []


async def test_an_expired_quote_of_what_is_not_sold_any_more_says_so(world: ApiHarness) -> None:
    """`errors` in the place of changes; neither where the catalogue is away."""
    quote = await quoted(world)
    held = world.catalogues.held
    held["northstar"], sold = held["orbit"], held["northstar"]
    world.catalogues.held["northstar"] = type(sold)(currency="GBP", version="empty")
    await world.clock.advance(HOUR)
    gone = (await begin(world, quote_id=quote["id"])).json()
    assert "package.handset" in [one["path"] for one in gone["errors"]]
    assert "changes" not in gone
    world.catalogues.away = True
    away = (await begin(world, quote_id=quote["id"])).json()
    assert (away["status"], away["again"]) == (410, gone["again"])
    assert not {"changes", "errors"} & set(away)


async def test_no_price_is_kept_into_a_day_of_other_law() -> None:
    """Deferred payment is regulated from 15 July 2026 in London: quotes end at its midnight."""
    world = ApiHarness(clock=VirtualClock(datetime(2026, 7, 14, 22, 40, tzinfo=UTC)))
    await world.open()
    quote = await quoted(world)
    assert quote["valid_until"] == "2026-07-14T23:00:00Z"
    plain = await world.customer()
    assert plain.made["quote"]["valid_until"] == "2026-07-14T23:00:00Z"
    await world.clock.advance(timedelta(minutes=20))
    gone = await begin(world, quote_id=quote["id"])
    assert gone.json()["type"] == "/problems/quote-expired"
    assert (await quoted(world))["valid_until"] == "2026-07-15T00:00:00Z"
    await world.engine.close()


async def test_the_number_of_an_old_device_is_asked_at_the_checkout(world: ApiHarness) -> None:
    """It begins with the IMEI alone, and providers get it; without, or with a wrong one, not."""
    quote = await quoted(world, package=SWAP, flow="swap")
    asked = {"quote_id": quote["id"]}
    assert refused(await begin(world, **asked)) == ("trade_in.imei", "missing")
    for wrong in ("490154203237519", "", "x"):
        answer = await begin(world, **asked, trade_in={"imei": wrong})
        assert refused(answer) == ("trade_in.imei", "invalid_imei")
    made = await begin(world, **asked, trade_in={"imei": "49-015420-323751-8"})
    assert made.status_code == 201, made.text
    known = await world.store.load(made.json()["id"])
    assert known is not None
    for old in (known.selection.trade_in, known.package.trade_in):
        assert old is not None
        assert old.imei == IMEI
    assert IMEI not in made.text
    priced = await begin(
        world,
        key="two",
        flow="swap",
        package={**SWAP, "trade_in": {**SWAP["trade_in"], "imei": IMEI}},
    )
    assert priced.json()["package"] == made.json()["package"]
    assert priced.json()["selection"] == made.json()["selection"]


async def test_a_quote_without_a_flow_begins_in_the_one_that_is_named(world: ApiHarness) -> None:
    """If that sells it: else the problem is that of the package."""
    quote = await quoted(world, flow=None)
    assert refused(await begin(world, quote_id=quote["id"])) == ("flow", "missing")
    assert refused(await begin(world, quote_id=quote["id"], flow="no")) == ("flow", "unknown_flow")
    unsold = await begin(world, quote_id=quote["id"], flow="swap")
    assert unsold.json()["type"] == "/problems/part-not-sold"
    assert (await begin(world, quote_id=quote["id"], flow=FLOW)).status_code == 201


async def test_what_does_not_go_together_is_refused(world: ApiHarness) -> None:
    """Each with the field that is wrong, and what is allowed."""
    quote = (await quoted(world))["id"]
    both = await begin(world, quote_id=quote, package=ON_CREDIT)
    assert refused(both) == ("package", "quote_and_package")
    other = await begin(world, quote_id=quote, flow="swap")
    assert refused(other) == ("flow", "flow_of_other_quote")
    assert other.json()["errors"][0]["allowed"] == [FLOW]
    assert refused(await begin(world, quote_id="quo_NEVER")) == ("quote_id", "unknown_quote")
    device = {"imei": IMEI}
    untraded = await begin(world, quote_id=quote, trade_in=device)
    assert refused(untraded) == ("trade_in", "no_trade_in")
    no_quote = await begin(world, flow=FLOW, package=ON_CREDIT, trade_in=device)
    assert refused(no_quote) == ("trade_in", "quote_needed")
    neither = (await begin(world)).json()["errors"]
    assert [(one["path"], one["code"]) for one in neither] == [
        ("flow", "missing"),
        ("package", "missing"),
    ]


@pytest.mark.parametrize("other", ["orbit", "northstar:test"])
async def test_a_quote_of_another_account_is_unknown(world: ApiHarness, other: str) -> None:
    """Of another retailer, and of the other mode: nothing of it is told."""
    quote = await quoted(world)
    answer = await begin(world, other, quote_id=quote["id"])
    assert refused(answer) == ("quote_id", "unknown_quote")
    assert FLOW not in answer.text


async def test_a_quote_that_a_page_made_is_as_good(world: ApiHarness) -> None:
    """We priced it, not the page; the checkout itself takes a secret key."""
    async with world.page() as page:
        made = await page.post("/v1/quotes", json={"package": ON_CREDIT, "flow": FLOW})
        quote = made.json()["id"]
        wrong = await page.post("/v1/checkouts", json={"quote_id": quote})
    assert wrong.json()["type"] == "/problems/credentials-of-wrong-kind"
    assert (await begin(world, quote_id=quote)).status_code == 201


async def test_the_same_key_begins_one_checkout_of_a_quote(world: ApiHarness) -> None:
    """Also after the quote has ended; another key begins another one of the same quote."""
    quote = (await quoted(world))["id"]
    first = (await begin(world, quote_id=quote)).json()["id"]
    other = (await begin(world, key="two", quote_id=quote)).json()["id"]
    await world.clock.advance(HOUR)
    again = await begin(world, quote_id=quote)
    assert (again.status_code, again.json()["id"]) == (201, first)
    assert other != first
    reused = await begin(world, flow=FLOW, package=ON_CREDIT)
    assert reused.json()["type"] == "/problems/idempotency-key-reused"
