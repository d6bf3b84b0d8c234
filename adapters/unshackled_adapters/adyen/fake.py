"""The stand-in of Adyen's Checkout API, with the issuer's page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from unshackled.sdk import Money
from unshackled.sdk.standin import Mode, StandIn, answer
from unshackled.sdk.standin_rest import StandInError, back_to, base_of, chosen, hosted, hosted_page
from unshackled_adapters.adyen.amounts import from_wire
from unshackled_adapters.adyen.books import Books, Payment
from unshackled_adapters.adyen.mapping import HOLD

Json = Mapping[str, Any]
Naming = str | Callable[[Request], Awaitable[str]]

Act = Callable[[Json, Mode | None, Request], Json]
Errors = (KeyError, TypeError, ValueError, AttributeError)


@dataclass(kw_only=True)
class Checkout:
    """The Checkout API over the books: API keys, idempotency keys, the vendor's error shape.

    A key's first answer is repeated, whatever the second body is.
    """

    books: Books
    answers: dict[str, Response] = field(default_factory=dict)

    def serve(self, path: str, naming: Naming, act: Act, status: int) -> None:
        """Register a POST."""

        async def endpoint(request: Request, mode: Mode | None) -> Response:
            key = request.headers.get("idempotency-key", "")
            try:
                if not request.headers.get("x-api-key"):
                    raise StandInError(401, "000")
                if len(key) > 64:
                    raise StandInError(422, "701")
                if key in self.answers:
                    return self.answers[key]
                made = answer(act(await _json(request), mode, request), status)
            except StandInError as problem:
                return _error(problem.status, problem.code)
            except Errors:
                return _error(422, "702")
            if key:
                made.headers["Idempotency-Key"] = key
                self.answers[key] = made
            return made

        self.books.stand_in.route(f"/v72{path}", naming)(endpoint)

    def pay(self, data: Json, mode: Mode | None, request: Request) -> Json:
        """POST /payments."""
        return self.books.pay(data, mode, base_of(request))

    def finish(self, data: Json, mode: Mode | None, request: Request) -> Json:
        """POST /payments/details."""
        return self.books.finish(data)

    def cancel(self, data: Json, mode: Mode | None, request: Request) -> Json:
        """POST /cancels, by the merchant's reference."""
        return self.books.cancel(data)

    def capture(self, data: Json, mode: Mode | None, request: Request) -> Json:
        """POST /payments/{psp}/captures."""
        return self.books.capture(request.path_params["psp"], data, mode)

    def reverse(self, data: Json, mode: Mode | None, request: Request) -> Json:
        """POST /payments/{psp}/reversals."""
        return self.books.reverse(request.path_params["psp"], data, mode)

    def refund(self, data: Json, mode: Mode | None, request: Request) -> Json:
        """POST /payments/{psp}/refunds."""
        return self.books.refund(request.path_params["psp"], data, mode)

    async def page(self, request: Request) -> Response:
        """The issuer's page."""
        made = self._of(request)
        amount, currency = from_wire(made.amount)
        facts = {"Payment": made.psp, "Amount": str(Money(amount=amount, currency=currency))}
        buttons = {"approve": "Approve", "fail": "Fail authentication"}
        return hosted_page("Confirm your payment", facts, buttons)

    async def authenticate(self, request: Request) -> Response:
        """The customer's choice on the issuer's page, `approve` or `fail`; the first one counts."""
        made, choice = self._of(request), await chosen(request)
        if choice not in ("approve", "fail"):
            raise StandInError(422, "choice_must_be_approve_or_fail")
        result = self.books.authenticate(made, choice)
        joint = "&" if "?" in made.return_url else "?"
        return back_to(f"{made.return_url}{joint}redirectResult={result}")

    async def paying(self, request: Request) -> str:
        """Which of our operations a payment is."""
        hold = await _is_hold(request, "reference")
        return "payment.authorise" if hold else "payment.charge"

    async def cancelling(self, request: Request) -> str:
        """Which of our undos a cancel is."""
        hold = await _is_hold(request, "paymentReference")
        return "payment.void" if hold else "payment.refund"

    async def reversing(self, request: Request) -> str:
        """Which of our undos a reversal is."""
        made = self.books.payments.get(request.path_params["psp"])
        return made.undo if made else "payment.refund"

    def _of(self, request: Request) -> Payment:
        made = self.books.payments.get(request.path_params["payment"])
        if made is None:
            raise StandInError(404, "unknown_payment")
        return made


async def _is_hold(request: Request, name: str) -> bool:
    """Whether the merchant's reference in a field is a hold's; nonsense is none."""
    try:
        return str((await _json(request)).get(name, "")).endswith(HOLD)
    except (StandInError, ValueError):
        return False


async def _json(request: Request) -> Json:
    data = orjson.loads(await request.body())
    if not isinstance(data, dict):
        raise StandInError(400, "702")
    return data


def _error(status: int, code: str) -> Response:
    kind = "security" if status == 401 else "validation"
    told = {"status": status, "errorCode": code, "errorType": kind, "message": f"Error {code}"}
    return answer(told, status)


def make() -> StandIn:
    """An Adyen with empty books."""
    stand_in = StandIn(name="adyen")
    stand_in.refusal = lambda status: _error(status, "702")
    books = Books(stand_in=stand_in)
    api = Checkout(books=books)
    api.serve("/payments", api.paying, api.pay, 200)
    api.serve("/payments/details", "payment.look_up", api.finish, 200)
    api.serve("/cancels", api.cancelling, api.cancel, 201)
    api.serve("/payments/{psp}/captures", "payment.capture", api.capture, 201)
    api.serve("/payments/{psp}/refunds", "payment.refund_amount", api.refund, 201)
    api.serve("/payments/{psp}/reversals", api.reversing, api.reverse, 201)
    hosted(
        stand_in,
        "/checkoutshopper/threeDS/redirect/{payment}",
        show=api.page,
        choose=api.authenticate,
    )
    return stand_in
