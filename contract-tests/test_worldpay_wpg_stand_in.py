"""Worldpay's stand-in refuses nonsense as Worldpay would."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import AsyncIterator

import httpx
import pytest

from unshackled.sdk.xml import Markup
from unshackled.testing.bench import BASE_URL
from unshackled_adapters.worldpay_wpg import documents, mapping
from unshackled_adapters.worldpay_wpg.books import document
from unshackled_adapters.worldpay_wpg.fake import PATH, make

BASIC = {"Authorization": f"Basic {b64encode(b'user:made-up').decode()}"}
MONEY = documents.amount(6_800, "GBP")
ORDER = (
    '<submit><order orderCode="X"><description>Order</description>{money}<paymentDetails>'
    "<TOKEN-SSL><paymentTokenID>tok_visa</paymentTokenID></TOKEN-SSL></paymentDetails>"
    "</order></submit>"
)
CAPTURE = (
    '<modify><orderModification orderCode="X"><capture>{money}</capture>'
    "</orderModification></modify>"
)


@pytest.fixture
async def wpg() -> AsyncIterator[httpx.AsyncClient]:
    """A client of a fresh stand-in, whose notifications go nowhere."""
    stand_in = make()

    async def nowhere(*_: object) -> None:
        return

    stand_in.deliver = nowhere
    app = httpx.ASGITransport(app=stand_in.app())
    async with httpx.AsyncClient(transport=app, base_url=BASE_URL) as client:
        yield client


async def send(wpg: httpx.AsyncClient, body: str, **money: str) -> mapping.Reply:
    """What the gateway answers to a document."""
    content = document("NORTHSTAR", Markup(body.format(money=money.get("money", MONEY))))
    return mapping.reply((await wpg.post(PATH, content=content, headers=BASIC)).content)


@pytest.mark.parametrize("header", ["", "Bearer x", "Basic /w=="])
async def test_who_is_nobody_is_refused(wpg: httpx.AsyncClient, header: str) -> None:
    """Without basic authentication the answer is 401."""
    answer = await wpg.post(PATH, content=b"", headers={"Authorization": header})
    assert answer.status_code == 401


@pytest.mark.parametrize("body", [b"not XML", b"<paymentService/>", b"<other/>"])
async def test_what_is_no_document_is_error_2(wpg: httpx.AsyncClient, body: bytes) -> None:
    """Anything but a paymentService document is invalid XML to Worldpay."""
    answer = await wpg.post(PATH, content=body, headers=BASIC)
    assert mapping.reply(answer.content).error == "2"


async def test_an_order_needs_an_amount(wpg: httpx.AsyncClient) -> None:
    """An order or a capture without an amount is invalid XML."""
    assert (await send(wpg, ORDER, money="")).error == "2"
    assert (await send(wpg, ORDER)).event == "AUTHORISED"
    assert (await send(wpg, CAPTURE, money="")).error == "2"


async def test_no_more_is_captured_than_was_held(wpg: httpx.AsyncClient) -> None:
    """A capture of another amount, and a second capture, are refused."""
    await send(wpg, ORDER)
    assert (await send(wpg, CAPTURE, money=documents.amount(6_900, "GBP"))).error == "5"
    assert (await send(wpg, CAPTURE)).received
    assert (await send(wpg, CAPTURE)).error == "5"


@pytest.mark.parametrize(("order", "choice", "status"), [("Y", "approve", 404), ("X", "no", 422)])
async def test_the_page_knows_its_orders(
    wpg: httpx.AsyncClient, order: str, choice: str, status: int
) -> None:
    """An unknown order is 404, an unknown choice 422."""
    await send(wpg, ORDER)
    page = f"/app/hpp?OrderKey=NORTHSTAR^{order}"
    assert (await wpg.post(page, data={"choice": choice})).status_code == status


def test_a_foreign_order_is_nobody_s() -> None:
    """What is not named as our orders are says nothing of our effects."""
    told = mapping.Reply(event="AUTHORISED", amount=1, currency="GBP")
    assert mapping.notices(told, "INVOICE-1") == ()
