"""Refunds of sums at WPG: taken in with their sum, and a person where the answer was lost."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

import unshackled_adapters.worldpay_wpg as package
from unshackled.domain.case_money import CaseMoney
from unshackled.outbound import HttpClient
from unshackled.ports import all_operations
from unshackled.sdk import (
    Declined,
    Followed,
    InDoubt,
    Notice,
    NotUndone,
    Passed,
    RawCallback,
    Refused,
    Undecided,
    manual,
)
from unshackled.sdk.ports import AmountRefunded
from unshackled.sdk.xml import Markup
from unshackled.testing.bench import BASE_URL, AdapterHarness
from unshackled_adapters.worldpay_wpg import documents
from unshackled_adapters.worldpay_wpg.books import document
from unshackled_adapters.worldpay_wpg.client import WorldpayPayment, receive
from unshackled_adapters.worldpay_wpg.fake import make

CHARGE = all_operations()["payment.charge"]
CAPTURE = all_operations()["payment.capture"]
REFUND = all_operations()["payment.refund_amount"]
SETTINGS = package.Settings.model_validate(
    {
        "base_url": BASE_URL,
        "merchant_code": "NORTHSTAR",
        "username": "NORTHSTARXML",
        "password": "made-up-wpg-password",
    }
)
MONEY = '<amount value="{value}" currencyCode="GBP" exponent="2" debitCreditIndicator="credit"/>'


class Account(AdapterHarness):
    """A merchant that sold for 68.00."""

    async def of(self, amount: int, **facts: Any) -> Any:
        """A refund of so much."""
        money = CaseMoney(payment=amount, currency="GBP")
        request = dataclasses.replace(await self.prepare(REFUND), money=money, **facts)
        self.asked = request, self.call(REFUND)
        return await self.send(REFUND, *self.asked)

    async def told(self) -> list[Notice]:
        """What the notifications that have not been read yet come to."""
        await self.stand_in.settle()
        sent = list(self.callbacks)
        self.callbacks.clear()
        notices: list[Notice] = []
        for one in sent:
            raw = RawCallback(body=one.body, headers={}, received_at=datetime.now(UTC))
            notices += await receive(self.client, raw)
        return notices


async def sold(sale: Any = CHARGE) -> Account:
    """A merchant with one sale."""
    account = Account(adapter=package.ADAPTER, stand_in=make(), settings=SETTINGS)
    await account.run(sale)
    await account.told()
    return account


async def answered(reply: str, account: Account) -> Any:
    """What a refund of 19.00 comes to at a gateway that replies so."""
    body = document("NORTHSTAR", Markup(f"<reply>{reply}</reply>"))
    wire = httpx.MockTransport(lambda _: httpx.Response(200, content=body))
    client = WorldpayPayment(SETTINGS, HttpClient("wpg", BASE_URL, transport=wire))
    return await client.refund_amount(await account.prepare(REFUND), account.call(REFUND))


async def test_parts_go_back_until_nothing_is_left() -> None:
    """More than is left is refused at once, by an error that only its words tell apart."""
    account = await sold()
    first = await account.of(1_900)
    reference = account.asked[1].reference
    made = AmountRefunded(refund=reference, amount=1_900, currency="GBP")
    assert first == Passed(output=made)
    beyond = await account.of(4_901)
    assert beyond == Declined(code="already_refunded")
    assert beyond.vendor_code == "5"
    assert isinstance(await account.of(4_900), Passed)
    assert await account.of(1) == Declined(code="already_refunded")
    assert [one["amount"] for one in account.stand_in.done(REFUND.key)] == [1_900, 4_900]


async def test_a_captured_hold_is_given_back_of() -> None:
    """By the order of the hold, of which the capture has the code as its handle too."""
    account = await sold(CAPTURE)
    made = account.history[CAPTURE.key]
    captured = made.outcome.output
    assert isinstance(await account.of(1_900, charged=None, captured=captured), Passed)
    (entry,) = account.stand_in.done(REFUND.key)
    assert entry["payment"] == captured.payment
    assert str(entry["payment"]).endswith(documents.HOLD)
    bare = Followed(reference=made.call.reference, handle=captured.payment, output=None)
    request = dataclasses.replace(account.asked[0], captured=None)
    call = account.call(REFUND, follows=bare)
    assert isinstance(await account.send(REFUND, request, call), Passed)
    assert account.stand_in.done(REFUND.key)[-1]["payment"] == captured.payment


async def test_a_charge_is_its_own_order() -> None:
    """Where our output is gone its reference still names the order; without one it is refused."""
    account = await sold()
    request, call = await account.prepare(REFUND), account.call(REFUND)
    assert call.follows is not None
    request = dataclasses.replace(request, charged=None)
    bare = dataclasses.replace(call.follows, output=None, handle=None)
    gone = dataclasses.replace(call, follows=bare)
    assert isinstance(await account.send(REFUND, request, gone), Passed)
    with pytest.raises(Refused, match="not known"):
        await account.send(REFUND, request, dataclasses.replace(call, follows=None))


async def test_a_hold_that_was_not_captured_gives_nothing_back() -> None:
    """There is no money of ours yet: refused, not declined."""
    account = Account(adapter=package.ADAPTER, stand_in=make(), settings=SETTINGS)
    held = await account.run(all_operations()["payment.authorise"])
    order = held.output.payment
    captured = dataclasses.replace((await account.run(CAPTURE)).output, payment=order)
    account.stand_in.state["books"].orders[order].event = "AUTHORISED"
    with pytest.raises(Refused, match="error 5"):
        await account.of(1_900, charged=None, captured=captured)


async def test_a_lost_answer_is_a_persons() -> None:
    """An inquiry has the last event of an order only: a settlement after it would hide a refund.

    So nothing is sent again and nothing called absent, though the money went back.
    """
    assert package.ADAPTER.doubt[REFUND.key] == manual()
    account = await sold()
    account.stand_in.play("lost_answer", REFUND.key, times=1)
    with pytest.raises(InDoubt):
        await account.of(1_900)
    with pytest.raises(Undecided, match="do not list refunds"):
        await account.look_up(REFUND, account.asked[1])
    assert len(account.stand_in.done(REFUND.key)) == 1


async def test_a_refund_that_fails_later_is_told_by_its_own_reference() -> None:
    """Once an inquiry says so too; the payment's undo is not spoken of, and it can go back anew."""
    account = await sold()
    await account.of(1_900)
    assert await account.told() == []
    (order,) = account.stand_in.state["books"].orders.values()
    account.stand_in.state["books"].break_refund(order, 1_900)
    (notice,) = await account.told()
    assert notice == Notice(reference=account.asked[1].reference, outcome=Declined(code="declined"))
    assert getattr(notice.outcome, "vendor_code", None) == "REFUND_FAILED"
    assert isinstance(await account.of(6_800), Passed)


async def test_a_settlement_after_a_refund_is_no_news_of_a_capture() -> None:
    """The payment then has the refund's reference: a late notification tells the hold alone."""
    account = Account(adapter=package.ADAPTER, stand_in=make(), settings=SETTINGS)
    await account.run(CAPTURE)
    await account.stand_in.settle()
    late = next(one for one in account.callbacks if b"CAPTURED" in one.body)
    captured = account.history[CAPTURE.key].outcome.output
    await account.of(1_900, charged=None, captured=captured)
    (order,) = (one for one in account.stand_in.state["books"].orders.values() if one.refunded)
    order.event = "SETTLED"
    raw = RawCallback(body=late.body, headers={}, received_at=datetime.now(UTC))
    told = [notice.reference for notice in await receive(account.client, raw)]
    assert told == [account.history["payment.authorise"].call.reference]


async def test_a_failure_without_a_refunds_reference_is_of_an_undo() -> None:
    """A capture's reference, or none, is nothing that a refund of a sum has."""
    account = await sold()
    await account.of(1_900)
    await account.told()
    (order,) = account.stand_in.state["books"].orders.values()
    order.event, order.reference = "REFUND_FAILED", "C" * 26
    account.stand_in.state["books"].notify(order)
    (notice,) = await account.told()
    assert notice.outcome == NotUndone(code="refund_failed")


@pytest.mark.parametrize(
    ("reply", "amount"),
    [
        (f'<ok><refundReceived orderCode="O">{MONEY}</refundReceived></ok>', 1_900),
        (
            '<orderStatus orderCode="O"><payment><paymentMethod>VISA-SSL</paymentMethod>'
            + MONEY.replace("{value}", "6800")
            + "<lastEvent>SENT_FOR_REFUND</lastEvent></payment>"
            f'<orderModification orderCode="O"><refund>{MONEY}</refund></orderModification>'
            "</orderStatus>",
            1_900,
        ),
    ],
    ids=["ok", "how the payment stands"],
)
async def test_worldpay_says_how_much_it_took_in(reply: str, amount: int) -> None:
    """In either of its two replies: that sum is told, whatever the payment's is."""
    account = await sold()
    for value in (amount, amount - 1):
        told = await answered(reply.replace("{value}", str(value)), account)
        assert told.output.amount == value


@pytest.mark.parametrize(
    "reply",
    [
        '<ok><captureReceived orderCode="O">' + MONEY + "</captureReceived></ok>",
        '<ok><voidReceived orderCode="O"/></ok>',
        '<orderStatus orderCode="O"><payment><paymentMethod>VISA-SSL</paymentMethod>'
        + MONEY
        + "<lastEvent>SENT_FOR_REFUND</lastEvent></payment></orderStatus>",
    ],
    ids=["a capture", "a void", "no refund"],
)
async def test_a_reply_that_says_no_sum_of_a_refund_is_in_doubt(reply: str) -> None:
    """It may have been done, of another sum than was asked for."""
    account = await sold()
    with pytest.raises(InDoubt, match="shape"):
        await answered(reply.replace("{value}", "1900"), account)


async def test_a_refund_that_fails_at_once_is_declined() -> None:
    """Where Worldpay answers with how the payment stands, and it failed."""
    account = await sold()
    reply = (
        '<orderStatus orderCode="O"><payment><paymentMethod>VISA-SSL</paymentMethod>'
        + MONEY.replace("{value}", "6800")
        + "<lastEvent>REFUND_FAILED</lastEvent></payment></orderStatus>"
    )
    assert await answered(reply, account) == Declined(code="declined")
