"""Reports over the API: real checkouts, walls, days, JSON and CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from tests.http.world import ApiHarness
from unshackled.events.reports.report_consumer import ReportsConsumer
from unshackled.http.problem_types import PROBLEMS
from unshackled.http.reports.report_routes import VIEWS
from unshackled.ports.outcome import Declined

NAMES = [view.name for view in VIEWS]


async def count(world: ApiHarness) -> None:
    """Let the consumer take everything that happened."""
    consumer = ReportsConsumer(world.store.tables.reports, world.store)
    for event in (await world.store.feed(after=None, limit=10_000)).rows:
        await consumer.take(event)


@pytest.fixture
async def sold(world: ApiHarness) -> AsyncIterator[httpx.AsyncClient]:
    """A retailer's server after one purchase, one decline, one who left and one still there."""
    bought = await world.customer(key="1")
    await bought.fill()
    await bought.complete()
    world.backends.script("identity.verify", Declined(code="no_match"))
    declined = await world.customer(key="2")
    await declined.put("contact")
    await declined.put("address")
    left = await world.customer(key="3")
    await left.cancel()
    await world.customer(key="4")
    await world.create(key="5", retailer="orbit")
    await count(world)
    async with world.client(await world.key("northstar", "secret", ["reports"])) as client:
        yield client


async def rows(client: httpx.AsyncClient, name: str, **query: str) -> list[dict[str, Any]]:
    """The items of a report."""
    answer = await client.get(f"/v1/reports/{name}", params=query)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


async def test_the_funnel_counts_every_checkout(sold: httpx.AsyncClient) -> None:
    """Four began: one completed, one was dropped, two wait."""
    found = await rows(sold, "funnel")
    flow, first = found[0], next(row for row in found if row["step"] == "contact")
    assert (flow["flow"], flow["step"], flow["provider"]) == ("handset-on-credit", None, None)
    assert (flow["reached"], flow["passed"], flow["dropped"], flow["waiting"]) == (4, 1, 1, 2)
    assert flow["pass_rate"] == 0.25
    assert (first["reached"], first["passed"], first["dropped"], first["waiting"]) == (4, 2, 1, 1)


async def test_the_example_of_the_documentation(sold: httpx.AsyncClient) -> None:
    """docs/reports.md: Ada buys, Bob is declined, Cem leaves, Dee is still there."""
    columns = ("step", "provider", "reached", "passed", "declined", "waiting", "dropped")
    found = [tuple(row[name] for name in columns) for row in await rows(sold, "funnel")]
    assert {
        (None, None, 4, 1, 0, 2, 1),
        ("contact", None, 4, 2, 0, 1, 1),
        ("identity", None, 2, 1, 1, 1, 0),
        ("identity", "main", 2, 1, 1, 1, 0),
    } <= set(found)


async def test_steps_come_in_the_order_of_the_flow(
    sold: httpx.AsyncClient, world: ApiHarness
) -> None:
    """As a customer meets them, the whole flow first."""
    found = [row["step"] for row in await rows(sold, "funnel") if row["provider"] is None]
    assert found == [None, *world.book.plan("northstar", "handset-on-credit").steps]


async def test_declines_name_provider_and_code(sold: httpx.AsyncClient) -> None:
    """One of two answers."""
    (row,) = await rows(sold, "declines")
    assert row == {
        "flow": "handset-on-credit",
        "step": "identity",
        "provider": "main",
        "code": "no_match",
        "declined": 1,
        "passed_over": 0,
        "answers": 2,
        "decline_rate": 0.5,
    }


async def test_drop_offs_say_who_and_why(sold: httpx.AsyncClient) -> None:
    """The customer, at the form that was open."""
    (row,) = await rows(sold, "drop-offs")
    assert (row["step"], row["ended_by"], row["reason"]) == ("contact", "customer", "changed_mind")


async def test_revenue_is_in_minor_units(sold: httpx.AsyncClient, world: ApiHarness) -> None:
    """By day, flow and currency, with the share that was bought on credit."""
    (row,) = await rows(sold, "revenue")
    assert row["day"] == world.clock.now().date().isoformat()
    assert (row["currency"], row["checkouts"], row["due_today"]) == ("GBP", 1, 4_900)
    assert (row["with_tariff"], row["with_trade_in"], row["credit_share"]) == (1, 0, 1.0)


async def test_latency_is_in_milliseconds(sold: httpx.AsyncClient) -> None:
    """With its error; on a clock that stands everything takes no time."""
    answer = (await sold.get("/v1/reports/latency")).json()
    assert answer["relative_error"] == 0.0443
    assert {row["measure"] for row in answer["items"]} == {"answer", "step", "completion"}
    assert {row["p99"] for row in answer["items"]} == {1}


@pytest.mark.parametrize("name", NAMES)
async def test_csv_has_the_rows_of_json(sold: httpx.AsyncClient, name: str) -> None:
    """Read back by the standard library: the same names, the same values."""
    answer = await sold.get(f"/v1/reports/{name}", headers={"Accept": "text/csv"})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8; header=present"
    assert answer.headers["content-disposition"].startswith(f'attachment; filename="{name}-')
    lines = list(csv.DictReader(io.StringIO(answer.text, newline="")))
    found = await rows(sold, name)
    assert lines == [
        {key: "" if value is None else str(value) for key, value in row.items()} for row in found
    ]


@pytest.mark.parametrize("name", NAMES)
async def test_a_report_is_of_one_retailer(
    sold: httpx.AsyncClient, world: ApiHarness, name: str
) -> None:
    """Another retailer's key sees only its own flows."""
    async with world.client(await world.key("orbit", "secret", ["reports"])) as other:
        found = await rows(other, name)
        foreign = await other.get(f"/v1/reports/{name}?flow=handset-on-credit")
    assert {row["flow"] for row in found} <= {"handset"}
    assert foreign.json()["errors"][0]["allowed"] == ["handset"]


@pytest.mark.parametrize("name", NAMES)
async def test_a_report_says_up_to_which_event_it_counts(world: ApiHarness, name: str) -> None:
    """Nothing yet, then the newest event."""
    key = await world.key("northstar", "secret", ["reports", "checkouts:write"])
    async with world.client(key) as client:
        before = (await client.get(f"/v1/reports/{name}")).json()
        made = (await world.create()).json()
        await count(world)
        after = (await client.get(f"/v1/reports/{name}")).json()
    assert before["as_of"] is None
    assert before["items"] == []
    assert after["as_of"]["event"].startswith(made["id"])


async def test_days_are_inclusive(sold: httpx.AsyncClient, world: ApiHarness) -> None:
    """Today alone has everything, yesterday nothing; without days it is the last thirty."""
    today = world.clock.now().date()
    before = (today - timedelta(days=1)).isoformat()
    assert len(await rows(sold, "funnel", **{"from": today.isoformat()})) > 1
    assert await rows(sold, "funnel", **{"from": before, "to": before}) == []
    usual = (await sold.get("/v1/reports/funnel")).json()
    assert (usual["from"], usual["to"]) == (
        (today - timedelta(days=29)).isoformat(),
        today.isoformat(),
    )


@pytest.mark.parametrize(
    ("query", "path", "code"),
    [
        ({"from": "2026-02-30"}, "query.from", "wrong_day"),
        ({"to": "tomorrow"}, "query.to", "wrong_day"),
        ({"to": "20261122"}, "query.to", "wrong_day"),
        ({"from": "2026-11-02", "to": "2026-11-01"}, "query.from", "after_to"),
        ({"from": "2026-01-01", "to": "2026-04-03"}, "query.from", "too_long"),
        ({"flow": "none"}, "query.flow", "unknown_flow"),
    ],
)
async def test_wrong_parameters_are_named(
    world: ApiHarness, query: dict[str, str], path: str, code: str
) -> None:
    """With what is allowed."""
    async with world.client(await world.key("northstar", "secret", ["reports"])) as client:
        answer = await client.get("/v1/reports/funnel", params=query)
    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["path"], error["code"]) == (422, path, code)
    assert error["allowed"]


async def test_ninety_two_days_are_allowed(world: ApiHarness) -> None:
    """The longest quarter, and the first days there are."""
    async with world.client(await world.key("northstar", "secret", ["reports"])) as client:
        days = {"from": "2026-07-01", "to": "2026-09-30"}
        assert (await client.get("/v1/reports/funnel", params=days)).status_code == 200
        first = await client.get("/v1/reports/funnel", params={"to": "0001-01-01"})
        assert first.json()["from"] == "0001-01-01"


async def test_a_key_needs_the_scope(world: ApiHarness) -> None:
    """Reading checkouts is not reading reports."""
    async with world.server() as server:
        answer = await server.get("/v1/reports/revenue")
    assert answer.json()["type"] == PROBLEMS["scope_missing"].uri
    assert answer.json()["allowed"] == ["reports"]


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        ("*/*", "application/json"),
        ("text/*", "text/csv"),
        ("text/csv;q=0.5, application/json;q=0.4", "text/csv"),
        ("text/csv, application/json", "application/json"),
        ("application/json;q=0, */*", "text/csv"),
        ("TEXT/CSV ; Q=1.0", "text/csv"),
        ("text/html", "application/problem+json"),
        ("text/csv;q=lots", "application/problem+json"),
    ],
)
async def test_the_caller_chooses_the_form(world: ApiHarness, accept: str, media: str) -> None:
    """By Accept, with its weights; what is not offered is 406."""
    async with world.client(await world.key("northstar", "secret", ["reports"])) as client:
        answer = await client.get("/v1/reports/funnel", headers={"Accept": accept})
    assert answer.headers["content-type"].split(";")[0] == media
    assert answer.status_code == (406 if "problem" in media else 200)
    if answer.status_code == 406:
        assert answer.json()["allowed"] == ["application/json", "text/csv"]
