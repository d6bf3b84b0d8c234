"""PayPal's adapter keeps the contract, and its own promises."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import httpx
import orjson
import pytest

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
from unshackled.sdk.ports import PaymentCaptured
from unshackled.testing.adapter_contract import AdapterContract
from unshackled.testing.bench import RETURN_URL, AdapterHarness, RecordedEffect
from unshackled_adapters.paypal.amounts import from_wire, to_wire
from unshackled_adapters.paypal.books import WEBHOOK_ID, Books
from unshackled_adapters.paypal.webhooks import receive

CHARGE = all_operations()["payment.charge"]
AUTHORISE = all_operations()["payment.authorise"]
CAPTURE = all_operations()["payment.capture"]


class PayPalBench(AdapterHarness):
    """A customer with a PayPal account."""

    choice = "approve"

    async def prepare(self, operation: Operation) -> Any:
        """PayPal pays out to the account that paid, and to no bank's."""
        request = await super().prepare(operation)
        out = operation.key == "payment.payout"
        return dataclasses.replace(request, account=None) if out else request

    async def finish(self, operation: Operation, call: Call, outcome: Pending | Redirect) -> Any:
        """Choose on PayPal's page, come back, then ask."""
        if isinstance(outcome, Redirect):
            await self.visit(outcome.url)
        return await self.look_up(operation, dataclasses.replace(call, handle=outcome.handle))

    async def visit(self, url: str) -> None:
        """Choose on PayPal's page; a second click changes nothing."""
        app = httpx.ASGITransport(app=self.stand_in.app())
        async with httpx.AsyncClient(transport=app) as browser:
            page = await browser.get(url)
            answer = await browser.post(url, data={"choice": self.choice})
            await browser.post(url, json={"choice": "cancel"})
        assert "Amount" in page.text
        assert answer.status_code == 303
        assert answer.headers["location"].startswith(RETURN_URL)

    async def notices(self) -> list[Notice]:
        """What every webhook so far said, in order."""
        await self.stand_in.settle()
        told: list[Notice] = []
        for sent in self.callbacks:
            told += await receive(self.client, self.raw(sent.body, sent.headers))
        return told

    def raw(self, body: bytes, headers: Mapping[str, str], **more: Any) -> RawCallback:
        """A webhook as it arrives now."""
        return RawCallback(**{"received_at": datetime.now(UTC)} | more, body=body, headers=headers)

    async def away(self, operation: Operation = CHARGE) -> tuple[Call, Redirect]:
        """A customer who was sent to PayPal; the call with what the engine keeps of it."""
        request, call = await self.prepare(operation), self.call(operation)
        outcome = await self.send(operation, request, call)
        assert isinstance(outcome, Redirect)
        return dataclasses.replace(call, handle=outcome.handle), outcome

    @property
    def books(self) -> Books:
        """What the stand-in keeps."""
        books: Books = self.stand_in.state["books"]
        return books


class TestPayPal(AdapterContract):
    """The suite."""

    adapter = "paypal"
    settings: ClassVar[Mapping[str, object]] = {
        "client_id": "client-standin",
        "client_secret": "secret-standin",
        "webhook_id": WEBHOOK_ID,
        "brand": "Northstar",
    }
    bench_type = PayPalBench
    # PayPal signs the time, and sends the same message again for three days.
    signs_time = False


def paypal(**how: Any) -> PayPalBench:
    """A fresh bench."""
    bench = TestPayPal().bench(**how)
    assert isinstance(bench, PayPalBench)
    return bench


class TestApproving:
    """What becomes of a customer at PayPal."""

    @pytest.mark.parametrize("operation", [CHARGE, AUTHORISE], ids=lambda one: one.key)
    async def test_an_approved_order_is_completed_once(self, operation: Operation) -> None:
        """However often it is looked up, the money is taken or held once."""
        bench = paypal()
        call, away = await bench.away(operation)
        await bench.visit(away.url)
        found = [await bench.look_up(operation, call) for _ in range(3)]
        assert isinstance(found[0], Passed)
        assert found == found[:1] * 3
        assert [entry["effect"] for entry in bench.stand_in.ledger] == [operation.key]

    async def test_who_comes_back_without_approving_is_sent_again(self) -> None:
        """Cancelling on the page leaves the order open, at the same address."""
        bench = paypal()
        bench.choice = "cancel"
        call, away = await bench.away()
        await bench.visit(away.url)
        assert await bench.look_up(CHARGE, call) == away
        assert timedelta(hours=2) < away.expires - datetime.now(UTC) <= timedelta(hours=3)
        assert bench.stand_in.ledger == []

    async def test_an_order_that_ran_out_is_a_decline(self) -> None:
        """PayPal forgets orders that nobody approved."""
        bench = paypal()
        call, _ = await bench.away()
        bench.books.orders.clear()
        assert await bench.look_up(CHARGE, call) == Declined(code="declined")

    async def test_a_webhook_says_that_the_customer_approved(self) -> None:
        """Who never comes back is told by PayPal, and the next look-up completes the order."""
        bench = paypal()
        call, away = await bench.away()
        await bench.visit(away.url)
        (told,) = await bench.notices()
        assert told.reference == call.reference
        assert told.outcome == Pending(poll_after=timedelta(seconds=1), handle=away.handle)

    async def test_paypal_may_want_the_customer_once_more(self) -> None:
        """An order whose completion needs the customer sends there again."""
        bench = paypal()
        call, away = await bench.away()
        await bench.visit(away.url)
        bench.stand_in.state["again"] = True
        found = await bench.look_up(CHARGE, call)
        assert isinstance(found, Redirect)
        assert (found.url, found.handle) == (away.url, away.handle)

    async def test_an_order_may_be_completed_by_another_look_up_meanwhile(self) -> None:
        """That an order is captured already is read as what it came to."""
        bench = paypal()
        call, away = await bench.away()
        await bench.visit(away.url)
        await bench.look_up(CHARGE, call)
        bench.books.orders[str(away.handle)]["status"] = "APPROVED"
        bench.books.captures.clear()
        assert isinstance(await bench.look_up(CHARGE, call), Passed)

    async def test_a_payment_under_review_is_pending(self) -> None:
        """PayPal may look at a payment first; the webhook says when it is done."""
        bench = paypal()
        bench.stand_in.state["decided"] = False
        bench.stand_in.play("refer", CHARGE.key)
        call, away = await bench.away()
        await bench.visit(away.url)
        assert isinstance(await bench.look_up(CHARGE, call), Pending)
        with pytest.raises(InDoubt, match="PENDING_CAPTURE"):
            await bench.undo_by(CHARGE, call.reference, handle=away.handle)
        bench.stand_in.state["decided"] = True
        assert isinstance(await bench.look_up(CHARGE, call), Passed)
        assert [type(one.outcome) for one in await bench.notices()] == [Pending, Pending, Passed]


class TestUndoing:
    """Refunds and voids."""

    @pytest.mark.parametrize("operation", [CHARGE, AUTHORISE], ids=lambda one: one.key)
    async def test_an_order_that_nobody_completed_is_left(self, operation: Operation) -> None:
        """Nothing was taken: there is nothing to undo, approved or not."""
        bench = paypal()
        call, away = await bench.away(operation)
        await bench.undo_by(operation, call.reference, handle=away.handle)
        await bench.visit(away.url)
        await bench.undo_by(operation, call.reference, handle=away.handle)
        assert bench.stand_in.ledger == []

    @pytest.mark.parametrize("operation", [CHARGE, AUTHORISE], ids=lambda one: one.key)
    async def test_the_order_tells_what_to_undo(self, operation: Operation) -> None:
        """Where the answer was lost, what is to be undone is read off the order."""
        bench = paypal()
        await bench.run(operation)
        made = bench.history[operation.key]
        await bench.undo_by(operation, made.call.reference, handle=made.handle)
        assert len(bench.stand_in.done(f"payment.{operation.undo}")) == 1
        call = dataclasses.replace(made.call, handle=made.handle)
        assert await bench.look_up(operation, call) == Declined(code="declined")

    async def test_a_captured_hold_is_given_back_by_its_void(self) -> None:
        """A void after the capture refunds, once."""
        bench = paypal()
        await bench.run(CAPTURE)
        for known in (True, False):
            await bench.undo(AUTHORISE, bench.history[AUTHORISE.key], known=known)
        effects = [one["effect"] for one in bench.stand_in.ledger]
        assert effects == ["payment.authorise", "payment.capture", "payment.void"]

    async def test_a_refund_that_fails_needs_a_person(self) -> None:
        """A refund that PayPal answers as failed is refused, not done."""
        bench = paypal()
        await bench.run(CHARGE)
        bench.stand_in.play("decline", "payment.refund")
        with pytest.raises(Refused, match="the refund is FAILED"):
            await bench.undo(CHARGE, bench.history[CHARGE.key])

    async def test_a_hold_that_is_gone_cannot_be_captured(self) -> None:
        """Capturing a voided hold is refused, and looks absent."""
        bench = paypal()
        request, call = await bench.prepare(CAPTURE), bench.call(CAPTURE)
        await bench.undo(AUTHORISE, bench.history[AUTHORISE.key])
        with pytest.raises(Refused, match="AUTHORIZATION_VOIDED"):
            await bench.send(CAPTURE, request, call)
        assert await bench.look_up(CAPTURE, call) == Absent()


class TestReports:
    """Transaction Search, where nothing but our reference is left."""

    async def test_a_payment_is_found_by_our_reference(self) -> None:
        """The reports know it by `custom_id`, hours later; till then nothing is invented."""
        bench = paypal()
        await bench.run(CHARGE)
        bare = bench.history[CHARGE.key].call
        found = await bench.look_up(CHARGE, bare)
        assert found == bench.history[CHARGE.key].outcome
        bench.books.reported_after = timedelta(hours=3)
        assert await bench.look_up(CHARGE, bare) == Absent()

    async def test_a_payment_that_was_given_back_counts_as_declined(self) -> None:
        """A reversed transaction is no payment."""
        bench = paypal()
        await bench.run(CHARGE)
        made = bench.history[CHARGE.key]
        await bench.undo(CHARGE, made)
        assert isinstance(await bench.look_up(CHARGE, made.call), Declined)

    async def test_a_capture_goes_by_its_hold(self) -> None:
        """The capture of a hold is found by the hold's number, or by its order's."""
        bench = paypal()
        await bench.run(CAPTURE)
        made, hold = bench.history[CAPTURE.key], bench.history[AUTHORISE.key]
        call = made.call
        assert call.follows is not None
        unknown = dataclasses.replace(call.follows, output=None)
        for follows in (call.follows, unknown):
            found = await bench.look_up(CAPTURE, dataclasses.replace(call, follows=follows))
            assert found == made.outcome
        assert await bench.look_up(CAPTURE, dataclasses.replace(call, follows=None)) == Absent()
        assert made.outcome.output.payment == hold.outcome.output.payment

    async def test_a_capture_under_a_forgotten_key_is_not_a_second_one(self) -> None:
        """When PayPal no longer knows the key, a captured hold still answers as captured."""
        bench = paypal()
        first = await bench.run(CAPTURE)
        made: RecordedEffect = bench.history[CAPTURE.key]
        assert await bench.send(CAPTURE, made.request, bench.call(CAPTURE)) == first
        assert len(bench.stand_in.done(CAPTURE.key)) == 1


class TestWebhooks:
    """Webhooks beyond the suite's."""

    async def test_a_capture_of_a_hold_is_told_by_its_own_reference(self) -> None:
        """The invoice number is the reference of the capture."""
        bench = paypal()
        await bench.run(CAPTURE)
        made = bench.history[CAPTURE.key]
        told = [one for one in await bench.notices() if one.reference == made.call.reference]
        assert [one.outcome for one in told] == [made.outcome]
        assert isinstance(made.outcome.output, PaymentCaptured)

    @pytest.mark.parametrize(
        "changes",
        list[dict[str, str]](
            [
                {"PAYPAL-TRANSMISSION-SIG": ""},
                {"PAYPAL-CERT-URL": "https://evil.example/cert"},
                {"PAYPAL-CERT-URL": "http://api.paypal.com/cert"},
                {"PAYPAL-TRANSMISSION-TIME": "yesterday"},
                {"PAYPAL-TRANSMISSION-TIME": "2026-11-01T00:00:00Z"},
            ]
        ),
        ids=str,
    )
    async def test_paypal_is_not_asked_about_nonsense(self, changes: dict[str, str]) -> None:
        """What cannot be PayPal's is refused without a call."""
        bench = paypal()
        await bench.run(CHARGE)
        await bench.stand_in.settle()
        sent, before = bench.callbacks[0], len(bench.tape.exchanges)
        arrived = bench.raw(
            sent.body, {**sent.headers, **changes}, received_at=datetime(2026, 11, 23, tzinfo=UTC)
        )
        with pytest.raises(BadSignature):
            await receive(bench.client, arrived)
        assert len(bench.tape.exchanges) == before

    async def test_a_webhook_of_another_shape_is_refused(self) -> None:
        """What is no event is no notice."""
        bench = paypal()
        for body in (b"nothing", b"[]", b"{}"):
            with pytest.raises(BadSignature, match="unexpected shape"):
                await receive(bench.client, bench.raw(body, {}))

    @pytest.mark.parametrize(
        "event",
        [
            {"event_type": "BILLING.PLAN.CREATED", "resource": {}},
            {"event_type": "PAYMENT.CAPTURE.REFUNDED", "resource": {}},
            {
                "event_type": "CHECKOUT.ORDER.APPROVED",
                "resource": {"id": "X", "purchase_units": [{}]},
            },
        ],
        ids=lambda one: one["event_type"],
    )
    def test_what_is_not_about_our_payments_is_ignored(self, event: dict[str, Any]) -> None:
        """Other events, and orders that others made."""
        from unshackled_adapters.paypal.webhooks import notices

        assert notices(orjson.loads(orjson.dumps(event))) == ()


class TestMoney:
    """PayPal's amounts."""

    @pytest.mark.parametrize(
        ("minor", "currency", "value"),
        [
            (6_800, "GBP", "68.00"),
            (6_800, "JPY", "6800"),
            (6_800, "HUF", "68"),
            (6_800, "TWD", "68"),
        ],
    )
    def test_amounts_go_and_come_back(self, minor: int, currency: str, value: str) -> None:
        """Without decimals where PayPal takes none."""
        money = to_wire(minor, currency, "paypal")
        assert money == {"currency_code": currency, "value": value}
        assert from_wire(money) == (minor, currency)

    @pytest.mark.parametrize(("minor", "currency"), [(6_801, "HUF"), (6_800, "KWD")])
    def test_an_amount_that_paypal_cannot_take_is_not_sent(self, minor: int, currency: str) -> None:
        """A fraction of a forint, or dinars."""
        with pytest.raises(Refused, match=currency):
            to_wire(minor, currency, "paypal")
