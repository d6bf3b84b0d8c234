"""What a customer takes back to the shop: signed, and checked as the documentation has it.

Each result is checked by the code of docs/api.md, with nothing but the published keys.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from contextlib import aclosing
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OctKey

from tests.http.checkouts.test_canary import contents
from tests.http.checkouts.test_event_streams import context, next_event
from tests.http.world import PUBLIC_URL, ApiHarness, Customer
from unshackled.domain.records import replace
from unshackled.encryption.master_keys import master_keys, new_master_key
from unshackled.encryption.secret_key import SecretKey
from unshackled.flow.engine import commands as c
from unshackled.http.auth.credentials import Caller
from unshackled.http.checkouts.event_streams import events
from unshackled.store.key_rotation import KeyRotation
from unshackled.store.signing_keys import LEAD, SigningKey, SigningKeys, signer_of
from unshackled.store.sqlite import SqliteStore
from unshackled.testing.samples import NOW
from unshackled.testing.virtual_clock import VirtualClock

Json = Any
DONE = "https://shop.northstar.example/done"
MINUTE = timedelta(minutes=1)


def documented() -> Callable[..., Json]:
    """`verified` of docs/api.md."""
    text = (Path(__file__).parents[3] / "docs/api.md").read_text(encoding="utf-8")
    (code,) = (one for one in re.findall(r"```python\n(.*?)```", text, re.DOTALL) if "jwt" in one)
    known: dict[str, Any] = {}
    exec(code, known)  # noqa: S102 - our own documentation
    found: Callable[..., Json] = known["verified"]
    return found


async def published(world: ApiHarness) -> Json:
    """What a shop's server reads."""
    async with world.client() as shop:
        answer = await shop.get("/.well-known/jwks.json")
    assert answer.headers["Content-Type"] == "application/jwk-set+json"
    return answer.json()


async def verified(world: ApiHarness, result: str) -> Json:
    """The claims, as the shop's server has them."""
    now = int(world.clock.now().timestamp())
    return documented()(result, await published(world), now)


def result_in(url: str) -> str:
    """The result that a browser brings."""
    return parse_qs(urlsplit(url).query)["result"][0]


async def bought(world: ApiHarness, **body: Any) -> Customer:
    """A customer with an order."""
    customer = await world.customer(**body)
    await customer.fill()
    assert (await customer.complete()).json()["status"] == "completed"
    return customer


async def test_an_order_goes_back_signed(world: ApiHarness) -> None:
    """The claims are the facts of the checkout, and of the event that the webhook sends."""
    customer = await bought(world)
    body = await customer.read()
    assert body["result"]["url"].startswith(f"{DONE}?checkout={customer.id}&result=")
    claims = await verified(world, result_in(body["result"]["url"]))
    at = int(world.clock.now().timestamp())
    assert claims.pop("jti")
    assert claims == {
        "iss": PUBLIC_URL,
        "aud": "https://shop.northstar.example",
        "sub": customer.id,
        "status": "completed",
        "canceled_by": None,
        "order": body["order"]["number"],
        "retailer": "northstar",
        "livemode": True,
        "iat": at,
        "exp": at + 600,
    }
    told = (await world.store.feed(after=None, limit=1_000)).rows
    (event,) = (one for one in told if one.type == "checkout.completed.v1")
    assert event.checkout == claims["sub"]


@pytest.mark.parametrize("by", ["customer", "retailer", "clock"])
async def test_an_end_without_an_order_goes_back_too(world: ApiHarness, by: str) -> None:
    """Whoever ended it is told as the event tells it; there is no order."""
    customer = await world.customer()
    if by == "clock":
        await world.clock.advance(timedelta(hours=25))
        await world.engine.command(customer.id, c.Tick())
    elif by == "retailer":
        async with world.server() as server:
            key = {"Idempotency-Key": "end"}
            await server.post(f"{customer.href}/cancel", json={}, headers=key)
    else:
        answered = await customer.cancel()
        assert answered.json()["result"]["url"].startswith(DONE)
    body = await customer.read()
    claims = await verified(world, result_in(body["result"]["url"]))
    told = (await world.store.feed(after=None, limit=1_000)).rows
    (event,) = (one for one in told if one.type == "checkout.canceled.v1")
    assert (claims["status"], claims["order"]) == ("canceled", None)
    assert (claims["canceled_by"], event.data["by"], event.checkout) == (by, by, claims["sub"])


async def test_only_the_customer_of_an_ended_checkout_has_one(world: ApiHarness) -> None:
    """Neither an open checkout nor a server's answer has a result."""
    customer = await world.customer()
    assert (await customer.read())["result"] is None
    await customer.cancel()
    async with world.server() as server:
        assert (await server.get(customer.href)).json()["result"] is None
    async with world.operator() as operator:
        assert "result=" not in (await operator.get(f"/ops{customer.href[3:]}")).text


async def test_a_result_is_new_in_each_read(world: ApiHarness) -> None:
    """Also where the caller knows the version: what they have may be over."""
    customer = await world.customer()
    await customer.cancel()
    first = await customer.client.get(customer.href)
    known = {"If-None-Match": first.headers["ETag"]}
    second = await customer.client.get(customer.href, headers=known)
    assert second.status_code == 200
    results = [result_in(answer.json()["result"]["url"]) for answer in (first, second)]
    ids = [(await verified(world, result))["jti"] for result in results]
    assert ids[0] != ids[1]


async def test_the_stream_ends_with_it(world: ApiHarness) -> None:
    """The last event of a customer's stream has the way back."""
    customer = await world.customer()
    await customer.cancel()
    caller = Caller(kind="customer", id=customer.id, retailer="northstar")
    async with aclosing(events(context(world).seen_by(caller), customer.id, -1)) as stream:
        _, body = await next_event(stream)
    assert (await verified(world, result_in(body["result"]["url"])))["sub"] == customer.id


async def test_the_query_of_the_shop_stays_as_it_was(world: ApiHarness) -> None:
    """Ours is appended as text."""
    customer = await world.customer(return_url=f"{DONE}?a=%20b&c=+d&e&result=theirs")
    await customer.cancel()
    url = (await customer.read())["result"]["url"]
    assert url.startswith(f"{DONE}?a=%20b&c=+d&e&result=theirs&checkout={customer.id}&result=ey")


async def test_a_page_that_is_registered_no_more_gets_no_result(world: ApiHarness) -> None:
    """The customer goes to the retailer's first page then, or has none to go to."""
    customer = await world.customer(return_url=f"{DONE}?basket=77")
    await customer.cancel()
    retailers = dict(world.book.retailers)
    for pages, expected in ((("https://new.example/done",), "https://new.example/done?"), ((), "")):
        retailers["northstar"] = replace(retailers["northstar"], return_urls=pages)
        world.rebuild(book=replace(world.book, retailers=retailers))
        async with world.client(customer.made["customer_token"]) as client:
            body = (await client.get(customer.href)).json()
        result = body["result"] or {"url": ""}
        assert result["url"].startswith(expected)
        assert bool(result["url"]) == bool(expected)


def encoded(value: Json) -> str:
    """JSON as a part of a JWS."""
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def decoded(part: str) -> Json:
    """The JSON of a part of a JWS."""
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def forgeries(result: str, keys: Json) -> dict[str, str]:
    """What an attacker makes of a result with the published keys, and without the private one."""
    head, body, signature = result.split(".")
    header, claims = decoded(head), decoded(body)
    changed = {**claims, "status": "completed", "order": "W666"}
    own = ECKey.generate_key("P-256", {"kid": header["kid"]})
    with_secret = OctKey.import_key(json.dumps(keys["keys"][0]))
    return {
        "changed": f"{head}.{encoded(changed)}.{signature}",
        "other header": f"{encoded({**header, 'x': 1})}.{body}.{signature}",
        "no algorithm": f"{encoded({'alg': 'none', 'kid': header['kid']})}.{encoded(changed)}.",
        "no signature": f"{head}.{body}.",
        "own key": jwt.encode({**header, "alg": "ES256"}, changed, own),
        "own key in the header": jws.serialize_compact(
            {"alg": "ES256", "jwk": own.as_dict(private=False)}, json.dumps(changed), own
        ),
        "public key as a secret": jwt.encode(
            {"alg": "HS256", "kid": header["kid"]}, changed, with_secret, algorithms=["HS256"]
        ),
        "cut": result[:-2],
        "nothing": "",
    }


async def test_a_forged_result_is_refused(world: ApiHarness) -> None:
    """By the documented check, whatever was changed; the true one passes it."""
    customer = await world.customer()
    await customer.cancel()
    result = result_in((await customer.read())["result"]["url"])
    keys, now = await published(world), int(world.clock.now().timestamp())
    assert documented()(result, keys, now)["status"] == "canceled"
    for name, forged in forgeries(result, keys).items():
        with pytest.raises((JoseError, ValueError)):
            pytest.fail(f"{name}: {documented()(forged, keys, now)}")


async def test_a_result_of_another_shop_or_another_time_is_refused(world: ApiHarness) -> None:
    """The audience is one origin, and after ten minutes it is over."""
    customer = await world.customer()
    await customer.cancel()
    result = result_in((await customer.read())["result"]["url"])
    await world.clock.advance(timedelta(minutes=10, seconds=1))
    with pytest.raises(JoseError, match="expired"):
        await verified(world, result)
    retailers = dict(world.book.retailers)
    retailers["orbit"] = replace(retailers["orbit"], return_urls=("https://orbit.example/done",))
    world.rebuild(book=replace(world.book, retailers=retailers))
    other = await world.customer(retailer="orbit", key="2")
    await other.cancel()
    with pytest.raises(JoseError, match="aud"):
        await verified(world, result_in((await other.read())["result"]["url"]))


async def test_a_renewed_key_is_published_before_it_signs(world: ApiHarness) -> None:
    """Two count at a time, so what the one before signed is checked until it is over."""
    customer = await world.customer()
    await customer.cancel()

    async def signed_by() -> tuple[str, str]:
        result = result_in((await customer.read())["result"]["url"])
        return decoded(result.partition(".")[0])["kid"], result

    async def ids() -> list[str]:
        return [key["kid"] for key in (await published(world))["keys"]]

    first, _ = await signed_by()
    stored = SigningKeys(world.store.key_ring, world.store.tables.retailer_keys)
    second = (await stored.renew(world.clock.now())).id
    await world.clock.advance(MINUTE)
    assert (await ids(), (await signed_by())[0]) == ([second, first], first)
    await world.clock.advance(LEAD - 2 * MINUTE)
    before = await signed_by()
    await world.clock.advance(MINUTE)
    assert (before[0], (await signed_by())[0]) == (first, second)
    assert (await verified(world, before[1]))["sub"] == customer.id
    third = (await stored.renew(world.clock.now())).id
    await world.clock.advance(MINUTE)
    assert (await ids(), (await signed_by())[0]) == ([third, second], second)


def test_who_signs_is_known_to_everybody_or_is_the_oldest() -> None:
    """After two renewals at once, of a key that was stolen, the stolen one signs nothing."""
    new, newer = (
        SigningKey(secret=SecretKey(f"{number:016x}", bytes(32)), created_at=NOW + number * MINUTE)
        for number in (1, 2)
    )
    assert signer_of([newer, new], NOW + 3 * MINUTE) == new
    assert signer_of([newer, new], NOW + LEAD + MINUTE) == new
    assert signer_of([newer, new], NOW + LEAD + 2 * MINUTE) == newer
    assert signer_of([new], NOW) == new


async def test_nothing_private_is_published_or_stored(tmp_path: Path) -> None:
    """Replicas and restarts have one key, also under another master key; files have it wrapped."""
    old, new = new_master_key(), new_master_key()
    clock, path = VirtualClock(), tmp_path / "data.db"
    found = []
    for masters in (old, f"{new},{old}", new):
        store = SqliteStore(path, keys=master_keys(masters))
        world = ApiHarness(store=store, clock=clock)
        await store.open()
        keys = (await published(world))["keys"]
        found.append(keys)
        secret = (await SigningKeys(store.key_ring, store.tables.retailer_keys).counting(NOW))[0]
        await KeyRotation(store, clock).run()
        await world.engine.close()
        await store.close()
        raw = b"".join(contents(tmp_path).values())
        assert secret.secret.value not in raw
        assert base64.b64encode(secret.secret.value) not in raw
    assert found[0] == found[1] == found[2]
    assert len(found[0]) == 1
    assert set(found[0][0]) == {"kid", "kty", "crv", "x", "y", "use", "alg"}
