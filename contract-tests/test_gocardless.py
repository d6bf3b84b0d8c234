"""GoCardless keeps the contract, and its own promises."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from typing import Any, ClassVar

import httpx
import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from unshackled.ports.operation import Operation
from unshackled.sdk import (
    Absent,
    BadSignature,
    Call,
    Declined,
    HttpClient,
    InDoubt,
    Notice,
    Passed,
    Pending,
    RawCallback,
    Redirect,
    Refused,
    SecretStr,
    Undo,
)
from unshackled.sdk.standin import StandIn
from unshackled.testing.adapter_contract import AdapterContract
from unshackled.testing.bench import BASE_URL, CALLBACK_URL, RETURN_URL, AdapterHarness
from unshackled_adapters.gocardless import mapping
from unshackled_adapters.gocardless.books import BillingRequest, Books
from unshackled_adapters.gocardless.callback import HEADER, signature


def books(bench: AdapterHarness) -> Books:
    """What the vendor has."""
    found = bench.stand_in.state["books"]
    assert isinstance(found, Books)
    return found


def only(bench: AdapterHarness) -> BillingRequest:
    """The one billing request that was made."""
    (made,) = books(bench).requests.values()
    return made


class Paying(AdapterHarness):
    choice = "confirm"

    async def finish(self, operation: Operation, call: Call, outcome: Pending | Redirect) -> Any:
        """Choose on the hosted page, come back, then ask."""
        if isinstance(outcome, Redirect):
            app = httpx.ASGITransport(app=self.stand_in.app())
            async with httpx.AsyncClient(transport=app) as browser:
                page = await browser.get(outcome.url)
                answer = await browser.post(outcome.url, data={"choice": self.choice})
            assert "Your monthly payments" in page.text
            assert (answer.status_code, answer.headers["location"]) == (303, RETURN_URL)
        known = self.call(operation, reference=call.reference, handle=outcome.handle)
        return await self.look_up(operation, known)


KEYS = {"access_token": "live_made_up", "webhook_secret": "demo-only-gocardless-webhook-secret"}


class TestGoCardless(AdapterContract):
    adapter = "gocardless"
    refused_data: ClassVar = {"mandate.set_up": [{"contact": {"email": "sam@shop.invalid"}}]}
    settings: ClassVar = KEYS
    bench_type = Paying
    signs_time = False

    def stand_in(self) -> StandIn:
        """An account whose webhooks come to us."""
        made = super().stand_in()
        made.state["webhook_url"] = CALLBACK_URL
        return made

    async def sent(self, bench: AdapterHarness) -> tuple[Operation, Call, Any]:
        """A request that was sent, its call and its outcome."""
        (operation,) = bench.effects
        request, call = await bench.prepare(operation), bench.call(operation)
        return operation, call, await bench.send(operation, request, call)

    async def told(self, bench: AdapterHarness) -> list[Notice]:
        """What all webhooks so far say, in their order."""
        await bench.stand_in.settle()
        return [n for one in bench.callbacks for n in await self.read_raw(bench, self.arrived(one))]

    def fulfilling(self, app: ASGIApp) -> ASGIApp:
        """The vendor, whose customer confirms just before a request is cancelled."""

        async def faster(scope: Scope, receive: Receive, send: Send) -> None:
            vendor = books(self.used[-1])
            if scope["path"].endswith("/actions/cancel") and not vendor.mandates:
                vendor.fulfil(only(self.used[-1]))
            await app(scope, receive, send)

        return faster

    # Setting up

    async def test_the_customer_gives_the_account_on_their_page(self) -> None:
        """Who the customer is goes ahead; account numbers are never sent."""
        bench = self.bench()
        _, _, outcome = await self.sent(bench)
        assert isinstance(outcome, Redirect)
        assert outcome.expires - bench.stand_in.now() > timedelta(days=6)
        sent = b"".join(one.body for one in bench.tape.exchanges)
        assert b"wilhelmina@mail.example" in sent
        assert b"00012345" not in sent

    async def test_a_mandate_passes_before_the_bank_confirms(self) -> None:
        """A mandate that waits to be submitted passes already, with its Bacs reference."""
        bench = self.bench()
        (operation,) = bench.effects
        outcome = await bench.run(operation)
        assert isinstance(outcome, Passed)
        assert outcome.output.mandate == "GCSTANDIN00001"

    async def test_a_customer_who_leaves_may_come_back(self) -> None:
        """Leaving the page ends nothing: each look-up opens another for the same request."""
        bench = self.bench()
        assert isinstance(bench, Paying)
        bench.choice = "exit"
        (operation,) = bench.effects
        found = await bench.run(operation)
        assert isinstance(found, Redirect)
        assert len(books(bench).requests) == 1
        assert bench.stand_in.ledger == []

    async def test_a_request_without_its_page_is_not_lost(self) -> None:
        """The request was made: it waits, and the look-up brings the page."""
        bench = self.bench()
        bench.stand_in.play("unavailable", "mandate.page", times=1)
        operation, call, outcome = await self.sent(bench)
        assert isinstance(outcome, Pending)
        known = bench.call(operation, reference=call.reference, handle=outcome.handle)
        assert isinstance(await bench.look_up(operation, known), Redirect)

    async def test_a_second_signature_is_waited_for(self) -> None:
        """A mandate that needs two signatures passes with the second."""
        bench = self.bench()
        (operation,) = bench.effects
        bench.stand_in.play("refer", operation.key)
        assert isinstance(await bench.run(operation), Pending)
        assert bench.stand_in.ledger == []
        books(bench).approve(only(bench))
        assert isinstance((await self.told(bench))[-1].outcome, Passed)

    async def test_another_creditor_may_be_named(self) -> None:
        """An account with several creditors says which one collects."""
        body = mapping.billing_request("A" * 26, self.bench().settings)
        named = self.bench().settings.model_copy(update={"creditor": "CR123"})
        assert "links" not in body["billing_requests"]
        body = mapping.billing_request("A" * 26, named)
        assert body["billing_requests"]["links"] == {"creditor": "CR123"}

    # Doubt

    async def test_the_same_key_finds_the_first_request(self) -> None:
        """409 names what was made under the key: a resend opens a page for it, makes no second."""
        bench = self.bench()
        operation, call, first = await self.sent(bench)
        again = await bench.send(operation, await bench.prepare(operation), call)
        assert isinstance(again, Redirect)
        assert again.handle == first.handle
        assert len(books(bench).requests) == 1

    @pytest.mark.parametrize("errors", [[{"reason": "bank_account_exists"}], []])
    async def test_another_409_is_refused(self, errors: list[dict[str, str]]) -> None:
        """A conflict that is not about the key is nothing that we could follow."""
        told = {"message": "no", "type": "invalid_state", "code": 409, "errors": errors}

        def conflict(request: httpx.Request) -> httpx.Response:
            return httpx.Response(409, json={"error": told})

        http = HttpClient("bench", BASE_URL, transport=httpx.MockTransport(conflict))
        with pytest.raises(Refused):
            await self.sent(self.bench(http=http))

    async def test_absent_is_not_believed_too_early(self) -> None:
        """Shortly after the last moment of sending, finding nothing is no answer."""
        bench = self.bench()
        (operation,) = bench.effects
        now = bench.stand_in.now()
        with pytest.raises(InDoubt, match="too early"):
            await bench.look_up(operation, bench.call(operation, send_by=now))
        later = bench.call(operation, send_by=now - timedelta(minutes=2))
        assert isinstance(await bench.look_up(operation, later), Absent)

    async def test_the_newest_are_looked_through(self) -> None:
        """Metadata cannot be searched: pages of requests are read until they are too old."""
        bench = self.bench()
        operation, call, _ = await self.sent(bench)
        for number in range(600):
            books(bench).add("", {"mandate_request": {}, "metadata": {"n": str(number)}}, None)
        assert isinstance(await bench.look_up(operation, call), Redirect)
        for made in books(bench).requests.values():
            made.at -= timedelta(days=2)
        now = bench.stand_in.now()
        old = bench.call(operation, send_by=now - timedelta(minutes=2))
        before = len(bench.tape.exchanges)
        assert await bench.look_up(operation, old) == Absent()
        assert len(bench.tape.exchanges) == before + 1

    async def test_too_many_requests_leave_the_doubt(self) -> None:
        """After 2000 newer requests nobody can say; a person looks."""
        bench = self.bench()
        operation, call, _ = await self.sent(bench)
        for _ in range(2000):
            books(bench).add("", {"mandate_request": {}}, None)
        with pytest.raises(InDoubt, match="too many"):
            await bench.look_up(operation, call)

    # Undo

    async def test_undoing_first_bars_the_way(self) -> None:
        """A set-up that arrives after its own undo finds its request cancelled."""
        bench = self.bench()
        (operation,) = bench.effects
        request, call = await bench.prepare(operation), bench.call(operation)
        await bench.undo_by(operation, call.reference)
        assert await bench.send(operation, request, call) == Declined(code="declined")
        assert only(bench).status == "cancelled"

    async def test_undoing_closes_the_page(self) -> None:
        """While the customer is away the request is cancelled, and no mandate can come of it."""
        bench = self.bench()
        operation, call, outcome = await self.sent(bench)
        await bench.undo_by(operation, call.reference)
        app = httpx.ASGITransport(app=bench.stand_in.app())
        async with httpx.AsyncClient(transport=app) as browser:
            assert (await browser.get(outcome.url)).status_code == 410
        assert await bench.look_up(operation, call) == Declined(code="declined")

    async def test_a_known_mandate_is_cancelled_by_its_own_reference(self) -> None:
        """When the key may be forgotten the Bacs reference finds the mandate; ours must fit."""
        bench = self.bench()
        (operation,) = bench.effects
        outcome = await bench.run(operation)
        books(bench).keys.clear()
        call = bench.history[operation.key].call
        await bench.undo_by(operation, call.reference, outcome.output)
        assert len(bench.stand_in.done("mandate.cancel", call.reference)) == 1
        assert len(books(bench).requests) == 1

    async def test_the_mandate_of_another_is_left_alone(self) -> None:
        """The same Bacs reference under another reference of ours is not cancelled."""
        bench = self.bench()
        (operation,) = bench.effects
        outcome = await bench.run(operation)
        await bench.undo_by(operation, "B" * 26, outcome.output)
        assert bench.stand_in.done("mandate.cancel") == []

    async def test_a_customer_who_was_faster_loses_the_mandate(self) -> None:
        """A request that was fulfilled while it was being cancelled: its mandate is cancelled."""
        bench = self.bench(through=self.fulfilling)
        operation, call, outcome = await self.sent(bench)
        await bench.undo_by(operation, call.reference, handle=outcome.handle)
        assert len(bench.stand_in.done("mandate.cancel", call.reference)) == 1

    async def test_what_is_being_fulfilled_is_not_undone_yet(self) -> None:
        """A request under way can neither be cancelled nor has it a mandate: ask again."""
        bench = self.bench()
        operation, call, outcome = await self.sent(bench)
        only(bench).status = "fulfilling"
        assert isinstance(await bench.look_up(operation, call), Pending)
        with pytest.raises(InDoubt, match="not cancelled yet"):
            await bench.undo_by(operation, call.reference, handle=outcome.handle)

    # What is told

    @pytest.mark.parametrize(
        ("status", "code"),
        [
            ("failed", "invalid_bank_account"),
            ("cancelled", "declined"),
            ("expired", "declined"),
            ("consumed", "declined"),
            ("blocked", "declined"),
            ("suspended_by_payer", "declined"),
        ],
    )
    async def test_an_ended_mandate_is_a_decline(self, status: str, code: str) -> None:
        """Looked up, a mandate that cannot be debited is a no."""
        bench = self.bench()
        operation, call, _ = await self.sent(bench)
        books(bench).fulfil(only(bench))
        books(bench).end(only(bench), status, "something_new")
        assert await bench.look_up(operation, call) == Declined(code=code)

    @pytest.mark.parametrize("where", ["request", "mandate", "nowhere"])
    async def test_what_cannot_be_read_is_in_doubt(self, where: str) -> None:
        """A status that the vendor adds later, or a mandate that is not there: no yes and no no."""
        operation, call, _ = await self.sent(bench := self.bench())
        made = only(bench)
        if where != "mandate":
            made.status = "paused" if where == "request" else "fulfilled"
        else:
            books(bench).fulfil(made)
            made.mandate["status"] = "paused"
        with pytest.raises(InDoubt):
            await bench.look_up(operation, call)
        if where == "mandate":
            books(bench).tell(books(bench).event("mandates", "active", made))
            await bench.stand_in.settle()
            with pytest.raises(InDoubt):
                await self.read_raw(bench, self.arrived(bench.callbacks[-1]))
        self.used.clear()

    @pytest.mark.parametrize(
        ("cause", "code"),
        [("bank_account_closed", "invalid_bank_account"), ("mandate_cancelled", "declined")],
    )
    async def test_an_event_tells_why_a_mandate_ended(self, cause: str, code: str) -> None:
        """The bank's reason comes days later, by webhook, and is a decline with its code."""
        bench = self.bench()
        (operation,) = bench.effects
        await bench.run(operation)
        books(bench).end(only(bench), "cancelled", cause)
        last = (await self.told(bench))[-1]
        assert last.reference == bench.history[operation.key].call.reference
        assert last.outcome == Declined(code=code)

    async def test_one_webhook_has_many_events(self) -> None:
        """Of several events the ones about us count, each thing once; others are left out."""
        bench = self.bench()
        (operation,) = bench.effects
        await bench.run(operation)
        await bench.stand_in.settle()
        bench.callbacks.clear()
        vendor, made = books(bench), only(bench)
        mine = vendor.event("mandates", "active", made)
        theirs = mine | {"links": {"mandate": "MD888888888"}, "resource_metadata": {"order": "1"}}
        payment = theirs | {"resource_type": "payments", "links": {"payment": "PM1"}}
        gone = mine | {"links": {"mandate": "MD999999999"}, "resource_metadata": {}}
        vendor.tell(theirs, payment, mine, gone, mine)
        asked = len(bench.tape.exchanges)
        assert [type(one.outcome) for one in await self.told(bench)] == [Passed]
        assert len(bench.tape.exchanges) == asked + 2

    async def test_only_what_they_signed_is_read(self) -> None:
        """Another body, another secret or no signature: refused, though we would ask anyway."""
        bench = self.bench()
        await self.sent(bench)
        books(bench).cancel_request(only(bench))
        await bench.stand_in.settle()
        good = self.arrived(bench.callbacks[-1])
        assert await self.read_raw(bench, good)
        other = signature(SecretStr("another"), good.body).decode()
        wrong = [*self.forged(good), dataclasses.replace(good, headers={HEADER: other})]
        asked = len(bench.tape.exchanges)
        for raw in wrong:
            with pytest.raises(BadSignature, match="does not match"):
                await self.read_raw(bench, raw)
        assert len(bench.tape.exchanges) == asked

    async def test_a_signed_webhook_of_no_shape_is_refused(self) -> None:
        """The signature holds, the shape does not."""
        bench = self.bench()
        body = b'{"events": [1]}'
        signed = signature(bench.settings.webhook_secret, body).decode()
        raw = RawCallback(body=body, headers={HEADER: signed}, received_at=bench.stand_in.now())
        with pytest.raises(BadSignature, match="shape"):
            await self.read_raw(bench, raw)

    async def test_a_cancelled_request_is_told(self) -> None:
        """A request that the retailer cancels in the dashboard is a decline."""
        bench = self.bench()
        _, call, _ = await self.sent(bench)
        books(bench).cancel_request(only(bench))
        told = await self.told(bench)
        assert told == [Notice(reference=call.reference, outcome=Declined(code="declined"))]


async def test_a_request_of_somebody_else_is_nothing_of_ours() -> None:
    """A mandate made in the dashboard has no reference of ours: nothing is told."""
    suite = TestGoCardless()
    bench = suite.bench()
    made = books(bench).add("", {"mandate_request": {}}, None)
    books(bench).fulfil(made)
    assert await suite.told(bench) == []
    await bench.client.cancel(
        Undo(reference="C" * 26, output=None), bench.call(bench.effects[0], handle=made.id)
    )
    assert made.mandate["status"] == "cancelled"
