"""The stand-in Klarna: sessions, the hosted page, reviews, orders and captures."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from unshackled.sdk import Money
from unshackled.sdk.standin import StandIn, answer
from unshackled.sdk.standin_rest import back_to, chosen, hosted, hosted_page
from unshackled_adapters.klarna_payments import CURRENCIES
from unshackled_adapters.klarna_payments.fake_orders import Orders
from unshackled_adapters.klarna_payments.wire import ApiFault, KlarnaRequest, Wire, nothing

PAGE_LIVES: Final = timedelta(hours=47)
SESSION_LIVES: Final = timedelta(hours=48)
CATEGORIES: Final = ("pay_later", "pay_over_time")
FINAL: Final = frozenset({"COMPLETED", "CANCELLED", "DISABLED"})
BACK_BY: Final = {"COMPLETED": "success", "FAILED": "failure", "CANCELLED": "cancel"}


@dataclass(kw_only=True)
class Page:
    """One hosted page of a session; `verdict` is what the customer's agreement leads to."""

    number: str
    session: dict[str, Any]
    urls: dict[str, str]
    expires: datetime
    verdict: str
    status: str = "WAITING"
    order: str | None = None


@dataclass(kw_only=True)
class Klarna:
    """Sessions and the pages that show them."""

    stand_in: StandIn
    orders: Orders
    sessions: dict[str, dict[str, Any]] = field(default_factory=dict)
    pages: dict[str, Page] = field(default_factory=dict)

    def open(self, request: KlarnaRequest) -> Response:
        """Open a session for a purchase; who buys is not asked yet."""
        _check(request.data)
        number = self._number("session", len(self.sessions))
        self.sessions[number] = {**request.data, "status": "incomplete", "session_id": number}
        offered = () if request.mode == "decline" else CATEGORIES
        told = {
            "session_id": number,
            "client_token": f"token-of-{number}",
            "payment_method_categories": [
                {"identifier": one, "name": one.replace("_", " ").title()} for one in offered
            ],
        }
        return answer(told)

    def update(self, request: KlarnaRequest) -> Response:
        """Change a session that has no order yet."""
        session = self._session(request.params["session"])
        _check({**session, **request.data})
        if session["status"] == "complete":
            raise ApiFault(404, "NOT_FOUND")
        session.update(request.data)
        return nothing()

    def make_page(self, request: KlarnaRequest) -> Response:
        """A hosted page for a session."""
        number = request.data["payment_session_url"].rpartition("/")[2]
        session = self._session(number)
        if session["status"] == "complete":
            raise ApiFault(404, "NOT_FOUND")
        if request.data["options"]["place_order_mode"] != "PLACE_ORDER":
            raise ApiFault(400, "BAD_VALUE", "the stand-in only places orders itself")
        page = Page(
            number=self._number("page", len(self.pages)),
            session=session,
            urls=request.data["merchant_urls"],
            expires=self.stand_in.now() + PAGE_LIVES,
            verdict=_verdict(session, request.mode),
        )
        self.pages[page.number] = page
        told = {
            "session_id": page.number,
            "session_url": f"{request.base}/hpp/v1/sessions/{page.number}",
            "redirect_url": f"{request.base}/hpp/payments/{page.number}",
            "expires_at": _written(page.expires),
        }
        return answer(told, 201)

    def read_page(self, request: KlarnaRequest) -> Response:
        """A page and its status."""
        return answer(self._told(self._page(request.params["page"])))

    def disable(self, request: KlarnaRequest) -> Response:
        """Close a page for good, unless the customer was faster."""
        page = self._page(request.params["page"])
        if page.status == "COMPLETED":
            raise ApiFault(400, "BAD_VALUE", "already completed")
        page.status = "DISABLED"
        return nothing()

    async def show(self, request: Request) -> Response:
        """The hosted page."""
        page = self._page(request.path_params["page"])
        if page.status == "WAITING":
            self._moves(page, "IN_PROGRESS")
        due = Money(amount=page.session["order_amount"], currency=page.session["purchase_currency"])
        buttons = {"approve": "Agree and buy", "cancel": "Cancel", "back": "Back to the shop"}
        return hosted_page("Pay over time", {"To finance": str(due)}, buttons)

    async def choose(self, request: Request) -> Response:
        """The customer agrees, cancels or goes back; a refusal may be tried again."""
        page, choice = self._page(request.path_params["page"]), await chosen(request)
        if page.status in FINAL:
            return back_to(page.urls[BACK_BY.get(page.status, "error")])
        if choice == "approve" and page.verdict != "DECLINED":
            placed = self.orders.place(page.session, page.verdict, self.stand_in.now())
            page.order = placed.number
            page.session["status"] = "complete"
        ends = {"approve": "COMPLETED" if page.order else "FAILED", "cancel": "CANCELLED"}
        self._moves(page, ends.get(choice, "BACK"))
        return back_to(page.urls[BACK_BY.get(page.status, "back")])

    def _moves(self, page: Page, status: str) -> None:
        page.status = status
        body = {"event_id": f"event-{status.lower()}-{page.number}", "session": self._told(page)}
        url = page.urls["status_update"].replace("{{session_id}}", page.number)
        self.stand_in.later(self.stand_in.deliver(url, orjson.dumps(body), {}))

    def _told(self, page: Page) -> dict[str, Any]:
        order = {"order_id": page.order} if page.order else {}
        return order | {
            "session_id": page.number,
            "status": page.status,
            "updated_at": _written(self.stand_in.now()),
            "expires_at": _written(page.expires),
        }

    def _session(self, number: str) -> dict[str, Any]:
        if number not in self.sessions:
            raise ApiFault(404, "NOT_FOUND")
        return self.sessions[number]

    def _page(self, number: str) -> Page:
        page = self.pages.get(number)
        if page is None or self.stand_in.now() >= page.expires:
            raise ApiFault(404, "NOT_FOUND")
        return page

    def _number(self, kind: str, count: int) -> str:
        return str(UUID(int=count + 1 + (0x5E55 if kind == "session" else 0x9A6E) * 2**64))


def _check(data: Any) -> None:
    """Refuse a purchase that does not add up or is not in the country's own currency."""
    total = sum(line["total_amount"] for line in data["order_lines"])
    each = all(
        line["quantity"] * line["unit_price"] == line["total_amount"]
        for line in data["order_lines"]
    )
    if total != data["order_amount"] or not each:
        raise ApiFault(400, "BAD_VALUE", "order_amount")
    if CURRENCIES.get(data["purchase_country"]) != data["purchase_currency"]:
        raise ApiFault(400, "BAD_VALUE", "purchase_currency")


def _verdict(session: dict[str, Any], mode: str | None) -> str:
    name = session.get("billing_address", {}).get("family_name", "").lower()
    if mode == "decline" or name == "decline":
        return "DECLINED"
    if name == "referdecline":
        return "REJECTED"
    return "PENDING" if mode == "refer" or name == "refer" else "ACCEPTED"


def _written(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def make(*, review_takes: float | None = 3.0) -> StandIn:
    """A Klarna without sessions. Reviews end after so many seconds, or by `/_review` alone."""
    stand_in = StandIn(name="klarna_payments")
    stand_in.refusal = lambda status: ApiFault(status, "BAD_VALUE").document()
    orders = Orders(stand_in=stand_in, review_takes=review_takes)
    klarna = Klarna(stand_in=stand_in, orders=orders)
    wire = Wire(stand_in=stand_in)
    wire.on("POST", "/payments/v1/sessions", "credit.quote", klarna.open)
    wire.on("POST", "/payments/v1/sessions/{session}", "session.update", klarna.update)
    wire.on("POST", "/hpp/v1/sessions", "credit.apply", klarna.make_page)
    wire.on("GET", "/hpp/v1/sessions/{page}", "credit.look_up", klarna.read_page)
    wire.on("DELETE", "/hpp/v1/sessions/{page}", "credit.withdraw", klarna.disable)
    orders.serve(wire)
    hosted(stand_in, "/hpp/payments/{page}", show=klarna.show, choose=klarna.choose)
    stand_in.routes.append(Route("/_review/{order}", orders.review, methods=["POST"]))
    return stand_in
