"""The waiting room over HTTP: answered at once, begun by the clock, one place for one customer."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.http.world import ON_CREDIT, ApiHarness, Customer
from unshackled.domain.waiting_room import AdmissionRate
from unshackled.flow.runtime.room_admission import Admission
from unshackled.testing.virtual_clock import VirtualClock

SECOND = timedelta(seconds=1)
RATE = AdmissionRate(6)  # one each ten seconds, and no burst


def doored(world: ApiHarness) -> ApiHarness:
    """The same world where one customer each ten seconds is let in."""
    rates = {"northstar": RATE}
    world.rebuild(admission=Admission(world.store, world.clock, rates))
    return world


@pytest.fixture
async def world() -> AsyncIterator[ApiHarness]:
    """A world with a door, and one customer inside already."""
    made = doored(ApiHarness())
    await made.open()
    assert (await made.create(key="first")).json()["queue"] is None
    yield made
    await made.engine.close()


async def wait(world: ApiHarness, seconds: float) -> None:
    """Time passes, and the timer looks."""
    await world.clock.advance(seconds * SECOND)
    await world.engine.wake()
    await world.clock.spin()


async def events_of(world: ApiHarness, checkout: str) -> list[str]:
    """The types of what happened."""
    rows = await world.store.events(checkout, after=None, limit=100)
    return [row.type for row in rows]


async def test_beyond_the_rate_it_is_answered_at_once_with_a_place(world: ApiHarness) -> None:
    """Priced, in words, and nothing is called or asked for before its turn."""
    calls = len(world.backends.calls("stock.reserve"))
    made = await world.create(key="second")
    body = made.json()
    assert made.status_code == 201
    at = world.clock.now() + 10 * SECOND
    assert body["queue"] == {
        "state": "waiting",
        "position": 1,
        "admit_at": at.isoformat().replace("+00:00", "Z"),
        "wait_seconds": 10,
        "use_by": (at + timedelta(minutes=10)).isoformat().replace("+00:00", "Z"),
    }
    assert body["totals"]
    assert {step["state"] for step in body["steps"]} == {"pending"}
    assert [one["type"] for one in body["next_actions"]] == ["cancel"]
    (message,) = body["messages"]
    assert message["code"] == "waiting_room"
    assert "12:00" in message["content"]
    third = (await world.create(key="third")).json()["queue"]
    assert (third["position"], third["wait_seconds"]) == (2, 20)
    assert len(world.backends.calls("stock.reserve")) == calls


async def test_it_begins_by_the_clock_and_so_do_quote_and_expiry(world: ApiHarness) -> None:
    """A stream sees it, since the version goes up; the first thing sent leaves no queue behind."""
    customer = await world.customer(key="second")
    first = customer.made
    await wait(world, 9)
    assert (await customer.read())["queue"]["wait_seconds"] == 1
    await wait(world, 1)
    body = await customer.read()
    assert body["version"] > first["version"]
    assert body["queue"]["state"] == "admitted"
    assert body["queue"]["position"] == 0
    assert {"submit", "cancel"} <= {one["type"] for one in body["next_actions"]}
    valid = datetime.fromisoformat(body["quote"]["valid_until"])
    assert valid == world.clock.now() + timedelta(hours=1)
    assert datetime.fromisoformat(body["expires_at"]) == world.clock.now() + timedelta(hours=24)
    assert (await customer.put("contact")).json()["queue"] is None
    await wait(world, 3_600)
    assert "queue_place.lapsed.v1" not in await events_of(world, customer.id)
    assert (await customer.fill())["status"] == "ready_for_complete"


async def test_before_its_turn_a_step_a_change_and_a_yes_say_when(world: ApiHarness) -> None:
    """The same is sent again at that time; leaving is possible at any time."""
    customer = await world.customer(key="second")
    quote = customer.made["quote"]["id"]
    for response in (
        await customer.put("contact"),
        await customer.patch({"credit": None}),
        await customer.complete(quote),
    ):
        problem = response.json()
        assert response.status_code == 409
        assert problem["type"].endswith("not-admitted")
        assert problem["admit_at"] == customer.made["queue"]["admit_at"]
        assert problem["position"] == 1
        assert problem["message"].startswith("You are still in the queue.")
        assert response.headers["Retry-After"] == "10"
    assert (await customer.cancel()).json()["status"] == "canceled"
    assert "queue" not in (await customer.read())["messages"]
    await wait(world, 60)
    assert (await customer.read())["queue"] is None


async def test_whoever_comes_first_after_the_moment_finds_it_begun(world: ApiHarness) -> None:
    """No process lets anybody in: without any timer the customer's own command does as well."""
    customer = await world.customer(key="second")
    await world.clock.advance(11 * SECOND)
    assert (await customer.put("contact")).status_code == 200


async def test_a_reload_or_a_second_tab_has_the_same_place(world: ApiHarness) -> None:
    """By the customer's number; the same key is the same checkout; a stranger stands behind."""
    first = (await world.create(key="a", customer_ref="c-1")).json()
    again = (await world.create(key="b", customer_ref="c-1")).json()
    assert first["id"] != again["id"]
    assert first["queue"] == again["queue"]
    stranger = (await world.create(key="c", customer_ref="c-2")).json()
    assert stranger["queue"]["position"] == 2
    assert (await world.create(key="a", customer_ref="c-1")).json()["id"] == first["id"]
    await wait(world, 10)
    assert (await world.create(key="d", customer_ref="c-1")).json()["queue"] is None
    assert (await world.create(key="e")).json()["queue"]["position"] == 2


async def test_test_mode_and_other_retailers_have_doors_of_their_own(world: ApiHarness) -> None:
    """A crowd at one of them makes nobody wait at another."""
    for number in range(5):
        await world.create(key=f"crowd-{number}")
    assert (await world.create(key="test", retailer="northstar:test")).json()["queue"] is None
    assert (await world.create(key="orbit", retailer="orbit")).json()["queue"] is None
    async with world.operator() as person:
        rooms = (await person.get("/ops/waiting-rooms")).json()["items"]
        none = (await person.get("/ops/waiting-rooms?retailer=orbit")).json()["items"]
    live = {"retailer": "northstar", "livemode": True, "rate_per_minute": 6.0}
    assert rooms[0] == live | {"waiting": 6, "wait_seconds": 60}
    assert rooms[1]["livemode"] is False
    assert none == []


async def test_a_turn_that_is_not_used_goes_to_others(world: ApiHarness) -> None:
    """What was begun is taken back; who comes back joins again, behind all who wait."""
    customer = await world.customer(key="second", customer_ref="c-1")
    await wait(world, 10)
    assert len(world.backends.standing("stock.reserve")) == 2
    await wait(world, 599)
    assert (await customer.read())["queue"]["state"] == "admitted"
    await wait(world, 1)
    body = await customer.read()
    assert body["queue"]["state"] == "lapsed"
    assert {step["state"] for step in body["steps"]} == {"pending"}
    assert len(world.backends.standing("stock.reserve")) == 1
    (message,) = body["messages"]
    assert (message["code"], message["actions"]) == ("turn_missed", ["queue"])
    action = next(one for one in body["next_actions"] if one["id"] == "queue")
    refused = await customer.put("contact")
    assert refused.json()["type"].endswith("queue-place-lapsed")
    assert refused.json()["href"] == action["href"] == f"{customer.href}/queue"
    for number in range(3):
        await world.create(key=f"others-{number}")
    joined = (await customer.client.post(action["href"])).json()
    assert joined["queue"]["position"] == 3
    assert (await customer.client.post(action["href"])).json()["queue"] == joined["queue"]
    await wait(world, 30)
    assert (await customer.put("contact")).json()["queue"] is None


async def test_where_nobody_waits_who_comes_back_is_let_in_at_once(world: ApiHarness) -> None:
    """Joining again is a turn at once; without a door any more, too."""
    customer = await world.customer(key="second")
    await wait(world, 10)
    await wait(world, 600)
    assert (await customer.read())["queue"]["state"] == "lapsed"
    body = (await customer.client.post(f"{customer.href}/queue")).json()
    assert body["queue"]["state"] == "admitted"
    await wait(world, 600)
    world.rebuild(admission=None)
    later = Customer(world, customer.made)
    body = (await later.client.post(f"{later.href}/queue")).json()
    assert body["queue"]["state"] == "admitted"


async def test_who_has_no_rate_waits_for_nobody_and_joins_nothing(world: ApiHarness) -> None:
    """The route changes nothing of a checkout that is inside."""
    customer = await world.customer(key="orbit", retailer="orbit")
    joined = await customer.client.post(f"{customer.href}/queue")
    assert joined.status_code == 200
    assert joined.json()["version"] == (await customer.read())["version"]


async def test_a_stored_quote_is_kept_from_its_turn_on(world: ApiHarness) -> None:
    """Its price stands, and its validity begins when the customer can use it."""
    async with world.page() as page:
        quote = (await page.post("/v1/quotes", json={"package": ON_CREDIT})).json()
    sent: dict[str, Any] = {"flow": "handset-on-credit", "quote_id": quote["id"]}
    async with world.server() as server:
        made = await server.post("/v1/checkouts", json=sent, headers={"Idempotency-Key": "q"})
    body = made.json()
    assert body["queue"]["position"] == 1
    kept = datetime.fromisoformat(body["quote"]["valid_until"])
    assert kept == datetime.fromisoformat(quote["valid_until"]) + 10 * SECOND


async def test_a_restart_and_another_replica_change_nothing() -> None:
    """Places are in the store: a process that knows nothing gives out the ones behind them."""
    clock = VirtualClock()
    one = doored(ApiHarness(clock=clock))
    await one.open()
    other = doored(ApiHarness(clock=clock, store=one.store))
    other.keys, other.ids.count = one.keys, 1_000
    waits = []
    for number in range(6):
        replica = doored(one) if number == 3 else (one, other)[number % 2]
        queue = (await replica.create(key=f"k{number}")).json()["queue"]
        waits.append(queue["wait_seconds"] if queue else 0)
    # The first of each replica: neither could know of the other's yet.
    assert waits[0] == 0
    assert waits == sorted(waits)
    assert len(set(waits)) == len(waits) - waits.count(0) + 1
    await one.engine.close()
    await other.engine.close()
