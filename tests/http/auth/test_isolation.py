"""The walls: no route lets anybody at what is somebody else's."""

from collections import defaultdict
from datetime import timedelta
from typing import Any

import httpx
import pytest

from tests.http.world import ON_ITS_LOOP, PUBLIC_URL, ApiHarness
from unshackled.domain.records import replace
from unshackled.http.application import create_app
from unshackled.http.auth.credentials import SCOPES, read_key
from unshackled.http.docs.api_documents import served
from unshackled.http.problem_types import PROBLEMS

DOCUMENT = served()
ROUTES = [
    (method.upper(), path, operation)
    for path, item in DOCUMENT["paths"].items()
    for method, operation in item.items()
]
OWNED = [(m, p) for m, p, op in ROUTES if "{checkout}" in p and op["security"]]
GUARDED = [(m, p, op) for m, p, op in ROUTES if op["security"]]
BODIES: dict[str, Any] = {
    "/v1/checkouts/{checkout}": {"package": {"tariff": None}},
    "/v1/checkouts/{checkout}/complete": {"quote_id": "quo_00000000000000000000000009"},
    "/v1/checkouts/{checkout}/cancel": {"reason": "canceled"},
    "/ops/checkouts/{checkout}/steps/{step}/resolve": {"verdict": "passed", "reason": "because"},
}
SCHEMES = {
    "northstar/secret": "secretKey",
    "northstar/publishable": "publishableKey",
    "customer": "customerToken",
    "operator": "operatorKey",
}


async def ask(
    client: httpx.AsyncClient, method: str, path: str, checkout: str, **headers: str
) -> httpx.Response:
    known = {"checkout": checkout, "step": "contact", "token": "ho_x"}
    where = path.format_map(defaultdict(lambda: "x", known))
    return await client.request(
        method,
        where,
        params={"retailer": "northstar"} if path == "/ops/checkouts" else None,
        json=BODIES.get(path, {}) if method != "GET" else None,
        headers={"Idempotency-Key": "wall", **headers},
    )


@ON_ITS_LOOP
@pytest.mark.parametrize(("method", "path"), OWNED)
async def test_another_retailer_cannot_tell_whether_a_checkout_exists(
    shared: ApiHarness, method: str, path: str
) -> None:
    """With orbit's key, northstar's checkout and a missing one answer the same."""
    customer = await shared.another()
    async with shared.server("orbit") as other:
        foreign = await ask(other, method, path, customer.id)
        missing = await ask(other, method, path, "chk_missing")
    assert foreign.status_code in (403, 404)
    assert foreign.json() | {"instance": ""} == missing.json() | {"instance": ""}
    assert (await customer.read())["version"] == customer.made["version"]


@ON_ITS_LOOP
@pytest.mark.parametrize(("method", "path"), OWNED)
async def test_a_customer_reaches_one_checkout(shared: ApiHarness, method: str, path: str) -> None:
    """A token of one checkout is worth nothing at another, of the same retailer or not."""
    mine = await shared.another()
    others = [
        await shared.another(),
        await shared.another(retailer="orbit"),
    ]
    for other in others:
        foreign = await ask(mine.client, method, path, other.id)
        missing = await ask(mine.client, method, path, "chk_missing")
        assert foreign.status_code in (403, 404)
        assert foreign.json() | {"instance": ""} == missing.json() | {"instance": ""}
        assert (await other.read())["version"] == other.made["version"]


@ON_ITS_LOOP
@pytest.mark.parametrize(("method", "path", "operation"), GUARDED)
async def test_nobody_gets_in_without_credentials(
    shared: ApiHarness, method: str, path: str, operation: Any
) -> None:
    """No credentials and wrong ones are 401 with a challenge, on every guarded route."""
    customer = await shared.another()
    key = shared.keys["northstar/secret"]
    keys = ("sk_northstar_0_0", f"{key}0", key.replace("sk_", "pk_"), "x" * 999)
    wrong = (*keys, "ct_0", "op_alice_0", "op_bob_")
    async with shared.client() as nobody:
        answers = [await ask(nobody, method, path, customer.id)]
        for text in wrong:
            headers = {"Authorization": f"Bearer {text}"}
            answers.append(await ask(nobody, method, path, customer.id, **headers))
        answers.append(await ask(nobody, method, path, customer.id, Authorization="Basic YTpi"))
    assert {answer.status_code for answer in answers} == {401}
    assert all("WWW-Authenticate" in answer.headers for answer in answers)


@ON_ITS_LOOP
@pytest.mark.parametrize(("method", "path", "operation"), GUARDED)
async def test_each_route_takes_the_kinds_it_documents_and_no_other(
    shared: ApiHarness, method: str, path: str, operation: Any
) -> None:
    """A valid credential of a kind that a route does not name is 403."""
    customer = await shared.another()
    named = {name for scheme in operation["security"] for name in scheme}
    origin = {"Origin": "https://shop.northstar.example"}
    texts = {
        **{key: shared.keys[key] for key in ("northstar/secret", "northstar/publishable")},
        "customer": customer.made["customer_token"],
        "operator": "op_alice_wonder",
    }
    for kind, text in texts.items():
        if SCHEMES[kind] in named:
            continue
        async with shared.client(text) as client:
            answer = await ask(client, method, path, customer.id, **origin)
        assert answer.json()["type"] == PROBLEMS["credentials_of_wrong_kind"].uri, (kind, path)
        assert answer.json()["allowed"]


@pytest.mark.parametrize(
    ("method", "path"),
    [(m, p) for m, p, op in GUARDED if {"secretKey": []} in op["security"]],
)
async def test_a_key_without_scopes_can_do_nothing(
    world: ApiHarness, method: str, path: str
) -> None:
    """Each route of a retailer's server names the scope that the key lacks."""
    customer = await world.customer()
    text = await world.key("northstar", "secret", [])
    async with world.client(text) as client:
        answer = await ask(client, method, path, customer.id)
    assert answer.json()["type"] == PROBLEMS["scope_missing"].uri
    assert set(answer.json()["allowed"]) <= set(SCOPES)


async def test_lists_hold_only_own_checkouts(world: ApiHarness) -> None:
    """Neither a list nor a cursor of another retailer shows what is not one's own."""
    for number in range(3):
        await world.create(key=str(number))
    async with world.server() as server, world.server("orbit") as other:
        cursor = (await server.get("/v1/checkouts?limit=1")).json()["next_cursor"]
        for query in ("", f"?cursor={cursor}"):
            assert (await other.get(f"/v1/checkouts{query}")).json()["items"] == []


async def test_a_revoked_key_stops_counting(world: ApiHarness) -> None:
    """Where it was revoked it ends at once; a customer's token is not asked for again."""
    text = world.keys["northstar/secret"]
    async with world.server() as server:
        assert (await server.get("/v1/checkouts")).status_code == 200
        known = read_key(text)
        assert known is not None
        stored = await world.store.key(known.id)
        assert stored is not None
        await world.store.put_key(replace(stored, revoked_at=world.clock.now()))
        assert (await server.get("/v1/checkouts")).status_code == 401


async def test_replicas_learn_of_a_revoked_key(world: ApiHarness) -> None:
    """A replica that remembers checked keys, as on PostgreSQL, does so for 5 seconds."""
    replica = replace(world.services, keys_for=timedelta(seconds=5))
    world.app = create_app(replica)
    known = read_key(world.keys["northstar/secret"])
    assert known is not None
    async with world.server() as server:
        assert (await server.get("/v1/checkouts")).status_code == 200
        stored = await world.store.key(known.id)
        assert stored is not None
        await world.store.put_key(replace(stored, revoked_at=world.clock.now()))
        await world.clock.advance(timedelta(seconds=4))
        assert (await server.get("/v1/checkouts")).status_code == 200
        await world.clock.advance(timedelta(seconds=1.1))
        assert (await server.get("/v1/checkouts")).status_code == 401


async def test_only_hashes_are_stored(world: ApiHarness) -> None:
    """Neither the text of a key nor that of a token is anywhere in the store."""
    customer = await world.customer()
    kept = repr(vars(world.store))
    secrets = [text.rpartition("_")[2] for text in world.keys.values()]
    tokens = [customer.made["customer_token"], customer.made["handoff"]["secret"]]
    assert not any(secret in kept for secret in [*secrets, *tokens])


async def test_a_publishable_key_counts_only_from_its_origins(world: ApiHarness) -> None:
    """Without an Origin, or from a strange one, it is refused."""
    text = world.keys["northstar/publishable"]
    for headers in ({}, {"Origin": "https://evil.example"}, {"Origin": "https://orbit.example"}):
        async with world.client(text, **headers) as client:
            answer = await client.get("/v1/handsets")
        assert answer.json()["type"] == PROBLEMS["origin_not_allowed"].uri


async def test_a_customer_token_counts_only_on_pages_of_its_retailer(world: ApiHarness) -> None:
    """A page of another retailer cannot use it; the retailer's own and ours can."""
    customer = await world.customer()
    token = customer.made["customer_token"]
    origins = ("https://shop.northstar.example", PUBLIC_URL, "https://orbit.example")
    found = []
    for origin in origins:
        async with world.client(token, Origin=origin) as client:
            found.append((await client.get(customer.href)).status_code)
    assert found == [200, 200, 403]


async def test_a_token_ends(world: ApiHarness) -> None:
    """After its lifetime a customer's token is refused, even if it was checked a moment ago."""
    customer = await world.customer()
    assert (await customer.client.get(customer.href)).status_code == 200
    await world.clock.advance(timedelta(days=31))
    assert (await customer.client.get(customer.href)).status_code == 401
