"""What a shop reads of a completed checkout: number, eSIM code, order number, and whose it is."""

from typing import Any

import httpx
import orjson

from tests.http.world import ApiHarness, Customer
from unshackled.domain.codec import encode
from unshackled.ports.delivery import DeliverySlot
from unshackled.ports.outcome import Passed
from unshackled.ports.sim import SimActivated
from unshackled.testing.samples import sample

LINE = SimActivated(
    subscription="sub-1", msisdn="+447700900456", activation_code="LPA:1$smdp.example$ABC-123"
)
SECRETS = tuple(one for one in (LINE.msisdn, LINE.activation_code) if one)


async def begun(world: ApiHarness, **body: Any) -> Customer:
    """A customer whose line will get this number."""
    world.backends.script("sim.activate", Passed(output=LINE))
    return await world.customer(customer_ref="c-7", **body)


async def completed(world: ApiHarness, **body: Any) -> Customer:
    """A customer whose order is placed and whose line is live."""
    customer = await begun(world, **body)
    await customer.fill()
    done = await customer.complete()
    assert done.json()["status"] == "completed", done.text
    return customer


async def test_a_completed_checkout_says_number_esim_code_and_slot(world: ApiHarness) -> None:
    """The outputs of its passed steps by their type, for the customer and the retailer's server."""
    customer = await completed(world)
    line, slot = encode(LINE), encode(sample(DeliverySlot))
    async with world.server() as server:
        answers = [await customer.client.get(customer.href), await server.get(customer.href)]
    for body in (answer.json() for answer in answers):
        assert body["customer_ref"] == "c-7"
        assert body["order"]["number"].startswith("ORD-SAMPLE")
        found = body["fulfilment"]
        assert found["lines"] == [line]
        assert [one["slot"] for one in found["deliveries"]] == [slot["id"]]
        assert len(found["credit_agreements"]) == 1
        assert (found["trade_ins"], found["mandates"]) == ([], [])


async def test_every_answer_to_the_customer_says_it(world: ApiHarness) -> None:
    """The answer to `complete`, its replay and the stream are the same resource."""
    customer = await begun(world)
    await customer.fill()
    quote = (await customer.read())["quote"]["id"]
    key = {"Idempotency-Key": "yes"}
    answers = [await customer.complete(quote, **key) for _ in range(2)]
    for body in (answer.json() for answer in answers):
        assert body["fulfilment"]["lines"], body
        assert body["customer_ref"] == "c-7"
    async with customer.client.stream("GET", f"{customer.href}/stream") as stream:
        text = (await stream.aread()).decode()
    assert all(secret in text for secret in SECRETS)


async def test_nothing_is_fulfilled_before_the_order(world: ApiHarness) -> None:
    """A slot that was picked is no delivery yet."""
    customer = await world.customer(customer_ref="c-7")
    ready = await customer.fill()
    assert (ready["order"], ready["fulfilment"]) == (None, None)
    assert ready["customer_ref"] == "c-7"


async def test_a_key_that_may_not_read_is_told_nothing_of_it(world: ApiHarness) -> None:
    """A secret key with the scope to write alone, and an operator, see neither number nor code."""
    customer = await completed(world)
    writer = await world.key("northstar", "secret", ["checkouts:write"])
    async with world.client(writer) as server:
        sent = {"reason": "changed_mind"}
        late = await server.post(
            f"{customer.href}/cancel", json=sent, headers={"Idempotency-Key": "no"}
        )
        body = {"flow": "handset-on-credit", "package": {"tariff": "sim-50gb"}}
        more = {**body, "customer_ref": "c-7"}
        made = await server.post("/v1/checkouts", json=more, headers={"Idempotency-Key": "new"})
    assert late.status_code == 409
    assert made.status_code == 201
    for answer in (late, made):
        assert not any(secret in answer.text for secret in SECRETS)
    assert (made.json()["customer_ref"], made.json()["fulfilment"]) == (None, None)


async def test_a_list_says_whose_each_is_and_its_order(world: ApiHarness) -> None:
    """A row has the retailer's own customer number and the order's, as the resource has them."""
    customer = await completed(world)
    await world.create(key="other")
    async with world.server() as server:
        items = (await server.get("/v1/checkouts")).json()["items"]
    rows = {one["id"]: one for one in items}
    mine = await customer.read()
    assert (rows[customer.id]["customer_ref"], rows[customer.id]["order"]) == ("c-7", mine["order"])
    (other,) = (one for one in items if one["id"] != customer.id)
    assert (other["customer_ref"], other["order"]) == (None, None)


async def test_nothing_of_it_is_in_an_event(world: ApiHarness) -> None:
    """Number, code and customer number stay out of the event log."""
    customer = await completed(world)
    rows = await world.store.events(customer.id, after=None, limit=1000)
    text = orjson.dumps([row.data for row in rows]).decode()
    for secret in (*SECRETS, "c-7"):
        assert secret not in text


async def test_a_page_of_the_shop_reads_no_checkout(world: ApiHarness) -> None:
    """A publishable key is of the wrong kind for it."""
    customer = await completed(world)
    async with world.page() as page:
        answer: httpx.Response = await page.get(customer.href)
    assert answer.status_code == 403
