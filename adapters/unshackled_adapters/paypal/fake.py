"""The stand-in of PayPal's API, with the page where customers approve."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final

import orjson
from starlette.requests import Request
from starlette.responses import Response

from unshackled.sdk import Money
from unshackled.sdk.standin import Mode, StandIn, answer
from unshackled.sdk.standin_rest import StandInError, back_to, base_of, chosen, hosted, hosted_page
from unshackled_adapters.paypal.amounts import from_wire
from unshackled_adapters.paypal.books import Books, Failed, Wire, shown, signature, webhook_id
from unshackled_adapters.paypal.fake_payouts import Payouts
from unshackled_adapters.paypal.fake_refunds import Refunds
from unshackled_adapters.paypal.refunds import PART

Naming = str | Callable[[Request], Awaitable[str]]
Act = Callable[[Wire, Mode | None, Request], Wire]
UNREADABLE: Final = (KeyError, IndexError, TypeError, ValueError, AttributeError)
ORDERS: Final = "/v2/checkout/orders"
HOLDS: Final = "/v2/payments/authorizations"
TOKEN: Final = "A21AA-standin-token"
EVENT: Final = b'"webhook_event":'


@dataclass(kw_only=True)
class Api:
    """PayPal's API over the books: access tokens, request ids, its shape of errors.

    Under a known request id the present state of what it made is answered.
    """

    books: Books
    refunds: Refunds
    payouts: Payouts
    documents: dict[tuple[str, str], Wire] = field(default_factory=dict)

    def serve(self, method: str, path: str, naming: Naming, act: Act, status: int = 200) -> None:
        """Register an operation; a repeated answer about an order is 200."""
        again = 200 if path.startswith(ORDERS) else status

        async def endpoint(request: Request, mode: Mode | None) -> Response:
            if request.headers.get("authorization") != f"Bearer {TOKEN}":
                return answer({"error": "invalid_token"}, 401)
            key = (request.url.path, request.headers.get("paypal-request-id", ""))
            if key in self.documents:
                return _told(self.documents[key], request, again)
            try:
                found = act(await _json(request), mode, request)
            except Failed as failed:
                return answer(failed.body, failed.status)
            except UNREADABLE:
                return answer(Failed(400, "MALFORMED_REQUEST_JSON").body, 400)
            if method == "POST" and key[1]:
                self.documents[key] = found
            return _told(found, request, status)

        self.books.stand_in.route(path, naming, method)(endpoint)

    async def token(self, request: Request, mode: Mode | None) -> Response:
        """POST /v1/oauth2/token."""
        if not request.headers.get("authorization", "").startswith("Basic "):
            return answer({"error": "invalid_client"}, 401)
        told = {"access_token": TOKEN, "token_type": "Bearer", "expires_in": 32_400}
        return answer(told)

    def order(self, body: Wire, mode: Mode | None, request: Request) -> Wire:
        """POST /v2/checkout/orders."""
        return self.books.order(body, base_of(request))

    def capture_order(self, body: Wire, mode: Mode | None, request: Request) -> Wire:
        """POST /v2/checkout/orders/{id}/capture."""
        return self.books.complete(request.path_params["id"], mode, "CAPTURE")

    def authorize_order(self, body: Wire, mode: Mode | None, request: Request) -> Wire:
        """POST /v2/checkout/orders/{id}/authorize."""
        return self.books.complete(request.path_params["id"], mode, "AUTHORIZE")

    def read(self, body: Wire, mode: Mode | None, request: Request) -> Wire:
        """GET /v2/checkout/orders/{id}."""
        return self.books.known(request.path_params["id"])

    def hold(self, body: Wire, mode: Mode | None, request: Request) -> Wire:
        """GET /v2/payments/authorizations/{id}."""
        return self.books.hold(request.path_params["id"])

    def capture(self, body: Wire, mode: Mode | None, request: Request) -> Wire:
        """POST /v2/payments/authorizations/{id}/capture."""
        return self.books.capture(request.path_params["id"], body, mode)

    def void(self, body: Wire, mode: Mode | None, request: Request) -> Wire:
        """POST /v2/payments/authorizations/{id}/void."""
        return self.books.void(request.path_params["id"])

    def refund(self, body: Wire, mode: Mode | None, request: Request) -> Wire:
        """POST /v2/payments/captures/{id}/refund."""
        return self.refunds.give_back(request.path_params["id"], body, mode)

    def refunded(self, body: Wire, mode: Mode | None, request: Request) -> Wire:
        """GET /v2/payments/refunds/{id}."""
        return self.refunds.known(request.path_params["id"])

    def pay_out(self, body: Wire, mode: Mode | None, request: Request) -> Wire:
        """POST /v1/payments/payouts."""
        return self.payouts.pay(body, base_of(request), mode)

    def paid_out(self, body: Wire, mode: Mode | None, request: Request) -> Wire:
        """GET /v1/payments/payouts/{id}."""
        return self.payouts.known(request.path_params["id"])

    def captured(self, body: Wire, mode: Mode | None, request: Request) -> Wire:
        """GET /v2/payments/captures/{id}."""
        return self.books.captured(request.path_params["id"])

    def report(self, body: Wire, mode: Mode | None, request: Request) -> Wire:
        """GET /v1/reporting/transactions."""
        asked, rows = request.query_params, self.books.rows()
        size, page = int(asked["page_size"]), int(asked["page"])
        part = rows[(page - 1) * size : page * size]
        told = {"page": page, "total_items": len(rows), "total_pages": -(-len(rows) // size)}
        return told | (
            {"transaction_details": [{"transaction_info": one} for one in part]} if part else {}
        )

    async def verify(self, request: Request, mode: Mode | None) -> Response:
        """POST /v1/notifications/verify-webhook-signature, over the event's very bytes."""
        body = await request.body()
        asked, event = orjson.loads(body), body.partition(EVENT)[2][:-1]
        sent, at = asked["transmission_id"], asked["transmission_time"]
        wanted = signature(sent, at, webhook_id(), event)
        good = asked["webhook_id"] == webhook_id()
        good = good and hmac.compare_digest(wanted, asked["transmission_sig"])
        return answer({"verification_status": "SUCCESS" if good else "FAILURE"})

    async def page(self, request: Request) -> Response:
        """PayPal's page."""
        made = self._of(request)
        amount, currency = from_wire(made["purchase_units"][0]["amount"])
        facts = {"Order": made["id"], "Amount": str(Money(amount=amount, currency=currency))}
        buttons = {"approve": "Pay now", "cancel": "Cancel and return"}
        return hosted_page("Pay with PayPal", facts, buttons)

    async def choose(self, request: Request) -> Response:
        """The customer's choice on PayPal's page, `approve` or `cancel`."""
        made, choice = self._of(request), await chosen(request)
        if choice not in ("approve", "cancel"):
            raise StandInError(422, "choice_must_be_approve_or_cancel")
        if choice == "approve" and made["status"] == "PAYER_ACTION_REQUIRED":
            self.books.approve(made)
        home = self.books.homes[made["id"]]
        return back_to(f"{home}{'&' if '?' in home else '?'}token={made['id']}")

    async def ordering(self, request: Request) -> str:
        """Which of our operations a new order is."""
        hold = (await _json(request)).get("intent") == "AUTHORIZE"
        return "payment.authorise" if hold else "payment.charge"

    async def refunding(self, request: Request) -> str:
        """Which of our operations a refund is: of a sum, or an undo."""
        if str((await _json(request)).get("custom_id", "")).endswith(PART):
            return "payment.refund_amount"
        given: Wire = self.books.captures.get(request.path_params["id"], {})
        related = given.get("supplementary_data", {}).get("related_ids", {})
        return "payment.void" if "authorization_id" in related else "payment.refund"

    def _of(self, request: Request) -> Wire:
        made = self.books.orders.get(request.query_params.get("token", ""))
        if made is None:
            raise StandInError(404, "unknown_order")
        return made


async def _json(request: Request) -> Wire:
    body = await request.body()
    data: Any = orjson.loads(body) if body else {}
    return data if isinstance(data, dict) else {}


def _told(order: Wire, request: Request, status: int) -> Response:
    """The whole of it where that is preferred, else the least."""
    whole = request.method == "GET" or "representation" in request.headers.get("prefer", "")
    kept = shown(order) if whole else {name: order[name] for name in ("id", "status", "links")}
    return answer(kept, status)


def make() -> StandIn:
    """An account without orders."""
    stand_in = StandIn(name="paypal")
    stand_in.refusal = lambda status: answer(Failed(status, "NOT_AUTHORIZED").body, status)
    books = stand_in.state["books"] = Books(stand_in=stand_in)
    refunds = stand_in.state["refunds"] = Refunds(books=books)
    payouts = stand_in.state["payouts"] = Payouts(books=books)
    api, one = Api(books=books, refunds=refunds, payouts=payouts), "{id}"
    stand_in.state["api"] = api
    stand_in.route("/v1/oauth2/token", "oauth.token")(api.token)
    stand_in.route("/v1/notifications/verify-webhook-signature", "webhooks.verify")(api.verify)
    api.serve("POST", ORDERS, api.ordering, api.order)
    api.serve("GET", f"{ORDERS}/{one}", "payment.look_up", api.read)
    api.serve("POST", f"{ORDERS}/{one}/capture", "payment.charge", api.capture_order, 201)
    api.serve("POST", f"{ORDERS}/{one}/authorize", "payment.authorise", api.authorize_order, 201)
    api.serve("GET", f"{HOLDS}/{one}", "payment.look_up", api.hold)
    api.serve("POST", f"{HOLDS}/{one}/capture", "payment.capture", api.capture, 201)
    api.serve("POST", f"{HOLDS}/{one}/void", "payment.void", api.void)
    api.serve("POST", f"/v2/payments/captures/{one}/refund", api.refunding, api.refund, 201)
    api.serve("GET", f"/v2/payments/captures/{one}", "payment.look_up", api.captured)
    api.serve("GET", f"/v2/payments/refunds/{one}", "payment.look_up", api.refunded)
    api.serve("POST", "/v1/payments/payouts", "payment.payout", api.pay_out, 201)
    api.serve("GET", f"/v1/payments/payouts/{one}", "payment.look_up", api.paid_out)
    api.serve("GET", "/v1/reporting/transactions", "payment.look_up", api.report)
    hosted(stand_in, "/checkoutnow", show=api.page, choose=api.choose)
    return stand_in
