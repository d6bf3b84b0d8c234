"""Webhook endpoints through the API: made, read, changed, rotated, tested, replayed, walled off."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Mapping
from datetime import timedelta
from random import Random
from typing import Any

import httpx
import pytest

from tests.events.webhooks.receiver import OnClock
from tests.http.world import ApiHarness
from unshackled.events.webhooks import WebhookConsumer, WebhookSender
from unshackled.events.webhooks.webhook_message import PING
from unshackled.store.side_tables.deliveries import Reply

HOOKS = "/v1/retailer/webhooks"
URL = "https://shop.northstar.example/hooks"


class Shop:
    """A retailer's server that takes everything."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []

    async def __call__(self, url: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """Take one."""
        self.got.append((dict(headers), body))
        return Reply(status=200)

    async def close(self) -> None:
        """Nothing is open."""


async def a_server(world: ApiHarness, retailer: str = "northstar") -> httpx.AsyncClient:
    """The retailer's server, which may administer."""
    return world.client(await world.key(retailer, "secret", ["admin", "checkouts:write"]))


async def made(server: httpx.AsyncClient, key: str = "1", **body: Any) -> dict[str, Any]:
    """A new endpoint as answered."""
    sent = {"url": URL, **body}
    answer = await server.post(HOOKS, json=sent, headers={"Idempotency-Key": key})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    assert answer.headers["Location"] == f"{HOOKS}/{found['id']}"
    return found


def a_sender(world: ApiHarness, shop: Shop) -> WebhookSender:
    return WebhookSender(
        store=world.store, post=shop, clock=world.clock, random=Random(7), owner="replica-1"
    )


async def test_the_secret_is_shown_once(world: ApiHarness) -> None:
    """At creation; not when read, listed or changed, nor when the request comes again."""
    async with await a_server(world) as server:
        endpoint = await made(server)
        assert endpoint["secret"].startswith("whsec_")
        where = f"{HOOKS}/{endpoint['id']}"
        again = await made(server)
        assert (again["id"], again["secret"]) == (endpoint["id"], None)
        texts = [
            (await server.get(where)).text,
            (await server.get(HOOKS)).text,
            (await server.patch(where, json={"description": "ours"})).text,
        ]
        assert not any("whsec_" in text for text in texts)


async def test_the_same_key_for_another_wish(world: ApiHarness) -> None:
    """Another body under a used key is 409."""
    async with await a_server(world) as server:
        await made(server)
        sent = {"url": URL, "types": ["step.*"]}
        answer = await server.post(HOOKS, json=sent, headers={"Idempotency-Key": "1"})
        assert answer.json()["type"] == "/problems/idempotency-key-reused"


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"url": "http://shop.example/"}, "url"),
        ({"url": "https://127.0.0.1/hooks"}, "url"),
        ({"url": "http://localhost:9000/"}, "url"),
        ({"url": "https://169.254.169.254/latest"}, "url"),
        ({"url": "https://ann:secret@shop.example/"}, "url"),
        ({"url": URL, "types": ["checkout.finished"]}, "types[0]"),
        ({"url": URL, "secret": "mine"}, "secret"),
        ({}, "url"),
    ],
)
async def test_wrong_fields_are_named(world: ApiHarness, body: dict[str, Any], path: str) -> None:
    """An address inside, an unknown type, an unknown or missing field: 422 with its path."""
    async with await a_server(world) as server:
        answer = await server.post(HOOKS, json=body, headers={"Idempotency-Key": "1"})
        assert answer.status_code == 422
        assert [one["path"] for one in answer.json()["errors"]] == [path]


async def test_there_is_an_end_to_endpoints(world: ApiHarness) -> None:
    """The twenty-first endpoint is refused."""
    async with await a_server(world) as server:
        for number in range(20):
            await made(server, key=str(number))
        answer = await server.post(HOOKS, json={"url": URL}, headers={"Idempotency-Key": "x"})
        assert answer.json()["errors"][0]["code"] == "too_many"


async def test_the_end_holds_when_all_come_at_once(world: ApiHarness) -> None:
    """Thirty at the same time: twenty are made, the others refused; one asked for twice counts."""
    async with await a_server(world) as server:

        def asking(number: int) -> Awaitable[httpx.Response]:
            key = {"Idempotency-Key": str(number % 25)}
            return server.post(HOOKS, json={"url": URL}, headers=key)

        answers = await asyncio.gather(*(asking(number) for number in range(30)))
        assert {answer.status_code for answer in answers} == {201, 422}
        assert len((await server.get(f"{HOOKS}?limit=100")).json()["items"]) == 20
        again = await asking(0)
        assert again.status_code == answers[0].status_code


async def test_secrets_are_replaced_four_times_a_day(world: ApiHarness) -> None:
    """The fifth time is a 409 that says when again; no secret stops signing before its day."""
    async with await a_server(world) as server:
        where = f"{HOOKS}/{(await made(server))['id']}"
        for _ in range(4):
            assert (await server.post(f"{where}/rotate")).status_code == 200
            await world.clock.advance(timedelta(hours=1))
        refused = await server.post(f"{where}/rotate")
        assert (refused.status_code, refused.json()["type"]) == (409, "/problems/conflict")
        wait = int(refused.headers["Retry-After"])
        await world.clock.advance(timedelta(seconds=wait))
        assert (await server.post(f"{where}/rotate")).status_code == 200


async def test_lists_go_by_cursor(world: ApiHarness) -> None:
    """Every endpoint once, the oldest first, page by page; a made-up cursor is 422."""
    async with await a_server(world) as server:
        ids = []
        for number in range(5):
            ids.append((await made(server, key=str(number)))["id"])
            await world.clock.advance(timedelta(seconds=1))
        found: list[str] = []
        query = "?limit=2"
        while query:
            page = (await server.get(f"{HOOKS}{query}")).json()
            found += [one["id"] for one in page["items"]]
            query = f"?limit=2&cursor={page['next_cursor']}" if page["next_cursor"] else ""
        assert found == ids
        assert (await server.get(f"{HOOKS}?cursor=made-up")).status_code == 422


async def test_another_retailer_sees_nothing(world: ApiHarness) -> None:
    """With orbit's key, northstar's endpoint and a missing one answer the same, on every route."""
    async with await a_server(world) as server, await a_server(world, "orbit") as other:
        endpoint = (await made(server))["id"]
        days = {"since": "2026-11-22T00:00:00Z", "until": "2026-11-23T00:00:00Z"}
        asks: list[tuple[str, str, Any]] = [
            ("GET", "", None),
            ("PATCH", "", {"state": "disabled"}),
            ("DELETE", "", None),
            ("POST", "/rotate", None),
            ("GET", "/deliveries", None),
            ("POST", "/replay", days),
            ("POST", "/test", None),
        ]
        for method, more, body in asks:
            answers = [
                await other.request(
                    method, f"{HOOKS}/{name}{more}", json=body, headers={"Idempotency-Key": "1"}
                )
                for name in (endpoint, "we_missing")
            ]
            documents = [answer.json() | {"instance": ""} for answer in answers]
            assert [answer.status_code for answer in answers] == [404, 404], more
            assert documents[0] == documents[1]
        assert (await other.get(HOOKS)).json()["items"] == []
        assert (await server.get(f"{HOOKS}/{endpoint}")).json()["state"] == "enabled"


async def test_from_checkout_to_shop(world: ApiHarness) -> None:
    """A checkout's events reach the shop, verified by the public library; replay sends them again.

    The test event comes whatever types are wanted.
    """
    shop = Shop()
    sender = a_sender(world, shop)
    async with await a_server(world) as server:
        endpoint = await made(server, types=["checkout.*"])
        where = f"{HOOKS}/{endpoint['id']}"
        await world.customer()
        consumer = WebhookConsumer(world.store.tables, world.clock)
        for row in (await world.store.feed(after=None, limit=100)).rows:
            await consumer.take(row)
        ping = await server.post(f"{where}/test", headers={"Idempotency-Key": "t"})
        assert ping.status_code == 202
        await sender.round()
        library = OnClock(endpoint["secret"], world.clock)
        types = {library.verify(body, headers)["type"] for headers, body in shop.got}
        assert types == {"checkout.created.v1", PING}
        sent = [headers["webhook-id"] for headers, _ in shop.got]
        days = {"since": "2000-01-01T00:00:00Z", "until": "2100-01-01T00:00:00+01:00"}
        queued = (await server.post(f"{where}/replay", json=days)).json()["queued"]
        assert queued == len(sent)
        await sender.round()
        assert sorted(headers["webhook-id"] for headers, _ in shop.got) == sorted(sent * 2)
        page = (await server.get(f"{where}/deliveries?state=delivered")).json()
        assert {one["event"] for one in page["items"]} == set(sent)
        backwards = {"since": days["until"], "until": days["since"]}
        assert (await server.post(f"{where}/replay", json=backwards)).status_code == 422


async def test_rotation_keeps_every_old_secret_for_a_day(world: ApiHarness) -> None:
    """After two rotations all three secrets sign; a day later only the newest."""
    shop = Shop()
    sender = a_sender(world, shop)
    async with await a_server(world) as server:
        endpoint = await made(server)
        where = f"{HOOKS}/{endpoint['id']}"
        secrets = [endpoint["secret"]]
        rotated = [await server.post(f"{where}/rotate") for _ in range(2)]
        secrets += [answer.json()["secret"] for answer in rotated]
        assert len(set(secrets)) == 3
        await server.post(f"{where}/test", headers={"Idempotency-Key": "1"})
        await sender.round()
        await world.clock.advance(timedelta(hours=24))
        await server.post(f"{where}/test", headers={"Idempotency-Key": "2"})
        await sender.round()
        signatures = [len(headers["webhook-signature"].split()) for headers, _ in shop.got]
        assert signatures == [3, 1]


async def test_disabled_and_enabled_again(world: ApiHarness) -> None:
    """A disabled endpoint gets nothing; what came meanwhile is skipped until it is replayed."""
    shop = Shop()
    sender = a_sender(world, shop)
    async with await a_server(world) as server:
        endpoint = await made(server)
        where = f"{HOOKS}/{endpoint['id']}"
        off = (await server.patch(where, json={"state": "disabled"})).json()
        assert (off["state"], off["why"]) == ("disabled", "asked")
        ping = await server.post(f"{where}/test", headers={"Idempotency-Key": "1"})
        assert ping.json()["state"] == "skipped"
        await sender.round()
        on = (await server.patch(where, json={"state": "enabled"})).json()
        assert (on["state"], on["why"]) == ("enabled", None)
        await sender.round()
        assert shop.got == []
        days = {"since": "2000-01-01T00:00:00Z", "until": "2100-01-01T00:00:00Z"}
        await server.post(f"{where}/replay", json={**days, "states": ["skipped"]})
        await sender.round()
        assert len(shop.got) == 1


async def test_deleted_for_good(world: ApiHarness) -> None:
    """A deleted endpoint is gone, and its deliveries are."""
    async with await a_server(world) as server:
        endpoint = (await made(server))["id"]
        await server.post(f"{HOOKS}/{endpoint}/test", headers={"Idempotency-Key": "1"})
        assert (await server.delete(f"{HOOKS}/{endpoint}")).status_code == 204
        assert (await server.get(f"{HOOKS}/{endpoint}")).status_code == 404
        page = await world.store.tables.deliveries.page(endpoint, after=None, limit=10)
        assert page.deliveries == []


async def test_endpoints_of_each_mode_get_events_of_that_mode(world: ApiHarness) -> None:
    """A test key neither sees nor changes live endpoints, and the other way round."""
    servers = {}
    for live in (True, False):
        scopes = ["admin", "checkouts:write", "checkouts:read"]
        servers[live] = world.client(await world.key("northstar", "secret", scopes, livemode=live))
    hooks = {live: await made(server) for live, server in servers.items()}
    checkouts = {
        live: (await world.create(key="1", retailer=account)).json()["id"]
        for live, account in ((True, "northstar"), (False, "northstar:test"))
    }
    await WebhookConsumer(world.store.tables, world.clock).take_all(
        (await world.store.feed(after=None, limit=100)).rows
    )
    for live, server in servers.items():
        mine, other = hooks[live]["id"], hooks[not live]["id"]
        assert hooks[live]["livemode"] is live
        assert [one["id"] for one in (await server.get(HOOKS)).json()["items"]] == [mine]
        assert (await server.get(f"{HOOKS}/{other}")).status_code == 404
        assert (await server.delete(f"{HOOKS}/{other}")).status_code == 404
        sent = (await server.get(f"{HOOKS}/{mine}/deliveries")).json()["items"]
        assert {one["checkout"] for one in sent} == {checkouts[live]}
        assert {one["payload"]["livemode"] for one in sent} == {live}
