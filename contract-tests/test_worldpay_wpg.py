"""Worldpay's adapter keeps the contract, and its own promises."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import httpx
import pytest
from lxml import etree

import unshackled_adapters.worldpay_wpg as package
from unshackled.outbound import Breaker, BreakerPolicy
from unshackled.ports import all_operations
from unshackled.ports.operation import Operation
from unshackled.sdk import (
    Absent,
    BadSignature,
    Call,
    Declined,
    InDoubt,
    Notice,
    Passed,
    Pending,
    RawCallback,
    Redirect,
    Refused,
)
from unshackled.sdk.ports import PaymentCaptured, PaymentMethod
from unshackled.sdk.xml import Markup
from unshackled.system_clock import SystemClock
from unshackled.testing.adapter_contract import AdapterContract
from unshackled.testing.bench import RETURN_URL, AdapterHarness
from unshackled.testing.samples import request_for
from unshackled_adapters.worldpay_wpg import documents, mapping
from unshackled_adapters.worldpay_wpg.books import Books, document
from unshackled_adapters.worldpay_wpg.client import receive

CHARGE = all_operations()["payment.charge"]
AUTHORISE = all_operations()["payment.authorise"]
CAPTURE = all_operations()["payment.capture"]
DTD = etree.DTD(str(Path(package.__file__).parent / "contract" / "paymentService.dtd"))


def fits(body: bytes) -> None:
    """Refuse a document that the DTD does not know."""
    assert DTD.validate(documents.read(body)), DTD.error_log.last_error


class Checked(httpx.AsyncBaseTransport):
    """Holds every request and every answer against the DTD."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self.inner = inner
        self.seen = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        fits(await request.aread())
        response = await self.inner.handle_async_request(request)
        body = await response.aread()
        if body.startswith(b"<?xml"):
            fits(body)
            self.seen += 1
        return httpx.Response(response.status_code, headers=response.headers, content=body)


class WpgBench(AdapterHarness):
    choice = "approve"

    def between(self, wire: httpx.AsyncBaseTransport) -> httpx.AsyncBaseTransport:
        """Through the DTD."""
        self.wire = Checked(wire)
        return self.wire

    @property
    def books(self) -> Books:
        """What the stand-in keeps."""
        books: Books = self.stand_in.state["books"]
        return books

    async def finish(self, operation: Operation, call: Call, outcome: Pending | Redirect) -> Any:
        """Pay on Worldpay's page if there is one, then ask."""
        if isinstance(outcome, Redirect):
            app = httpx.ASGITransport(app=self.stand_in.app())
            async with httpx.AsyncClient(transport=app) as browser:
                page = await browser.get(outcome.url)
                answer = await browser.post(outcome.url, data={"choice": self.choice})
                await browser.post(outcome.url, json={"choice": "fail"})
            assert self.through or "£68.00" in page.text
            assert (answer.status_code, answer.headers["location"]) == (303, RETURN_URL)
        return await self.look_up(operation, call)

    async def notices(self) -> list[Notice]:
        """What every notification so far came to, in order."""
        await self.stand_in.settle()
        found: list[Notice] = []
        for sent in self.callbacks:
            fits(sent.body)
            found += await receive(self.client, raw(sent.body))
        return found

    async def pay(self, token: str, operation: Operation = CHARGE) -> Any:
        """Pay with a token, and finish what it asks."""
        request = request_for(operation, facts=(PaymentMethod(token=token),))
        return await self.run(operation, request=request)


def raw(body: bytes) -> RawCallback:
    """A notification as it arrives."""
    return RawCallback(body=body, headers={}, received_at=datetime.now(UTC))


class TestWorldpay(AdapterContract):
    """The suite; every document of it fits the DTD."""

    adapter = "worldpay_wpg"
    refused_data: ClassVar = {"payment.charge": [{"method": {"token": "tok_unreadable"}}]}
    settings: ClassVar[Mapping[str, object]] = {
        "merchant_code": "NORTHSTAR",
        "username": "NORTHSTARXML",
        "password": "made-up-wpg-password",
        "installation_id": "1234567",
        "statement": "NORTHSTAR",
    }
    bench_type = WpgBench
    checked_by = "test_every_document_fits_the_dtd"

    def forged(self, raw: RawCallback) -> Iterator[RawCallback]:
        """Nothing is signed: only what is no notification at all is refused unasked."""
        yield dataclasses.replace(raw, body=b"<paymentService/>")

    async def test_every_document_fits_the_dtd(self) -> None:
        """What goes over the wire is held against the DTD, and what does not fit it fails."""
        for bench, operation in self.benches():
            assert isinstance(bench, WpgBench)
            await bench.run(operation)
            assert bench.wire.seen, operation.key
        with pytest.raises(AssertionError):
            fits(document("NORTHSTAR", Markup("<reply><orderStatus/></reply>")))


def wpg(**changes: Any) -> WpgBench:
    """A fresh bench, with other settings where given."""
    made = TestWorldpay().bench()
    settings = made.settings.model_copy(update=changes)
    return WpgBench(adapter=made.adapter, stand_in=TestWorldpay().stand_in(), settings=settings)


class TestPaying:
    """What becomes of a payment."""

    @pytest.mark.parametrize(
        ("token", "code"),
        [
            ("tok_declined", "card_declined"),
            ("tok_insufficient", "insufficient_funds"),
            ("tok_expired", "card_declined"),
            ("tok_unreadable", "card_declined"),
        ],
    )
    async def test_a_refusal_is_a_decline(self, token: str, code: str) -> None:
        """The issuer's answer becomes ours, error 7 too; no money is taken."""
        bench = wpg()
        assert await bench.pay(token) == Declined(code=code)
        assert bench.stand_in.ledger == []

    async def test_a_challenge_is_a_decline(self) -> None:
        """A challenge that would need scripts on our page takes nothing and asks for the page."""
        bench = wpg()
        assert await bench.pay("tok_3ds") == Declined(code="authentication_failed")
        assert bench.stand_in.ledger == []

    async def test_the_hosted_page_takes_the_money_once(self) -> None:
        """Paying on Worldpay's page charges, and a second click changes nothing."""
        bench = wpg()
        assert isinstance(await bench.pay("hosted"), Passed)
        assert [entry["effect"] for entry in bench.stand_in.ledger] == ["payment.charge"]

    async def test_failing_on_the_hosted_page_is_a_decline(self) -> None:
        """Failing to authenticate on Worldpay's page takes nothing."""
        bench = wpg()
        bench.choice = "fail"
        assert await bench.pay("hosted") == Declined(code="authentication_failed")

    async def test_the_page_needs_an_installation(self) -> None:
        """Without an installation the page is refused before anything is sent."""
        bench = wpg(installation_id="")
        with pytest.raises(Refused, match="installation_id"):
            await bench.pay("hosted")

    async def test_a_shopper_s_token_needs_the_shopper(self) -> None:
        """A token of a shopper is refused where the checkout has none; a merchant's is not."""
        request = request_for(CHARGE)
        nobody = dataclasses.replace(request.checkout, customer_ref=None)
        request = dataclasses.replace(request, checkout=nobody)
        own, shared = wpg(), wpg(shopper_tokens=False)
        with pytest.raises(Refused, match="customer_ref"):
            await own.run(CHARGE, request=request)
        assert isinstance(await shared.run(CHARGE, request=request), Passed)

    async def test_a_used_order_code_is_in_doubt(self) -> None:
        """The same order again is refused by Worldpay: the first one is looked up instead."""
        bench = wpg()
        request, call = request_for(CHARGE), bench.call(CHARGE)
        await bench.send(CHARGE, request, call)
        with pytest.raises(InDoubt):
            await bench.send(CHARGE, request, call)
        assert isinstance(await bench.look_up(CHARGE, call), Passed)
        assert bench.done(CHARGE, call) == 1


class TestAsking:
    """Inquiries lag behind."""

    async def test_nothing_counts_only_after_the_lag(self) -> None:
        """A fresh call that an inquiry does not know is in doubt; after five minutes it is not."""
        bench = wpg()
        now = datetime.now(UTC)
        fresh = bench.call(CHARGE, send_by=now)
        with pytest.raises(InDoubt, match="too early"):
            await bench.look_up(CHARGE, fresh)
        old = bench.call(CHARGE, send_by=now - mapping.LAG)
        assert await bench.look_up(CHARGE, old) == Absent()

    async def test_a_payment_that_inquiries_do_not_know_yet_is_in_doubt(self) -> None:
        """A lost answer within the lag is not taken for a payment that never was."""
        bench = wpg()
        bench.books.lag = timedelta(minutes=4)
        call = bench.call(CHARGE, send_by=datetime.now(UTC))
        bench.stand_in.play("lost_answer", CHARGE.key)
        with pytest.raises(InDoubt):
            await bench.send(CHARGE, request_for(CHARGE), call)
        with pytest.raises(InDoubt, match="too early"):
            await bench.look_up(CHARGE, call)
        later = datetime.now(UTC) + timedelta(minutes=4)
        bench.stand_in.now = lambda: later
        assert isinstance(await bench.look_up(CHARGE, call), Passed)

    async def test_a_capture_that_was_taken_in_is_waited_for(self) -> None:
        """Worldpay takes a capture in and does it later: until then it is pending, never absent."""
        bench = wpg()
        request, call = await bench.prepare(CAPTURE), bench.call(CAPTURE)
        bench.stand_in.play("decline", CAPTURE.key)
        taken = await bench.send(CAPTURE, request, call)
        assert isinstance(taken, Pending)
        assert isinstance(
            await bench.look_up(CAPTURE, dataclasses.replace(call, handle=taken.handle)), Pending
        )
        assert await bench.look_up(CAPTURE, call) == Absent()

    async def test_a_capture_whose_hold_is_not_known_yet_is_in_doubt(self) -> None:
        """An inquiry that does not know the hold knows nothing of its capture."""
        bench = wpg()
        bench.books.lag = timedelta(minutes=4)
        await bench.prepare(CAPTURE)
        with pytest.raises(InDoubt, match="not known yet"):
            await bench.look_up(CAPTURE, bench.call(CAPTURE))

    async def test_a_capture_of_what_is_gone_is_declined(self) -> None:
        """A hold that was let go cannot be captured any more."""
        bench = wpg()
        call = (await bench.prepare(CAPTURE), bench.call(CAPTURE))[1]
        await bench.undo(AUTHORISE, bench.history[AUTHORISE.key])
        assert await bench.look_up(CAPTURE, call) == Declined(code="declined")

    async def test_a_capture_that_follows_nothing_is_refused(self) -> None:
        """A capture is asked for by the order of its hold."""
        bench = wpg()
        with pytest.raises(Refused):
            await bench.look_up(CAPTURE, bench.call(CAPTURE, follows=None))


class TestUndoing:
    """How money is given back."""

    async def test_a_captured_hold_is_given_back(self) -> None:
        """A void after the capture is a refund."""
        bench = wpg()
        await bench.run(CAPTURE)
        await bench.undo(AUTHORISE, bench.history[AUTHORISE.key])
        assert len(bench.stand_in.done("payment.void")) == 1
        assert bench.books.orders[bench.history[AUTHORISE.key].outcome.output.payment].event == (
            "SENT_FOR_REFUND"
        )

    async def test_who_pays_after_the_undo_is_given_the_money_back(self) -> None:
        """A customer left on the page may still pay; the notification shows it."""
        bench = wpg()
        request = request_for(CHARGE, facts=(PaymentMethod(token="hosted"),))
        call = bench.call(CHARGE)
        redirect = await bench.send(CHARGE, request, call)
        assert isinstance(redirect, Redirect)
        await bench.undo_by(CHARGE, call.reference)
        await bench.finish(CHARGE, call, redirect)
        late = (await bench.notices())[-1]
        assert late.reference == call.reference
        assert isinstance(late.outcome, Passed)
        await bench.undo_by(CHARGE, call.reference, late.outcome.output)
        assert len(bench.stand_in.done("payment.refund", call.reference)) == 1


class TestNotifications:
    """Nothing signs them, so each is only a hint to ask."""

    async def test_each_effect_is_told(self) -> None:
        """A charge, a hold and its capture are told under our references."""
        bench = wpg()
        await bench.run(CHARGE)
        await bench.run(CAPTURE)
        told = {one.reference: one.outcome for one in await bench.notices()}
        for operation in (CHARGE, AUTHORISE, CAPTURE):
            made = bench.history[operation.key]
            assert told[made.call.reference] == made.outcome
        assert isinstance(bench.history[CAPTURE.key].outcome.output, PaymentCaptured)

    async def test_a_forged_one_changes_nothing(self) -> None:
        """A notification of a payment that Worldpay does not confirm tells nothing: sent again."""
        bench = wpg()
        await bench.pay("tok_declined")
        await bench.stand_in.settle()
        (refused,) = bench.callbacks
        forged = refused.body.replace(b"REFUSED", b"CAPTURED")
        with pytest.raises(Refused, match="not know yet"):
            await receive(bench.client, raw(forged))
        unknown = refused.body.replace(bench.history[CHARGE.key].call.reference.encode(), b"A" * 26)
        with pytest.raises(Refused, match="not know yet"):
            await receive(bench.client, raw(unknown))

    async def test_hints_that_lead_nowhere_close_no_provider(self) -> None:
        """Anybody may send them: they are not what makes a circuit breaker open."""
        bench = wpg()
        await bench.pay("tok_declined")
        await bench.stand_in.settle()
        (refused,) = bench.callbacks
        forged = raw(refused.body.replace(b"REFUSED", b"CAPTURED"))
        breaker = Breaker("wpg", BreakerPolicy(), SystemClock())
        for _ in range(30):
            with pytest.raises(Refused), breaker.permit():
                await receive(bench.client, forged)
        assert breaker.state == "closed"

    async def test_an_inquiry_that_lags_is_asked_again(self) -> None:
        """What an inquiry does not know yet is not taken from the notification."""
        bench = wpg()
        bench.books.lag = timedelta(minutes=4)
        await bench.run(CHARGE)
        with pytest.raises(Refused, match="not know yet"):
            await bench.notices()

    async def test_an_old_one_tells_the_present(self) -> None:
        """Of a hold captured meanwhile, an older notification tells both; one given back none."""
        bench = wpg()
        await bench.run(CAPTURE)
        await bench.stand_in.settle()
        held = bench.callbacks[0]
        assert len(await receive(bench.client, raw(held.body))) == 2
        await bench.undo(AUTHORISE, bench.history[AUTHORISE.key])
        assert list(await receive(bench.client, raw(held.body))) == []

    async def test_what_is_not_ours_is_taken_and_left(self) -> None:
        """Another merchant code's, another system's and silent events are only acknowledged."""
        bench = wpg()
        await bench.run(CHARGE)
        await bench.stand_in.settle()
        body = bench.callbacks[0].body
        reference = bench.history[CHARGE.key].call.reference.encode()
        for other in (
            body.replace(b"NORTHSTAR", b"SOUTHSTAR"),
            body.replace(reference, b"INVOICE-1"),
            body.replace(b"AUTHORISED", b"SENT_FOR_AUTHORISATION"),
        ):
            assert list(await receive(bench.client, raw(other))) == []

    @pytest.mark.parametrize(
        "body",
        [
            b"not XML",
            b"<paymentService/>",
            b'<paymentService version="1.4" merchantCode="NORTHSTAR"><notify/></paymentService>',
            b'<!DOCTYPE paymentService [<!ENTITY x "y">]><paymentService/>',
            documents.DECLARATION.encode() + b"<other/>",
        ],
    )
    async def test_another_shape_is_refused(self, body: bytes) -> None:
        """What is no notification is refused, a document type of its own above all."""
        with pytest.raises(BadSignature):
            await receive(wpg().client, raw(body))
