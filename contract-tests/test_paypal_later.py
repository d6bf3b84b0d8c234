"""What PayPal says of a payment after the first answer, and where it says less than it could."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from unshackled.ports import all_operations
from unshackled.sdk import (
    Declined,
    InDoubt,
    Notice,
    NotUndone,
    Pending,
    RawCallback,
    Redirect,
    Undecided,
)
from unshackled.sdk.standin import StandIn
from unshackled.testing.bench import AdapterHarness, Callback
from unshackled_adapters import paypal
from unshackled_adapters.paypal.books import WEBHOOK_ID, Books, Failed
from unshackled_adapters.paypal.fake import make
from unshackled_adapters.paypal.webhooks import AT_ONCE, receive

CHARGE = all_operations()["payment.charge"]
AUTHORISE = all_operations()["payment.authorise"]
CAPTURE = all_operations()["payment.capture"]
BROKE = NotUndone(code="refund_failed")
SETTINGS = paypal.Settings.model_validate(
    {
        "base_url": "https://api-m.paypal.com",
        "client_id": "client-standin",
        "client_secret": "secret-standin",
        "webhook_id": WEBHOOK_ID,
    }
)


class PayPalBench(AdapterHarness):
    """A customer who approves at once."""

    async def finish(self, operation: Any, call: Any, outcome: Any) -> Any:
        """PayPal hears the customer, then is asked."""
        assert isinstance(outcome, Redirect)
        self.books.approve(self.books.orders[str(outcome.handle)])
        return await self.look_up(operation, dataclasses.replace(call, handle=outcome.handle))

    @property
    def books(self) -> Books:
        """What the stand-in keeps."""
        books: Books = self.stand_in.state["books"]
        return books

    def follows(self) -> Any:
        """A capture's call with what the engine keeps of its hold."""
        made, held = self.history[CAPTURE.key], self.history[AUTHORISE.key]
        assert made.call.follows is not None
        before = dataclasses.replace(made.call.follows, handle=held.handle)
        return dataclasses.replace(made.call, follows=before)


def bench(stand_in: StandIn | None = None) -> PayPalBench:
    """A fresh account."""
    return PayPalBench(adapter=paypal.ADAPTER, stand_in=stand_in or make(), settings=SETTINGS)


async def captured() -> PayPalBench:
    """Held and captured; what was held does not say which order it belongs to."""
    made = bench()
    await made.run(CAPTURE)
    await made.stand_in.settle()
    for one in made.books.holds.values():
        del one["supplementary_data"]
    return made


def arrived(sent: Callback) -> RawCallback:
    """A webhook as it arrives now."""
    return RawCallback(body=sent.body, headers=sent.headers, received_at=datetime.now(UTC))


async def told(made: PayPalBench, kind: str) -> list[Notice]:
    """What the webhooks of a kind said."""
    await made.stand_in.settle()
    found: list[Notice] = []
    for sent in made.callbacks:
        if orjson.loads(sent.body)["event_type"] == kind:
            found += await receive(made.client, arrived(sent))
    return found


class TestVoidAfterCapture:
    """`PREVIOUSLY_CAPTURED`: the money is with the retailer, and has to go back."""

    @pytest.mark.parametrize("how", ["handle", "link", "reports"])
    async def test_the_capture_is_found_and_given_back(self, how: str) -> None:
        """By the order that we know, by the one it links to, or by the reports: once."""
        made = await captured()
        held = made.history[AUTHORISE.key]
        if how == "link":
            href = f"https://api.paypal.com/v2/checkout/orders/{held.handle}"
            for one in made.books.holds.values():
                one["links"] = [{"rel": "up", "href": href, "method": "GET"}]
        handle = held.handle if how == "handle" else None
        await made.undo_by(AUTHORISE, held.call.reference, held.outcome.output, handle)
        (given,) = made.stand_in.done("payment.void")
        assert given["amount"] == held.outcome.output.amount

    async def test_what_is_not_found_is_in_doubt(self) -> None:
        """Nothing says which capture it was: the undo is never called done."""
        made = await captured()
        held = made.history[AUTHORISE.key]
        made.books.captures.clear()
        with pytest.raises(Undecided, match="not found"):
            await made.undo_by(AUTHORISE, held.call.reference, held.outcome.output)
        made.books.orders[str(held.handle)]["purchase_units"][0]["payments"]["captures"] = []
        with pytest.raises(Undecided, match="not found"):
            await made.undo_by(AUTHORISE, held.call.reference, held.outcome.output, held.handle)
        assert made.stand_in.done("payment.void") == []


class TestCaptures:
    """The capture of a hold."""

    @pytest.mark.parametrize("status", ["DECLINED", "FAILED"])
    async def test_one_that_took_nothing_is_known_at_once(self, status: str) -> None:
        """Of the answer, a look-up and the webhook: no doubt is left for days."""
        made = bench()
        request = await made.prepare(CAPTURE)
        made.stand_in.play("decline", CAPTURE.key)
        assert await made.run(CAPTURE, request=request) == Declined(code="declined")
        for one in made.books.captures.values():
            one["status"] = status
        call = made.history[CAPTURE.key].call
        assert await made.look_up(CAPTURE, call) == Declined(code="declined")
        (notice,) = await told(made, "PAYMENT.CAPTURE.DECLINED")
        assert notice == Notice(reference=call.reference, outcome=Declined(code="declined"))

    async def test_a_webhook_that_names_no_hold_is_a_reason_to_ask(self) -> None:
        """Its invoice number says whose it is; it is never read as a charge."""
        made = await captured()
        sent = next(one for one in made.callbacks if b"PAYMENT.CAPTURE.COMPLETED" in one.body)
        event = orjson.loads(sent.body)
        del event["resource"]["supplementary_data"]
        made.books.tell(event["event_type"], "capture", event["resource"])
        await made.stand_in.settle()
        (notice,) = await receive(made.client, arrived(made.callbacks[-1]))
        assert notice.reference == made.history[CAPTURE.key].call.reference
        assert notice.outcome == Pending(poll_after=AT_ONCE)

    @pytest.mark.parametrize("issue", ["DUPLICATE_INVOICE_ID", "AUTHORIZATION_ALREADY_CAPTURED"])
    async def test_one_that_was_done_before_is_looked_up(self, issue: str) -> None:
        """What became of it is told; where it is not found it is in doubt, never refused."""
        made = await captured()
        before = made.history[CAPTURE.key]
        _says(made, "capture", issue)
        call = dataclasses.replace(made.follows(), reference="B" * 26)
        assert await made.send(CAPTURE, before.request, call) == before.outcome
        unknown = dataclasses.replace(call, follows=None, reference="C" * 26)
        with pytest.raises(InDoubt):
            await made.send(CAPTURE, before.request, unknown)

    async def test_a_look_up_does_not_call_a_captured_hold_untouched(self) -> None:
        """The hold says that it was captured, and not by which order: in doubt, not absent."""
        made = await captured()
        whole = made.follows()
        bare = dataclasses.replace(whole.follows, handle=None)
        with pytest.raises(Undecided):
            await made.look_up(CAPTURE, dataclasses.replace(whole, follows=bare))
        found = await made.look_up(CAPTURE, whole)
        assert found == made.history[CAPTURE.key].outcome

    @pytest.mark.parametrize("issue", ["PREVIOUS_REQUEST_IN_PROGRESS", "PENDING_CAPTURE"])
    async def test_one_that_is_still_at_work_is_in_doubt(self, issue: str) -> None:
        """Of an undo too: it is sent again."""
        made = bench()
        await made.run(AUTHORISE)
        _says(made, "void", issue)
        with pytest.raises(InDoubt):
            await made.undo(AUTHORISE, made.history[AUTHORISE.key])


class TestRefunds:
    """`PAYMENT.REFUND.FAILED`."""

    @pytest.mark.parametrize("named", [True, False])
    async def test_one_that_comes_back_is_told(self, named: bool) -> None:
        """By our reference in it, or by that of the capture it links to."""
        made = bench()
        await made.run(CHARGE)
        reference = made.history[CHARGE.key].call.reference
        (number,) = made.books.captures
        up = {"rel": "up", "href": f"https://api.paypal.com/v2/payments/captures/{number}"}
        refund = {"id": "REFUND0000000001", "status": "FAILED", "links": [up]}
        made.books.tell(
            "PAYMENT.REFUND.FAILED", "refund", refund | ({"custom_id": reference} if named else {})
        )
        assert await told(made, "PAYMENT.REFUND.FAILED") == [
            Notice(reference=reference, outcome=BROKE)
        ]

    @pytest.mark.parametrize(
        ("kind", "status"),
        [("PAYMENT.REFUND.PENDING", "PENDING"), ("PAYMENT.REFUND.COMPLETED", "COMPLETED")],
    )
    async def test_one_under_way_is_no_news(self, kind: str, status: str) -> None:
        """It was told when it was asked for."""
        made = bench()
        made.books.tell(kind, "refund", {"id": "R", "status": status, "custom_id": "A" * 26})
        assert await told(made, kind) == []


class TestPages:
    """Where PayPal sends the customer."""

    @pytest.mark.parametrize("links", [[], None, [{"rel": "self", "href": "https://x.example"}]])
    async def test_an_order_without_a_page_is_a_clear_error(self, links: Any) -> None:
        """Nobody can approve it: the provider's answer is called malformed."""
        made = bench()
        _changed(made, lambda order: order | {"links": links})
        with pytest.raises(InDoubt, match="NoPayerActionLink"):
            await made.send(CHARGE, await made.prepare(CHARGE), made.call(CHARGE))

    async def test_an_error_without_a_page_has_the_orders(self) -> None:
        """`PAYER_ACTION_REQUIRED` without a link: the order is read for it."""
        made = bench()
        call = made.call(CHARGE)
        sent = await made.send(CHARGE, await made.prepare(CHARGE), call)
        assert isinstance(sent, Redirect)
        order = made.books.orders[str(sent.handle)]
        made.books.approve(order)
        made.stand_in.state["again"] = True
        page, order["links"] = order["links"], []
        call = dataclasses.replace(call, handle=sent.handle)
        with pytest.raises(InDoubt):
            await made.look_up(CHARGE, call)
        order["status"], order["links"] = "PAYER_ACTION_REQUIRED", page
        assert await made.look_up(CHARGE, call) == dataclasses.replace(
            sent, expires=(await made.look_up(CHARGE, call)).expires
        )

    async def test_a_card_that_ran_out_is_declined(self) -> None:
        """The customer may choose another one at PayPal."""
        made = bench()
        _says(made, "order", "CARD_EXPIRED")
        outcome = await made.send(CHARGE, await made.prepare(CHARGE), made.call(CHARGE))
        assert outcome == Declined(code="card_declined")


def _says(made: PayPalBench, what: str, issue: str) -> None:
    """PayPal answers this call with an issue from now on."""

    def failing(*_: object, **__: object) -> Mapping[str, Any]:
        raise Failed(409 if issue == "PREVIOUS_REQUEST_IN_PROGRESS" else 422, issue)

    setattr(made.books, what, failing)


def _changed(made: PayPalBench, change: Any) -> None:
    """New orders are told otherwise."""
    order = made.books.order

    def other(body: Any, base: str) -> Any:
        return change(order(body, base))

    made.books.order = other  # type: ignore[method-assign]
