"""What goes over the wire: paymentService documents, written and read without any DTD."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote

from unshackled.sdk import Call
from unshackled.sdk.ports import (
    AuthorisePayment,
    CapturePayment,
    ChargePayment,
    exponent,
)
from unshackled.sdk.xml import Element, Markup, find_all, parse, render
from unshackled_adapters.worldpay_wpg.settings import Settings

# A hold has its own order code, so that a notification tells it from a charge.
HOLD: Final = "-HOLD"
# So has the reference of a refund of a sum, so that one that failed is told from an undo.
REFUND: Final = "-REFUND"
CAPTURED: Final = re.compile(r"[A-Z2-7]{26}")
REFUNDED: Final = re.compile(r"([A-Z2-7]{26})-REFUND")
ORDER: Final = re.compile(r"([A-Z2-7]{26})(-HOLD)?")
# The token that stands for Worldpay's own page.
HOSTED: Final = "hosted"

DECLARATION: Final = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<!DOCTYPE paymentService PUBLIC "-//WorldPay//DTD WorldPay PaymentService v1//EN" '
    '"http://dtd.worldpay.com/paymentService_v1.dtd">'
)
# A document type by name only: one with declarations of its own is left for `parse` to refuse.
DOCTYPE: Final = re.compile(
    rb"<!DOCTYPE\s+paymentService\s+PUBLIC\s+(\"[^\"<>\[]*\"|'[^'<>\[]*')"
    rb"\s*(\"[^\"<>\[]*\"|'[^'<>\[]*')?\s*>"
)
SERVICE: Final = '<paymentService version="1.4" merchantCode="{merchant}">{body}</paymentService>'
AMOUNT: Final = (
    '<amount value="{value}" currencyCode="{currency}" exponent="{exponent}" '
    'debitCreditIndicator="credit"/>'
)
STORED: Final = (
    '<submit><order orderCode="{order}" captureDelay="{delay}">'
    "<description>{description}</description>{amount}"
    '<paymentDetails><TOKEN-SSL tokenScope="{scope}">'
    "<paymentTokenID>{token}</paymentTokenID></TOKEN-SSL></paymentDetails>"
    "{shopper}{statement}</order></submit>"
)
PAGE: Final = (
    '<submit><order orderCode="{order}" installationId="{installation}" captureDelay="{delay}">'
    "<description>{description}</description>{amount}"
    '<paymentMethodMask><include code="ALL"/></paymentMethodMask>{statement}</order></submit>'
)
CAPTURE: Final = (
    '<modify><orderModification orderCode="{order}">'
    '<capture reference="{reference}">{amount}</capture></orderModification></modify>'
)
GIVE_BACK: Final = (
    '<modify><orderModification orderCode="{order}"><cancelOrRefund/></orderModification></modify>'
)
INQUIRY: Final = '<inquiry><orderInquiry orderCode="{order}"/></inquiry>'
RESULT_URLS: Final = ("successURL", "pendingURL", "failureURL", "cancelURL", "errorURL")


def read(body: bytes) -> Element:
    """The root of one of Worldpay's documents; `ValueError` for anything else."""
    root = parse(DOCTYPE.sub(b"", body, count=1))
    if str(root.tag) != "paymentService":
        raise ValueError("not a paymentService")
    return root


def service(body: Markup, settings: Settings) -> bytes:
    """A whole request."""
    return (DECLARATION + render(SERVICE, merchant=settings.merchant_code, body=body)).encode()


def submit(
    request: ChargePayment | AuthorisePayment, call: Call, settings: Settings, *, hold: bool
) -> Markup:
    """An order paid by a token, or on Worldpay's own page.

    Raises `ValueError` where the page is not set up, or a shopper's token has no shopper.
    """
    common = {
        "order": call.reference + (HOLD if hold else ""),
        "delay": "OFF" if hold else "0",
        "description": settings.description,
        "amount": amount(request.quote.due_today, request.quote.currency),
        "statement": _element("statementNarrative", settings.statement),
    }
    if request.method.token == HOSTED:
        if not settings.installation_id:
            raise ValueError("no installation_id for the hosted pages")
        return render(PAGE, installation=settings.installation_id, **common)
    customer = request.checkout.customer_ref if settings.shopper_tokens else None
    if settings.shopper_tokens and not customer:
        raise ValueError("no customer_ref for a shopper's token")
    shopper = _element("authenticatedShopperID", customer or "")
    return render(
        STORED,
        scope="shopper" if settings.shopper_tokens else "merchant",
        token=request.method.token,
        shopper=Markup(f"<shopper>{shopper}</shopper>") if shopper else shopper,
        **common,
    )


def capture(request: CapturePayment, order: str, call: Call) -> Markup:
    """The capture of all that is held."""
    held = amount(request.authorised.amount, request.authorised.currency)
    return render(CAPTURE, order=order, reference=call.reference, amount=held)


def amount(value: int, currency: str) -> Markup:
    """An amount; WPG is told how many of its digits are decimals."""
    return render(AMOUNT, value=value, currency=currency, exponent=exponent(currency))


def minor(element: Element) -> tuple[int, str]:
    """An amount in our minor units, and its currency."""
    currency = str(element.attrib["currencyCode"])
    if int(str(element.attrib["exponent"])) != exponent(currency):
        raise ValueError("exponent")
    return int(str(element.attrib["value"])), currency


def page_url(reference: str, back: str) -> str:
    """Worldpay's page, told where to send the customer afterwards, whatever comes of it."""
    joint = "&" if "?" in reference else "?"
    return reference + joint + "&".join(f"{name}={quote(back, safe='')}" for name in RESULT_URLS)


def events(root: Element) -> list[Element]:
    """The order events of a notification."""
    return find_all(root, "notify/orderStatusEvent")


def _element(name: str, text: str) -> Markup:
    return render(f"<{name}>{{text}}</{name}>", text=text) if text else Markup("")
