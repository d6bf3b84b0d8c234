"""The stand-in of Stripe's API, with the issuer's page."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response

from unshackled.sdk import Money
from unshackled.sdk.standin import Mode, StandIn, answer
from unshackled.sdk.standin_rest import StandInError, back_to, base_of, chosen, hosted, hosted_page
from unshackled_adapters.stripe.amounts import from_wire
from unshackled_adapters.stripe.books import NOT_AUTHENTICATED, Books, Failed, Wire, undo_of
from unshackled_adapters.stripe.mapping import PART

Naming = str | Callable[[Request], Awaitable[str]]
Act = Callable[[Wire, Mode | None, Request], Wire]
UNREADABLE: Final = (KeyError, TypeError, ValueError, AttributeError)
QUERY: Final = re.compile(r"metadata\['reference'\]:'([A-Z2-7]{26})'")
INTENTS: Final = "/v1/payment_intents"
REFUNDS: Final = "/v1/refunds"


@dataclass(kw_only=True)
class Api:
    """Stripe's API over the books: keys, idempotency, its shape of errors.

    A key's first answer is repeated, errors too; another request under it is refused.
    """

    books: Books
    answers: dict[str, tuple[object, Response]] = field(default_factory=dict)

    def serve(self, method: str, path: str, naming: Naming, act: Act) -> None:
        """Register an operation."""

        async def endpoint(request: Request, mode: Mode | None) -> Response:
            form = await _form(request)
            key, told = request.headers.get("idempotency-key", ""), (request.url.path, form)
            try:
                if not request.headers.get("authorization", "").startswith("Bearer "):
                    raise Failed(401, "invalid_request_error")
                if key in self.answers and self.answers[key][0] != told:
                    raise Failed(400, "idempotency_error")
                if method == "POST" and self.books.stand_in.state.get("busy"):
                    raise Failed(409, "idempotency_error", "idempotency_key_in_use")
            except Failed as failed:
                return answer({"error": failed.error}, failed.status)
            if key in self.answers:
                return _again(self.answers[key][1])
            made = self._answer(act, form, mode, request)
            if key and method == "POST":
                self.answers[key] = (told, made)
            return made

        self.books.stand_in.route(path, naming, method)(endpoint)

    def _answer(self, act: Act, form: Wire, mode: Mode | None, request: Request) -> Response:
        try:
            return answer(act(form, mode, request))
        except Failed as failed:
            return answer({"error": failed.error}, failed.status)
        except UNREADABLE:
            error = {"type": "invalid_request_error", "code": "parameter_missing"}
            return answer({"error": error | {"message": "A stand-in says no."}}, 400)

    def pay(self, form: Wire, mode: Mode | None, request: Request) -> Wire:
        """POST /v1/payment_intents."""
        return self._expanded(self.books.pay(form, mode, base_of(request)), form)

    def capture(self, form: Wire, mode: Mode | None, request: Request) -> Wire:
        """POST /v1/payment_intents/{intent}/capture."""
        return self._expanded(self.books.capture(request.path_params["intent"], form), form)

    def cancel(self, form: Wire, mode: Mode | None, request: Request) -> Wire:
        """POST /v1/payment_intents/{intent}/cancel."""
        return self.books.cancel(request.path_params["intent"], form)

    def refund(self, form: Wire, mode: Mode | None, request: Request) -> Wire:
        """POST /v1/refunds."""
        return self.books.refund(form, mode)

    def refunded(self, form: Wire, mode: Mode | None, request: Request) -> Wire:
        """GET /v1/refunds/{refund}."""
        number = request.path_params["refund"]
        if number not in self.books.refunds:
            raise Failed(404, "invalid_request_error", "resource_missing", param="id")
        return self.books.refunds[number]

    def refunds(self, form: Wire, mode: Mode | None, request: Request) -> Wire:
        """GET /v1/refunds, of one payment."""
        asked = request.query_params
        rows = self.books.refunds_of(asked["payment_intent"])
        begin = (
            [one["id"] for one in rows].index(asked["starting_after"]) + 1
            if ("starting_after" in asked)
            else 0
        )
        limit = int(asked.get("limit", 10))
        told = {"object": "list", "url": REFUNDS, "has_more": len(rows) > begin + limit}
        return told | {"data": rows[begin : begin + limit]}

    def retrieve(self, form: Wire, mode: Mode | None, request: Request) -> Wire:
        """GET /v1/payment_intents/{intent}."""
        made = self.books.known(request.path_params["intent"])
        return self._expanded(made, _nested(request.query_params.multi_items()))

    def list(self, form: Wire, mode: Mode | None, request: Request) -> Wire:
        """GET /v1/payment_intents."""
        asked = request.query_params
        since, limit = int(asked.get("created[gte]", 0)), int(asked.get("limit", 10))
        rows, more = self.books.listed(since, asked.get("starting_after"), limit)
        return {"object": "list", "url": INTENTS, "has_more": more, "data": rows}

    def search(self, form: Wire, mode: Mode | None, request: Request) -> Wire:
        """GET /v1/payment_intents/search."""
        asked = QUERY.fullmatch(request.query_params["query"])
        rows = self.books.searched(asked[1]) if asked else []
        told = {"object": "search_result", "url": f"{INTENTS}/search", "has_more": False}
        return told | {"data": rows, "next_page": None}

    async def page(self, request: Request) -> Response:
        """The issuer's page."""
        made = self._of(request)
        amount, currency = from_wire(made["amount"], made["currency"])
        facts = {"Payment": made["id"], "Amount": str(Money(amount=amount, currency=currency))}
        buttons = {"approve": "Approve", "fail": "Fail authentication"}
        return hosted_page("Confirm your payment", facts, buttons)

    async def authenticate(self, request: Request) -> Response:
        """The customer's choice on the issuer's page, `approve` or `fail`; the first one counts."""
        made, choice = self._of(request), await chosen(request)
        if choice not in ("approve", "fail"):
            raise StandInError(422, "choice_must_be_approve_or_fail")
        if made["status"] == "requires_action":
            if choice == "approve":
                self.books.take(made)
            else:
                self.books.fail(made, NOT_AUTHENTICATED)
        url = self.books.homes[made["id"]]
        return back_to(f"{url}{'&' if '?' in url else '?'}payment_intent={made['id']}")

    async def paying(self, request: Request) -> str:
        """Which of our operations a new payment is."""
        hold = (await _form(request)).get("capture_method") == "manual"
        return "payment.authorise" if hold else "payment.charge"

    async def canceling(self, request: Request) -> str:
        """Which of our undos a cancel is."""
        return self._undo(request.path_params["intent"])

    async def refunding(self, request: Request) -> str:
        """Which of our operations a refund is: of a sum, or an undo."""
        form = await _form(request)
        if PART in form.get("metadata", {}):
            return "payment.refund_amount"
        return self._undo(form.get("payment_intent", ""))

    def _undo(self, number: str) -> str:
        made = self.books.intents.get(number)
        return undo_of(made) if made else "payment.refund"

    def _expanded(self, payment: Wire, request: Mapping[str, Any]) -> Wire:
        """The payment, with its charge whole where that was asked for."""
        whole = "latest_charge" in request.get("expand", {}).values() and payment["latest_charge"]
        charge = dict(self.books.charges[payment["latest_charge"]]) if whole else None
        return payment | ({"latest_charge": charge} if charge else {})

    def _of(self, request: Request) -> Wire:
        made = self.books.intents.get(request.path_params["intent"])
        if made is None:
            raise StandInError(404, "unknown_payment")
        return made


async def _form(request: Request) -> Wire:
    body = (await request.body()).decode()
    return _nested(parse_qsl(body, keep_blank_values=True))


def _nested(pairs: list[tuple[str, str]]) -> Wire:
    """`a[b]=c` as a dictionary below `a`, one level deep: all that is asked here."""
    made: Wire = {}
    for name, value in pairs:
        outer, _, inner = name.partition("[")
        if inner:
            made.setdefault(outer, {})[inner.removesuffix("]")] = value
        else:
            made[name] = value
    return made


def _again(first: Response) -> Response:
    headers = {"Idempotent-Replayed": "true"}
    return Response(first.body, first.status_code, headers, first.media_type)


def refusal(status: int) -> Response:
    """An error that says no more than whose it is."""
    return answer({"error": Failed(status, "invalid_request_error").error}, status)


def make() -> StandIn:
    """An account without payments."""
    stand_in = StandIn(name="stripe")
    stand_in.refusal = refusal
    books = stand_in.state["books"] = Books(stand_in=stand_in)
    api = Api(books=books)
    api.serve("POST", INTENTS, api.paying, api.pay)
    api.serve("GET", INTENTS, "payment.look_up", api.list)
    api.serve("GET", f"{INTENTS}/search", "payment.look_up", api.search)
    api.serve("GET", f"{INTENTS}/{{intent}}", "payment.look_up", api.retrieve)
    api.serve("POST", f"{INTENTS}/{{intent}}/capture", "payment.capture", api.capture)
    api.serve("POST", f"{INTENTS}/{{intent}}/cancel", api.canceling, api.cancel)
    api.serve("POST", REFUNDS, api.refunding, api.refund)
    api.serve("GET", REFUNDS, "payment.look_up", api.refunds)
    api.serve("GET", f"{REFUNDS}/{{refund}}", "payment.look_up", api.refunded)
    hosted(stand_in, "/3d_secure_2/hosted/{intent}", show=api.page, choose=api.authenticate)
    return stand_in
