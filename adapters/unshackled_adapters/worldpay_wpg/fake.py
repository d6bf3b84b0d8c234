"""The stand-in of Worldpay's XML interface, with its hosted payment page."""

from __future__ import annotations

from base64 import b64decode
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from unshackled.sdk import Money
from unshackled.sdk.standin import Mode, StandIn
from unshackled.sdk.standin_rest import StandInError, back_to, base_of, chosen, hosted, hosted_page
from unshackled.sdk.xml import Element, Markup, find, local_name, render
from unshackled_adapters.worldpay_wpg import documents
from unshackled_adapters.worldpay_wpg.books import NOT_AUTHENTICATED, Books, Fault, Order, document

PATH: Final = "/jsp/merchant/xml/paymentService.jsp"


@dataclass(kw_only=True)
class Gateway:
    """One address for everything: what is asked stands in the document."""

    books: Books

    async def serve(self, request: Request, mode: Mode | None) -> Response:
        """Answer a paymentService document."""
        user = _user(request)
        if not user:
            return refusal(401)
        merchant = ""
        try:
            root = documents.read(await request.body())
            merchant = str(root.attrib["merchantCode"])
            told = self._act(merchant, _asked(root), mode, base_of(request))
        except Fault as fault:
            error = '<error code="{code}">{says}</error>'
            told = render(error, code=fault.code, says=fault.says)
        except (KeyError, TypeError, ValueError, AttributeError):
            told = render('<error code="2">{says}</error>', says="Invalid XML")
        body = document(merchant, Markup(f"<reply>{told}</reply>"))
        return Response(body, media_type="text/plain")

    def _act(self, merchant: str, element: Element, mode: Mode | None, base: str) -> Markup:
        name = local_name(element)
        if name == "order":
            return self.books.submit(merchant, element, mode, base)
        if name == "orderInquiry":
            return self.books.inquire(element)
        if find(element, "capture") is not None:
            return self.books.capture(element, mode)
        if find(element, "refund") is not None:
            return self.books.refund(element, mode)
        return self.books.give_back(element, mode)

    async def naming(self, request: Request) -> str:
        """Which of our operations is asked for."""
        try:
            asked = _asked(documents.read(await request.body()))
            hold = str(asked.attrib["orderCode"]).endswith(documents.HOLD)
        except (KeyError, ValueError, IndexError):
            return "*"
        name = local_name(asked)
        if name == "order":
            return "payment.authorise" if hold else "payment.charge"
        if name == "orderInquiry":
            return "payment.look_up"
        if find(asked, "capture") is not None:
            return "payment.capture"
        if find(asked, "refund") is not None:
            return "payment.refund_amount"
        return "payment.void" if hold else "payment.refund"

    async def page(self, request: Request) -> Response:
        """The payment page."""
        made = self._of(request)
        made.back = request.query_params.get("successURL", made.back)
        money = Money(amount=made.value, currency=made.currency)
        buttons = {"approve": "Pay by card", "fail": "Fail authentication"}
        return hosted_page("Worldpay", {"Order": made.code, "Amount": str(money)}, buttons)

    async def pay(self, request: Request) -> Response:
        """The customer's choice on the page, `approve` or `fail`; the first one counts."""
        made, choice = self._of(request), await chosen(request)
        if choice not in ("approve", "fail"):
            raise StandInError(422, "choice_must_be_approve_or_fail")
        if not made.event:
            self.books.decide(made, "" if choice == "approve" else NOT_AUTHENTICATED)
        return back_to(request.query_params.get("successURL", made.back))

    def _of(self, request: Request) -> Order:
        code = request.query_params.get("OrderKey", "").rpartition("^")[2]
        made = self.books.orders.get(code)
        if made is None:
            raise StandInError(404, "unknown_order")
        return made


def _asked(root: Element) -> Element:
    """The order, the modification or the inquiry of a document."""
    return root[0][0]


def _user(request: Request) -> str:
    scheme, _, pair = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        return b64decode(pair).decode().partition(":")[0]
    except ValueError:
        return ""


def refusal(status: int) -> Response:
    """An error that says no more than whose it is; wrong credentials get a challenge and a page."""
    if status == 401:
        challenge = {"WWW-Authenticate": 'Basic realm="WorldPay XML Service"'}
        return Response("Requires Authentication", 401, challenge)
    error = render('<error code="4">{says}</error>', says="Security error")
    return Response(
        document("", Markup(f"<reply>{error}</reply>")), status, media_type="text/plain"
    )


def make() -> StandIn:
    """A gateway with empty books."""
    stand_in = StandIn(name="worldpay_wpg")
    gateway = Gateway(books=Books(stand_in=stand_in))
    stand_in.state["books"] = gateway.books
    stand_in.refusal = refusal
    stand_in.route(PATH, gateway.naming)(gateway.serve)
    hosted(stand_in, "/app/hpp", show=gateway.page, choose=gateway.pay)
    return stand_in
