"""What providers and their pages send."""

import json
from datetime import timedelta

import httpx
import pytest
from starlette.requests import Request

from tests.http.world import ApiHarness, Customer, signed
from unshackled.domain.checkout import Checkout
from unshackled.http.checkouts.callbacks import address
from unshackled.store.memory import MemoryStore
from unshackled.store.side_tables.message_log import MessageRecord, MessageState
from unshackled.testing.backends import hosted, referred


async def send(
    world: ApiHarness, reference: str, *, passed: bool = True, path: str = ""
) -> httpx.Response:
    body = json.dumps({"reference": reference, "passed": passed}).encode()
    async with world.client() as provider:
        return await provider.post(
            f"/v1/callbacks/{path or 'northstar/main'}", content=body, headers=signed(body)
        )


async def referred_customer(world: ApiHarness) -> tuple[Customer, str]:
    """A customer whose identity check is decided later."""
    world.backends.script("identity.verify", referred())
    customer = await world.customer()
    await customer.put("contact")
    await customer.put("address")
    return customer, world.backends.calls("identity.verify")[0].reference


async def state(customer: Customer, step: str) -> str:
    found: str = next(s for s in (await customer.read())["steps"] if s["name"] == step)["state"]
    return found


async def test_a_signed_callback_is_folded_like_an_answer(world: ApiHarness) -> None:
    """The referred step passes, and the same message again changes nothing."""
    customer, reference = await referred_customer(world)
    assert await state(customer, "identity") == "waiting_provider"
    first, again = await send(world, reference), await send(world, reference)
    assert (first.status_code, first.json()) == (200, {"received": 1})
    assert again.status_code == 200
    assert await state(customer, "identity") == "passed"


async def test_a_wrong_signature_is_dropped(world: ApiHarness) -> None:
    """401, and the step stays as it is."""
    customer, reference = await referred_customer(world)
    body = json.dumps({"reference": reference, "passed": True}).encode()
    async with world.client() as provider:
        path = "/v1/callbacks/northstar/main"
        forged = await provider.post(path, content=body, headers=signed(body + b" "))
    assert (forged.status_code, forged.json()["type"]) == (401, "/problems/bad-signature")
    assert await state(customer, "identity") == "waiting_provider"


async def test_an_unknown_reference_is_sent_again(world: ApiHarness) -> None:
    """503 with Retry-After: the vendor resends."""
    response = await send(world, "R" * 26)
    assert (response.status_code, response.json()["type"]) == (503, "/problems/unknown-reference")
    assert response.headers["Retry-After"] == "30"


async def test_one_stranger_holds_nobody_up(world: ApiHarness) -> None:
    """A message with a reference of another environment beside ours is taken, and ours counts."""
    customer, reference = await referred_customer(world)
    told = {"reference": reference, "passed": True, "beside": ["S" * 26]}
    body = json.dumps(told).encode()
    async with world.client() as provider:
        path = "/v1/callbacks/northstar/main"
        taken = await provider.post(path, content=body, headers=signed(body))
    assert taken.status_code == 200
    assert await state(customer, "identity") == "passed"


async def test_a_callback_reaches_only_its_own_retailer_and_provider(world: ApiHarness) -> None:
    """Another retailer's provider, or another provider, cannot speak for the effect."""
    customer, reference = await referred_customer(world)
    for path in ("orbit/main", "northstar/second"):
        assert (await send(world, reference, path=path)).status_code == 503
    assert await state(customer, "identity") == "waiting_provider"


class CountingStore(MemoryStore):
    """Says how often a checkout was read."""

    def __init__(self) -> None:
        super().__init__()
        self.reads: list[str] = []

    async def load(self, checkout: str) -> Checkout | None:
        self.reads.append("load")
        return await super().load(checkout)

    async def by_reference(self, reference: str) -> str | None:
        self.reads.append("by_reference")
        return await super().by_reference(reference)


@pytest.mark.parametrize(
    ("path", "more"),
    [("northstar/main", []), ("orbit/main", ["load"]), ("northstar/second", ["load"])],
)
async def test_a_callback_reads_the_store_once(path: str, more: list[str]) -> None:
    """Whose effect it is is decided on the snapshot at hand; a refusal is made sure of."""
    store = CountingStore()
    world = ApiHarness(store=store)
    await world.open()
    _, reference = await referred_customer(world)
    store.reads.clear()
    await send(world, reference, path=path)
    reads = list(store.reads)
    await world.engine.close()
    assert reads == ["by_reference", *more]


async def test_a_replica_that_did_not_see_the_checkout_reads_it_once() -> None:
    """After whose reference it is; the notice is folded into what was read."""
    store = CountingStore()
    world = ApiHarness(store=store)
    await world.open()
    customer, reference = await referred_customer(world)
    world.engine.recent.drop(customer.id)
    store.reads.clear()
    assert (await send(world, reference)).status_code == 200
    reads = list(store.reads)
    await world.engine.close()
    assert reads == ["by_reference", "load"]


async def test_a_callback_about_a_checkout_that_is_gone_is_unknown() -> None:
    """A reference without its checkout, as after a restore, is sent again."""

    class Restored(CountingStore):
        async def by_reference(self, reference: str) -> str | None:
            return "chk_of_yesterday"

    world = ApiHarness(store=Restored())
    await world.open()
    assert (await send(world, "made-up")).status_code == 503
    await world.engine.close()


async def test_a_report_on_a_message_of_an_event_is_taken(world: ApiHarness) -> None:
    """It ends the doubt about the message, and is answered 200; for others it is unknown."""
    messages, now = world.store.tables.messages, world.clock.now()
    doubt = MessageRecord(
        event="chk_1-1-0",
        template="welcome",
        retailer="northstar",
        checkout="chk_1",
        provider="main",
        reference="M" * 26,
        state=MessageState.IN_DOUBT,
        first_at=now,
        last_at=now,
        give_up_at=now,
    )
    await messages.begin(doubt)
    for path in ("orbit/main", "northstar/second"):
        assert (await send(world, doubt.reference, path=path)).status_code == 503
    assert (await send(world, doubt.reference)).status_code == 200
    known = await messages.read(doubt.event, doubt.template)
    assert known
    assert known.state is MessageState.SENT


async def test_a_message_that_did_not_arrive_is_an_event_of_its_checkout(world: ApiHarness) -> None:
    """A rule had it sent: the report is signed, told once, and in the checkout's log."""
    customer = await world.customer()
    messages, now = world.store.tables.messages, world.clock.now()
    sent = MessageRecord(
        event=f"{customer.id}-1-0",
        template="welcome",
        retailer="northstar",
        checkout=customer.id,
        provider="main",
        reference="M" * 26,
        state=MessageState.SENT,
        first_at=now,
        last_at=now,
        give_up_at=now,
    )
    await messages.begin(sent)
    body = json.dumps({"reference": sent.reference, "undelivered": "unreachable"}).encode()
    path = "/v1/callbacks/northstar/main"
    async with world.client() as provider:
        forged = await provider.post(path, content=body, headers=signed(body + b" "))
        assert forged.status_code == 401
        for _ in range(2):
            told = await provider.post(path, content=body, headers=signed(body))
            assert (told.status_code, told.json()) == (200, {"received": 1})
    known = await messages.read(sent.event, sent.template)
    assert known
    assert (known.state, known.code) == (MessageState.UNDELIVERED, "unreachable")
    rows = await world.store.events(customer.id, after=None, limit=1000)
    (told_of,) = [row.data for row in rows if row.type == "message.undelivered.v1"]
    assert told_of == {
        "reference": sent.reference,
        "provider": "main",
        "code": "unreachable",
        "vendor_code": None,
        "step": None,
        "template": "welcome",
    }


async def test_an_unknown_provider_answers_as_a_wrong_signature_does(world: ApiHarness) -> None:
    """Nobody can find out which retailers and providers there are."""
    body = json.dumps({"reference": "R" * 26, "passed": True}).encode()
    async with world.client() as provider:
        wrong = await provider.post(
            "/v1/callbacks/northstar/main", content=body, headers=signed(body + b" ")
        )
    for path in ("northstar/nobody", "northstar:test/nobody", "nobody/nobody"):
        unknown = await send(world, "R" * 26, path=path)
        assert unknown.status_code == wrong.status_code == 401
        assert unknown.json() | {"instance": ""} == wrong.json() | {"instance": ""}


@pytest.mark.parametrize("query", ["", "?reference=R1&b=%20a"])
def test_the_address_is_the_public_one_with_its_query(query: str) -> None:
    """Vendors sign the address that they were given, not the one behind a proxy."""
    path = "/v1/callbacks/northstar/main"
    scope = {"type": "http", "scheme": "http", "server": ("10.0.0.7", 8000), "path": path}
    request = Request(scope | {"headers": [], "query_string": query[1:].encode()})
    public = "https://checkout.example"
    assert address(public, request) == f"{public}{path}{query}"


async def test_a_callback_has_a_size(world: ApiHarness) -> None:
    """What is larger than any message is cut off."""
    async with world.client() as provider:
        response = await provider.post("/v1/callbacks/northstar/main", content=b"x" * 300_000)
    assert response.status_code == 413


async def signing_customer(world: ApiHarness, **body: str) -> tuple[Customer, str]:
    """A customer who is on the signing provider's page."""
    world.backends.script("agreement.sign", hosted(world.clock.now() + timedelta(hours=1)))
    customer = await world.customer(**body)
    for step in ("contact", "address", "income", "payment_method"):
        await customer.put(step)
    slot = next(a for a in (await customer.read())["next_actions"] if a["type"] == "choose")
    await customer.put("delivery", {"option": slot["options"][0]["id"]})
    await customer.agree()
    show = next(a for a in (await customer.read())["next_actions"] if a["type"] == "show")
    await customer.put("documents", {"shown": show["document"]["digest"]})
    return customer, world.backends.calls("agreement.sign")[0].reference


async def test_a_return_asks_the_provider_and_goes_on_to_the_shop(world: ApiHarness) -> None:
    """The look-up says what happened; the browser goes to the retailer's page with the id."""
    wanted = "https://shop.northstar.example/done?basket=7"
    customer, reference = await signing_customer(world, return_url=wanted)
    world.backends.finish(reference)
    async with world.client() as browser:
        back = await browser.get(f"/v1/returns/{reference}")
    assert (back.status_code, back.headers["Location"]) == (303, f"{wanted}&checkout={customer.id}")
    assert await state(customer, "agreement") == "passed"


async def test_what_the_browser_says_is_no_evidence(world: ApiHarness) -> None:
    """A query that claims success changes nothing while the provider says otherwise."""
    customer, reference = await signing_customer(world)
    async with world.client() as browser:
        back = await browser.get(f"/v1/returns/{reference}?status=signed&outcome=passed")
    assert back.status_code == 303
    assert back.headers["Location"].startswith("https://shop.northstar.example/done?checkout=")
    assert await state(customer, "agreement") == "waiting_customer"


async def test_an_unknown_return_is_not_found(world: ApiHarness) -> None:
    """Nobody is sent anywhere by a made-up reference."""
    async with world.client() as browser:
        assert (await browser.get("/v1/returns/nothing")).status_code == 404
