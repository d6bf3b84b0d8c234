"""Routes moved and killed, providers taken out, parity read: by a named person, for a reason."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import Any

from tests.http.ops.test_actions import WHY, act, ask, code, trail
from tests.http.world import ApiHarness
from unshackled.flow.engine.route_choice import RouteRequest
from unshackled.flow.language.policy import CutBack, Policy, Shadow
from unshackled.ports.call_context import Call
from unshackled.ports.outcome import Declined, Passed
from unshackled.routing.measures import ProviderCost
from unshackled.routing.router import Router
from unshackled.store.side_tables.parity_counts import ProviderPair

SHOP = Policy(
    how="split",
    providers=("old", "new"),
    weights=(90.0, 10.0),
    route="shop",
    shared=True,
    cut_back=CutBack(),
    shadow=Shadow(candidate="new"),
)
CALL = Call(
    reference="R" * 26,
    checkout="chk_1",
    currency="GBP",
    locale="en-GB",
    callback_url="",
    return_url="",
    route="shop",
)


async def routed(**changes: Any) -> tuple[ApiHarness, Router]:
    """An application with one split route."""
    world = ApiHarness()
    await world.open()
    router = Router(
        tables=world.store.tables,
        clock=world.clock,
        random=Random(1),
        policies={
            ("northstar", "shop"): SHOP,
            ("orbit", "pay"): Policy(how="best", providers=("a",), route="pay"),
        },
        prices={("northstar", "old"): ProviderCost(), ("northstar", "new"): ProviderCost()},
    )
    world.rebuild(router=router, **changes)
    return world, router


def first(router: Router, bucket: int = 2000) -> str:
    """Who serves a checkout of this bucket."""
    ask = RouteRequest(
        retailer="northstar",
        operation="orders.place",
        policy=SHOP,
        candidates=SHOP.providers,
        bucket=bucket,
    )
    return router.rank(ask)[0].provider


async def test_a_share_is_moved_with_one_request() -> None:
    """It counts at once, the list shows it, and the audit log says who and why."""
    world, router = await routed()
    assert first(router) == "old"
    done = await act(world, "routes/northstar/shop/split", {"shares": {"new": 25}, **WHY})
    assert done.status_code == 200, done.text
    shares = {one["provider"]: one["share"] for one in done.json()["providers"]}
    assert shares == {"old": 75.0, "new": 25.0}
    assert first(router) == "new"
    (item,) = (await ask(world, "routes?retailer=northstar"))["items"]
    assert (item["changed_by"], item["reason"]) == ("alice", WHY["reason"])
    (entry,) = await trail(world, action="split")
    assert entry["detail"] == {"shares": {"new": 25.0}}
    assert entry["outcome"] == "done"


async def test_wrong_shares_are_told_by_field() -> None:
    """An unknown provider, too many percent, a route that has no shares, a route that is none."""
    world, _ = await routed()
    for shares, said in (
        ({"us": 5}, "allowed are old, new"),
        ({"new": 101}, "from 0 to 100"),
        ({"new": 60, "old": 60}, "not to 100"),
    ):
        done = await act(world, "routes/northstar/shop/split", {"shares": shares, **WHY})
        assert done.status_code == 422, done.text
        (error,) = done.json()["errors"]
        assert said in error["message"]
        assert error["path"] == "shares"
    none = await act(world, "routes/northstar/nowhere/split", {"shares": {"new": 5}, **WHY})
    assert none.status_code == 404
    entries = await trail(world, action="split")
    assert [entry["outcome"] for entry in entries] == ["refused"] * 4


async def test_a_killed_candidate_is_closed_until_it_is_restored() -> None:
    """Its share goes to who is left, it gets none while killed, and the last one stays."""
    world, router = await routed()
    killed = await act(world, "routes/northstar/shop/kill", {"provider": "new", **WHY})
    told = {one["provider"]: (one["share"], one["closed"]) for one in killed.json()["providers"]}
    assert told == {"old": (100.0, False), "new": (0.0, True)}
    assert first(router, bucket=1) == "old"
    refused = await act(world, "routes/northstar/shop/split", {"shares": {"new": 5}, **WHY})
    assert "restore it first" in refused.text
    last = await act(world, "routes/northstar/shop/kill", {"provider": "old", **WHY})
    assert "nobody would serve" in last.text
    back = await act(world, "routes/northstar/shop/restore", {"provider": "new", **WHY})
    assert back.status_code == 200
    again = await act(world, "routes/northstar/shop/restore", {"provider": "new", **WHY})
    assert "was not killed" in again.text


async def test_a_provider_is_taken_out_and_put_back() -> None:
    """Disabled it is never picked; a window of maintenance is one with an end ahead."""
    world, router = await routed()
    await act(world, "providers/northstar/new/disable")
    assert router.settings.out("northstar", "new")
    done = await act(world, "providers/northstar/new/enable")
    assert done.json()["disabled"] is False
    begins = (world.clock.now() + timedelta(hours=1)).isoformat()
    ends = (world.clock.now() + timedelta(hours=2)).isoformat()
    body = {"begins": begins, "ends": ends, **WHY}
    planned = await act(world, "providers/northstar/new/maintain", body)
    assert len(planned.json()["windows"]) == 1
    for wrong in (
        {**body, "ends": begins},
        {**body, "begins": "2020-01-01T00:00:00Z", "ends": "2020-01-02T00:00:00Z"},
        {**body, "begins": "2026-11-22T00:00:00"},
        {**body, "begins": "soon"},
    ):
        assert (await act(world, "providers/northstar/new/maintain", wrong)).status_code == 422
    assert (await act(world, "providers/northstar/nobody/disable")).status_code == 404


async def test_what_nobody_knows_is_written_down_within_its_bounds() -> None:
    """An action on a retailer of any length is in the audit log, cut as its document says."""
    world, _ = await routed()
    done = await act(world, f"routes/{'0' * 90}/shop/kill", {"provider": "new", **WHY})
    assert done.status_code == 404
    (entry,) = await trail(world)
    assert (entry["retailer"], entry["outcome"]) == ("0" * 64, "refused")


async def test_a_kill_can_need_a_second_person() -> None:
    """What was asked for waits, changes nothing, and is done when somebody else approves."""
    world, router = await routed(second_person=frozenset({"kill"}))
    asked = await act(world, "routes/northstar/shop/kill", {"provider": "new", **WHY})
    assert asked.status_code == 202
    assert first(router, bucket=1) == "new"
    same = await act(world, f"requests/{asked.json()['id']}/approve")
    assert code(same) == "second_person_needed"
    other = await act(world, f"requests/{asked.json()['id']}/approve", who="bob")
    assert other.status_code == 200, other.text
    assert first(router, bucket=1) == "old"
    assert {entry["action"] for entry in await trail(world)} >= {"kill", "approve"}


async def test_parity_is_read_field_by_field() -> None:
    """Who was compared with whom, how often they agreed, and what differed."""
    world, router = await routed()
    pair = ProviderPair(
        retailer="northstar", route="shop", live="old", candidate="new", operation="orders.place"
    )

    async def no(call: Call) -> Any:
        return Declined(code="declined")

    shadow = Shadow(candidate="new")
    router.shadows.ask(pair, shadow, CALL, Passed(output=None), no)
    await router.settle()
    (item,) = (await ask(world, "parity?retailer=northstar"))["items"]
    assert (item["live"], item["candidate"], item["differed"]) == ("old", "new", 1)
    assert item["fields"] == [
        {"field": "outcome", "differed": 1, "example": "passed | declined:declined"}
    ]
    assert (await ask(world, "parity?retailer=orbit"))["items"] == []


async def test_routes_are_for_operators_only(world: ApiHarness) -> None:
    """A retailer's key opens none of it."""
    async with world.client() as stranger:
        for path in ("/ops/routes", "/ops/parity"):
            assert (await stranger.get(path)).status_code == 401
        done = await stranger.post("/ops/routes/northstar/shop/kill", json={"provider": "new"})
        assert done.status_code == 401
