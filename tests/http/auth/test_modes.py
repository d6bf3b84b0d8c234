"""Live and test apart: neither mode's keys, callbacks, lists or counts reach the other."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from tests.http.auth.test_isolation import OWNED, ask
from tests.http.reports.test_report_routes import count
from tests.http.world import ApiHarness, signed
from unshackled.http.auth.credentials import SCOPES, hashed, read_key
from unshackled.store.stored_records import StoredKey
from unshackled.testing.backends import referred

TEST, LIVE = "northstar:test", "northstar"


async def test_a_checkout_has_the_mode_of_its_key_for_good(world: ApiHarness) -> None:
    """It says so when made, when read, in lists and in each of its events."""
    for account, live in ((LIVE, True), (TEST, False)):
        customer = await world.customer(retailer=account)
        assert (customer.made["livemode"], customer.made["retailer"]) == (live, "northstar")
        await customer.fill()
        assert (await customer.complete()).json()["livemode"] is live
        async with world.server(account) as server:
            (row,) = (await server.get("/v1/checkouts")).json()["items"]
            events = (await server.get(f"{customer.href}/events")).json()["items"]
        assert (row["id"], row["livemode"]) == (customer.id, live)
        assert {event["livemode"] for event in events} == {live}


async def test_every_call_of_a_test_checkout_goes_to_a_sandbox(world: ApiHarness) -> None:
    """Steps, undos and the addresses for callbacks: none of them is a live one."""
    customer = await world.customer(retailer=TEST)
    await customer.fill()
    await customer.cancel()
    await world.engine.drain()
    sent = [one for one in world.backends.sent if one.checkout == customer.id]
    assert {one.what for one in sent} == {"perform", "undo"}
    assert {one.account for one in sent} == {TEST}
    assert all(f"/callbacks/{TEST}/" in one.call.callback_url for one in sent)


@pytest.mark.parametrize(("method", "path"), OWNED)
@pytest.mark.parametrize(("mine", "other"), [(LIVE, TEST), (TEST, LIVE)])
async def test_a_key_cannot_tell_whether_a_checkout_of_the_other_mode_exists(
    world: ApiHarness, method: str, path: str, mine: str, other: str
) -> None:
    """On every route, one of the other mode and a missing one are the same answer."""
    customer = await world.customer(retailer=mine)
    async with world.client(
        await world.key("northstar", "secret", SCOPES, livemode=other == LIVE)
    ) as server:
        foreign = await ask(server, method, path, customer.id)
        missing = await ask(server, method, path, "chk_missing")
    assert foreign.status_code in (403, 404)
    assert foreign.json() | {"instance": ""} == missing.json() | {"instance": ""}
    assert (await customer.read())["version"] == customer.made["version"]


@pytest.mark.parametrize(("mine", "other"), [(LIVE, TEST), (TEST, LIVE)])
async def test_a_callback_moves_checkouts_of_its_own_mode_only(
    world: ApiHarness, mine: str, other: str
) -> None:
    """Well signed for the other mode, a known reference is an unknown one."""
    world.backends.script("identity.verify", referred())
    customer = await world.customer(retailer=mine)
    await customer.put("contact")
    await customer.put("address")
    reference = world.backends.calls("identity.verify")[0].reference
    body = json.dumps({"reference": reference, "passed": True}).encode()
    async with world.client() as provider:
        for account, status, state in ((other, 503, "waiting_provider"), (mine, 200, "passed")):
            path = f"/v1/callbacks/{account}/main"
            answer = await provider.post(path, content=body, headers=signed(body))
            steps = {step["name"]: step for step in (await customer.read())["steps"]}
            assert (answer.status_code, steps["identity"]["state"]) == (status, state)


async def test_a_customer_of_a_test_checkout_goes_on_with_the_sandboxs_prices(
    world: ApiHarness,
) -> None:
    """Quotes, catalogue reads and a changed package by test credentials use its catalogue."""
    held = world.catalogues.held
    world.catalogues.reprice(TEST, "handset-mid", 1_000_00)
    async with world.server(TEST) as server:
        listed = (await server.get("/v1/handsets")).json()
        asked = {"package": {"handset": "handset-mid"}}
        quoted = (await server.post("/v1/quotes", json=asked)).json()
    assert listed["version"] == held[TEST].version
    assert quoted["quote"]["due_today"] == 1_000_00
    customer = await world.customer(
        retailer=TEST, package={"handset": "handset-mid", "tariff": "sim-50gb"}
    )
    changed = await customer.patch({"tariff": None})
    assert changed.json()["quote"]["due_today"] == 1_000_00


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/v1/checkouts", {"flow": "handset", "package": {"handset": "handset-mid"}}),
        ("POST", "/v1/quotes", {"package": {"handset": "handset-mid"}}),
        ("GET", "/v1/handsets", None),
        ("GET", "/v1/tariffs", None),
    ],
)
async def test_providers_without_a_sandbox_refuse_test_keys(
    world: ApiHarness, method: str, path: str, body: Any
) -> None:
    """409 `no_sandbox` names them, and nothing is sent to anybody."""
    async with world.server("orbit:test") as server:
        answer = await server.request(method, path, json=body, headers={"Idempotency-Key": "1"})
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/no-sandbox")
    assert answer.json()["providers"] == ["main"]
    assert world.backends.sent == []


async def test_an_idempotency_key_counts_once_in_each_mode(world: ApiHarness) -> None:
    """The same key by a live and by a test key makes two checkouts, and each is found again."""
    made = [(await world.create(key="same", retailer=one)).json()["id"] for one in (LIVE, TEST)]
    again = [(await world.create(key="same", retailer=one)).json()["id"] for one in (LIVE, TEST)]
    assert made == again
    assert len(set(made)) == 2


async def test_a_key_made_before_there_were_modes_is_live(world: ApiHarness) -> None:
    """`sk_<retailer>_…` goes on working, and a live key is never good as a test key."""
    known = read_key(world.keys[f"{LIVE}/secret"])
    assert known is not None
    texts = {
        f"sk_northstar_{known.id}_{known.secret}": 200,
        f"sk_live_northstar_{known.id}_{known.secret}": 200,
        f"sk_test_northstar_{known.id}_{known.secret}": 401,
        f"sk_beta_northstar_{known.id}_{known.secret}": 401,
    }
    for text, status in texts.items():
        async with world.client(text) as server:
            assert (await server.get("/v1/checkouts")).status_code == status, text


async def test_reports_count_live_checkouts_unless_asked(world: ApiHarness) -> None:
    """A live key may ask for the test counts; a test key never gets live ones."""
    await world.create(key="1", retailer=LIVE)
    for number in range(2):
        await world.create(key=f"t{number}", retailer=TEST)
    await count(world)
    seen = {}
    for live in (True, False):
        text = await world.key("northstar", "secret", ["reports"], livemode=live)
        async with world.client(text) as server:
            for asked in (None, "true", "false"):
                query = {} if asked is None else {"livemode": asked}
                answer = await server.get("/v1/reports/funnel", params=query)
                seen[live, asked] = _begun(answer)
    assert seen == {
        (True, None): (True, 1),
        (True, "true"): (True, 1),
        (True, "false"): (False, 2),
        (False, None): (False, 2),
        (False, "true"): 422,
        (False, "false"): (False, 2),
    }


def _begun(answer: httpx.Response) -> Any:
    if answer.status_code != 200:
        return answer.status_code
    body = answer.json()
    whole = next(row for row in body["items"] if row["step"] is None)
    return body["livemode"], whole["reached"]


async def test_operators_see_which_checkouts_are_tests(world: ApiHarness) -> None:
    """Lists, counts and a checkout are marked, and can be narrowed to one mode."""
    made = {}
    for account in (LIVE, TEST):
        world.backends.script("identity.verify", referred())
        customer = await world.customer(retailer=account)
        await customer.put("contact")
        await customer.put("address")
        made[account == LIVE] = customer.id
    async with world.operator() as operator:
        for query in ({}, {"livemode": "true"}, {"livemode": "false"}):
            asked = {"retailer": "northstar", **query}
            items = (await operator.get("/ops/checkouts", params=asked)).json()["items"]
            shown = {"true": [True], "false": [False]}.get(query.get("livemode", ""), [True, False])
            wanted = {made[live]: live for live in shown}
            assert {one["checkout"]: one["livemode"] for one in items} == wanted
        counts = (await operator.get("/ops/summary")).json()["counts"]
        assert {(one["retailer"], one["livemode"], one["count"]) for one in counts} == {
            ("northstar", True, 1),
            ("northstar", False, 1),
        }
        for live, checkout in made.items():
            read = (await operator.get(f"/ops/checkouts/{checkout}")).json()
            assert (read["retailer"], read["livemode"]) == ("northstar", live)


async def test_the_demos_keys_count_in_the_demo_only(world: ApiHarness) -> None:
    """One that lies in a store which was tried out is refused, and the answer says why."""
    known = StoredKey(
        id="demo-northstar",
        retailer=LIVE,
        kind="secret",
        secret_hash=hashed("demo-only-secret"),
        scopes=SCOPES,
        created_at=world.clock.now(),
    )
    await world.store.put_key(known)
    text = "sk_northstar_demo-northstar_demo-only-secret"
    async with world.client(text) as server:
        refused = await server.get("/v1/checkouts")
        assert refused.status_code == 401
        assert "demo" in refused.json()["detail"]
    world.rebuild(demo_keys={known.id: known})
    async with world.client(text) as server:
        assert (await server.get("/v1/checkouts")).status_code == 200
