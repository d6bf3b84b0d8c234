"""Webhooks over real sockets: what a receiver gets, and what each failure is called."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from typing import Any

import httpx
import pytest
from standardwebhooks import Webhook

from tests.http.world import ApiHarness
from unshackled.domain.records import replace
from unshackled.events.webhooks import HttpPost, WebhookSender
from unshackled.events.webhooks.webhook_message import PING
from unshackled.http.application import create_app
from unshackled.store.side_tables.deliveries import Reply
from unshackled.system_clock import SystemClock


@dataclass
class Shop:
    """A retailer's server on this machine: how it answers, and what it got."""

    url: str = ""
    status: int = 204
    headers: dict[str, str] = field(default_factory=dict)
    got: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)


@pytest.fixture
def shop() -> Iterator[Shop]:
    """Listening."""
    found = Shop()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            found.got.append((self.path, dict(self.headers), body))
            self.send_response(found.status)
            for name, value in found.headers.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, *args: Any) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    found.url = f"http://127.0.0.1:{server.server_port}"
    yield found
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
async def world() -> ApiHarness:
    """An API that runs on this machine, on its clock."""
    found = ApiHarness()
    await found.open()
    here = replace(found.services, public_url="http://127.0.0.1:8080", clock=SystemClock())
    found.app = create_app(here)
    return found


async def test_from_the_api_to_a_socket(world: ApiHarness, shop: Shop) -> None:
    """An endpoint that was made through the API gets its test event; the library verifies it."""
    post = HttpPost(SystemClock(), loopback=True)
    sender = WebhookSender(
        store=world.store, post=post, clock=SystemClock(), random=Random(7), owner="replica-1"
    )
    key = {"Idempotency-Key": "1"}
    async with world.client(await world.key("northstar", "secret", ["admin"])) as server:
        sent = {"url": f"{shop.url}/hooks?shop=7&lang=en"}
        made = (await server.post("/v1/retailer/webhooks", json=sent, headers=key)).json()
        where = f"/v1/retailer/webhooks/{made['id']}"
        await server.post(f"{where}/test", headers=key)
        await sender.round()
        page = (await server.get(f"{where}/deliveries")).json()
    await post.close()
    ((path, headers, body),) = shop.got
    event = Webhook(made["secret"]).verify(body, headers)
    assert (event["type"], event["data"]) == (PING, {"endpoint": made["id"]})
    assert path == "/hooks?shop=7&lang=en"
    assert {name.lower(): text for name, text in headers.items()}[
        "content-type"
    ] == "application/cloudevents+json"
    (delivery,) = page["items"]
    assert (delivery["state"], delivery["status"]) == ("delivered", 204)


async def test_urls_are_kept_byte_for_byte(world: ApiHarness, shop: Shop) -> None:
    """Order, encoding, empty and repeated parameters: stored, shown and called as written."""
    post = HttpPost(SystemClock(), loopback=True)
    sender = WebhookSender(
        store=world.store, post=post, clock=SystemClock(), random=Random(7), owner="replica-1"
    )
    targets = [
        "/a%20b//c;v=1?z=1&lang=&a=%20+%2F&embedded&z=2",
        "/h?&x==&",
        "?only=query",
        "/~a/%7Ea/:@!$'()*,?back=https://shop.example/?a=[1]",
    ]
    async with world.client(await world.key("northstar", "secret", ["admin"])) as server:
        for number, target in enumerate(targets):
            key = {"Idempotency-Key": str(number)}
            sent = {"url": shop.url + target}
            made = (await server.post("/v1/retailer/webhooks", json=sent, headers=key)).json()
            where = f"/v1/retailer/webhooks/{made['id']}"
            shown = (await server.get(where)).json()
            assert made["url"] == shown["url"] == shop.url + target
            await server.post(f"{where}/test", headers=key)
    await sender.round()
    await post.close()
    called = sorted(path for path, _, _ in shop.got)
    assert called == sorted(one if one[0] == "/" else f"/{one}" for one in targets)


@pytest.mark.parametrize(
    ("status", "headers", "wait"),
    [
        (200, {}, None),
        (302, {"Location": "/elsewhere"}, None),
        (410, {}, None),
        (503, {"Retry-After": "120"}, 120.0),
    ],
)
async def test_a_status_is_a_reply(
    shop: Shop, status: int, headers: dict[str, str], wait: float | None
) -> None:
    """Whatever a server answers comes back; a redirect is not followed."""
    shop.status, shop.headers = status, headers
    post = HttpPost(SystemClock(), loopback=True)
    reply = await post(shop.url, {}, b"{}")
    await post.close()
    assert reply == Reply(status=status, retry_after=wait)
    assert len(shop.got) == 1


async def test_nobody_listens(shop: Shop) -> None:
    """A refused connection is a kind of failure, without the address."""
    post = HttpPost(SystemClock(), loopback=True)
    reply = await post("http://127.0.0.1:1/", {}, b"{}")
    await post.close()
    assert reply.status is None
    assert reply.error
    assert "127" not in reply.error


async def test_an_inner_address_is_not_called(shop: Shop) -> None:
    """What was allowed while developing is not called in production."""
    post = HttpPost(SystemClock())
    assert await post(shop.url, {}, b"{}") == Reply(error="AddressNotAllowed")
    assert shop.got == []


async def test_few_connections_are_kept() -> None:
    """Servers that were not used for longest lose their connections."""
    called: list[str] = []

    def handle(request: httpx.Request) -> httpx.Response:
        called.append(request.url.host)
        return httpx.Response(200)

    post = HttpPost(SystemClock(), transport=httpx.MockTransport(handle))
    for number in range(300):
        assert await post(f"https://shop-{number}.example/", {}, b"") == Reply(status=200)
    await post.close()
    assert len(called) == 300
