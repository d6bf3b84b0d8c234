"""Stored quotes: the same click is the same quote, and who may read it for how long."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Final

import httpx
import pytest

from tests.http.world import ON_CREDIT, ApiHarness
from unshackled.domain.catalogue import Catalogue
from unshackled.domain.codec import encode
from unshackled.domain.records import replace
from unshackled.domain.stock_level import StockLevel
from unshackled.domain.stored_quote import READABLE, StoredQuote
from unshackled.http.checkouts.quote_service import LIMIT, quotes_retention
from unshackled.store.memory.limited_rows import MemoryLimitedRows

IMEI: Final = "490154203237518"
OLD: Final = {"model": "Fern 6", "grade": "good"}
WITH_OLD: Final[dict[str, Any]] = {**ON_CREDIT, "trade_in": OLD}
HOUR: Final = timedelta(hours=1)


async def ask(world: ApiHarness, account: str = "northstar", **body: Any) -> httpx.Response:
    """A quote as the retailer's server asks for it."""
    async with world.server(account) as server:
        return await server.post("/v1/quotes", json={"package": ON_CREDIT, **body})


async def read(world: ApiHarness, path: str, account: str = "northstar") -> httpx.Response:
    """A quote as the retailer's server reads it."""
    async with world.server(account) as server:
        return await server.get(path)


async def test_a_quote_is_stored_and_read_as_it_was_answered(world: ApiHarness) -> None:
    """201 with its id, `Location`, validity and share link; the address gives the same."""
    made = await ask(world, flow="handset-on-credit")
    body = made.json()
    assert made.status_code == 201
    assert made.headers["Location"] == f"/v1/quotes/{body['id']}"
    assert (body["status"], body["flow"], body["again"]) == ("valid", "handset-on-credit", None)
    assert body["id"] == body["quote"]["id"]
    assert body["valid_until"] == body["quote"]["valid_until"]
    assert body["share_url"] == f"https://shop.northstar.example/?quote={body['id']}"
    assert body["livemode"] is True
    again = await read(world, made.headers["Location"])
    assert (again.status_code, again.json()) == (200, body)


async def test_another_customers_browser_reads_it_with_the_shops_key(world: ApiHarness) -> None:
    """A page made it and another one reads it; a page of a strange origin does not."""
    async with world.page() as page:
        body = (await page.post("/v1/quotes", json={"package": ON_CREDIT})).json()
    async with world.page() as other:
        assert (await other.get(f"/v1/quotes/{body['id']}")).json() == body
    key = world.keys["northstar/publishable"]
    async with world.client(key, Origin="https://elsewhere.example") as stranger:
        refused = await stranger.get(f"/v1/quotes/{body['id']}")
    assert refused.json()["type"] == "/problems/origin-not-allowed"


async def test_the_same_click_is_the_same_quote(world: ApiHarness) -> None:
    """200 with the quote of the first one, whoever asks, with whatever IMEI, in one window."""
    made = await ask(world, package=WITH_OLD)
    await world.clock.advance(timedelta(seconds=30))
    package = {**WITH_OLD, "trade_in": {**OLD, "imei": "49-015420-323751-8"}}
    async with world.page() as page:
        same = await page.post("/v1/quotes", json={"package": package})
    assert (made.status_code, same.status_code) == (201, 200)
    assert same.headers["Location"] == made.headers["Location"]
    assert same.json() == made.json()
    other = await ask(world, package=WITH_OLD, flow=None)
    assert other.json()["id"] == made.json()["id"]


async def test_other_contents_or_a_later_window_are_another_quote(world: ApiHarness) -> None:
    """Another flow, package, price, mode or hour: each has an id of its own."""
    ids = [(await ask(world)).json()["id"]]
    ids.append((await ask(world, flow="handset-on-credit")).json()["id"])
    ids.append((await ask(world, package={"handset": "handset-low"})).json()["id"])
    ids.append((await ask(world, "northstar:test")).json()["id"])
    world.catalogues.reprice("northstar", "handset-mid", 71_801)
    ids.append((await ask(world)).json()["id"])
    await world.clock.advance(HOUR)
    ids.append((await ask(world)).json()["id"])
    assert len(set(ids)) == 6


async def test_an_old_device_needs_no_number_but_a_right_one(world: ApiHarness) -> None:
    """It is priced, and the answer says what a checkout needs besides; a wrong IMEI is refused."""
    made = (await ask(world, package=WITH_OLD)).json()
    assert made["missing"] == [{"path": "trade_in.imei", "conditional": False}]
    assert made["package"]["trade_in"] == {**OLD, "estimate": 12_000}
    assert made["selection"]["trade_in"] == OLD
    assert (await ask(world)).json()["missing"] == []
    wrong = await ask(world, package={**WITH_OLD, "trade_in": {**OLD, "imei": "490154203237519"}})
    (error,) = wrong.json()["errors"]
    assert (error["path"], error["code"]) == ("package.trade_in.imei", "invalid_imei")


async def test_nothing_personal_is_stored(world: ApiHarness) -> None:
    """Neither row nor answer has the number of the device."""
    package = {**WITH_OLD, "trade_in": {**OLD, "imei": IMEI}}
    made = await ask(world, package=package)
    stored = await world.store.tables.quotes.get("northstar", made.json()["id"])
    assert isinstance(stored, StoredQuote)
    assert IMEI not in json.dumps(encode(stored)) + made.text
    assert made.json()["selection"]["handset"] == "handset-mid"


@pytest.mark.parametrize("account", ["orbit", "northstar:test"])
async def test_a_foreign_quote_is_a_missing_one(world: ApiHarness, account: str) -> None:
    """Of another retailer, and of the other mode: 404 as for one that never was."""
    made = (await ask(world)).json()
    foreign = await read(world, f"/v1/quotes/{made['id']}", account)
    missing = await read(world, "/v1/quotes/quo_NEVER", account)
    assert (foreign.status_code, missing.status_code) == (404, 404)
    assert foreign.json() | {"instance": ""} == missing.json() | {"instance": ""}


async def test_an_expired_quote_says_how_to_ask_again(world: ApiHarness) -> None:
    """From its end on it is `expired`, with the request; which stores the price of then."""
    made = (await ask(world, package=WITH_OLD)).json()
    await world.clock.advance(HOUR)
    found = (await read(world, f"/v1/quotes/{made['id']}")).json()
    assert found["status"] == "expired"
    assert found | {"status": "valid", "again": None} == made
    async with world.server() as server:
        request = found["again"]
        renewed = await server.request(request["method"], request["href"], json=request["body"])
    assert renewed.status_code == 201
    assert renewed.json()["id"] != made["id"]
    assert renewed.json()["selection"] == made["selection"]


async def test_it_is_gone_seven_days_after_its_end(world: ApiHarness) -> None:
    """To the second, whether the row is cleared away yet or not; then the row goes too."""
    made = (await ask(world)).json()
    path, quotes = f"/v1/quotes/{made['id']}", world.store.tables.quotes
    end = (await quotes.get("northstar", made["id"])).quote.valid_until  # type: ignore[union-attr]
    await world.clock.advance(end + READABLE - world.clock.now() - timedelta(seconds=1))
    assert (await read(world, path)).json()["status"] == "expired"
    await world.clock.advance(timedelta(seconds=1))
    assert (await read(world, path)).status_code == 404
    retention = quotes_retention(world.store.tables)
    assert retention.keep is not None
    await world.clock.advance(timedelta(seconds=1))
    before = world.clock.now() - retention.keep
    assert await retention.table.prune(before=before, limit=9) == 1
    assert await quotes.get("northstar", made["id"]) is None


async def test_a_key_stores_sixty_new_quotes_in_a_minute(world: ApiHarness) -> None:
    """429 with `Retry-After`; the same quotes, reading, and other keys are not counted."""
    assert (LIMIT.most, LIMIT.span) == (60, timedelta(minutes=1))
    async with world.server() as server:
        for deposit in range(LIMIT.most):
            made = await server.post("/v1/quotes", json={"package": deposited(deposit)})
            assert made.status_code == 201
        await world.clock.advance(timedelta(seconds=20))
        refused = await server.post("/v1/quotes", json={"package": deposited(60)})
        assert refused.status_code == 429
        assert refused.json()["type"] == "/problems/too-many-requests"
        assert refused.headers["Retry-After"] == "40"
        same = await server.post("/v1/quotes", json={"package": deposited(0)})
        assert same.status_code == 200
        assert (await server.get(f"/v1/quotes/{same.json()['id']}")).status_code == 200
    async with world.page() as page:
        taken = await page.post("/v1/quotes", json={"package": deposited(60)})
    assert taken.status_code == 201
    await world.clock.advance(timedelta(seconds=40))
    assert (await ask(world, package=deposited(61))).status_code == 201


def deposited(deposit: int) -> dict[str, Any]:
    """A package like no other one: with a deposit of its own."""
    return {**ON_CREDIT, "credit": {"plan": "credit-24", "deposit": deposit}}


async def test_a_quote_is_told_in_a_language(world: ApiHarness) -> None:
    """`locale` as of POST: one without words is refused, and so is what is none."""
    made = (await ask(world)).json()
    path = f"/v1/quotes/{made['id']}"
    assert (await read(world, f"{path}?locale=de-DE")).json()["id"] == made["id"]
    assert (await read(world, f"{path}?locale=fr-FR")).json()["type"].endswith("locale")
    assert (await read(world, f"{path}?locale=x")).json()["type"] == "/problems/invalid-input"


class NewerQuotes(MemoryLimitedRows[StoredQuote]):
    """What a newer version wrote, as an older one meets it during a roll-out."""

    async def get(self, account: str, quote: str) -> StoredQuote | None:
        """Nothing that can be read."""
        raise ValueError(f"a field that is not known: {account}/{quote}")


async def test_a_quote_that_a_newer_version_wrote_is_a_missing_one(world: ApiHarness) -> None:
    """To be asked for anew: it is 404 to read, and unknown to begin from."""
    newer = NewerQuotes(lambda: None)
    world.store.tables = replace(world.store.tables, quotes=newer)  # type: ignore[misc]
    assert (await read(world, "/v1/quotes/quo_NEWER")).status_code == 404
    begun = await world.create(quote_id="quo_NEWER", package=None, flow=None)
    assert begun.json()["errors"][0]["code"] == "unknown_quote"


async def test_only_what_is_priced_is_stored(world: ApiHarness) -> None:
    """A package that cannot be sold is a problem, and no row."""
    refused = await ask(world, package={"handset": "handset-none"})
    assert refused.status_code == 422
    world.catalogues.away = True
    assert (await ask(world)).status_code == 503
    late = world.clock.now() + timedelta(days=99)
    assert await world.store.tables.quotes.prune(before=late, limit=9) == 0


@pytest.mark.parametrize(
    ("levels", "promised"),
    [
        ({}, None),
        ({"handset-mid": ("in_stock", None)}, None),
        ({"handset-mid": ("pre_order", date(2031, 1, 20))}, "2031-01-20"),
        ({"handset-pro": ("back_order", date(2031, 1, 20))}, None),
    ],
)
async def test_a_quote_tells_the_day_that_goods_are_promised_for(
    world: ApiHarness, levels: dict[str, Any], promised: str | None
) -> None:
    """As far as the shelves were read lately; of what is not in it nothing is told."""
    world.rebuild(stock=ReadStock(levels))
    made = (await ask(world)).json()
    assert made["promised"] == promised
    assert (await read(world, f"/v1/quotes/{made['id']}")).json()["promised"] == promised


class ReadStock:
    """Levels that were read lately."""

    def __init__(self, levels: dict[str, Any]) -> None:
        self._levels = {
            sku: StockLevel(sku=sku, state=state, promised=day)
            for sku, (state, day) in levels.items()
        }

    def recent_levels(self, account: str) -> Mapping[str, StockLevel]:
        """The same for all."""
        return self._levels

    async def levels(self, account: str, catalogue: Catalogue) -> Mapping[str, StockLevel]:
        """The same for all."""
        return self._levels
