"""The stand-in of Mollie: payments, captures, refunds, its hosted checkout and its webhooks."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from unshackled.sdk.amounts import to_decimal, to_minor
from unshackled.sdk.standin import StandIn
from unshackled.sdk.standin_rest import back_to, base_of, chosen, hosted, hosted_page

Json = dict[str, Any]
Act = Callable[[Request, Json, str | None], Awaitable[Response]]

TITLES: Final = {
    400: "Bad Request",
    401: "Unauthorized Request",
    404: "Not Found",
    422: "Unprocessable Entity",
}
OPEN_FOR: Final = timedelta(minutes=15)
HELD_FOR: Final = timedelta(days=7)
MUST: Final = ("description", "redirectUrl", "webhookUrl", "metadata", "amount")
MAY: Final = ("method", "locale")
OPERATION: Final = "payment.refund_amount"
FINAL: Final = frozenset({"paid", "canceled", "expired", "failed"})


class Wrong(Exception):
    """Mollie's "no": a status and what it says."""

    def __init__(self, status: int, detail: str, field: str = "") -> None:
        super().__init__(detail)
        self.status = status
        self.field = field


def make() -> StandIn:
    """A Mollie that has done nothing yet."""
    stand_in = StandIn(name="mollie")
    stand_in.refusal = lambda status: _problem(status, "Not like this")
    mollie = stand_in.state["mollie"] = Mollie(stand_in)
    one = "/v2/payments/{payment}"
    stand_in.route("/v2/payments", mollie.creates)(mollie.act(mollie.create))
    stand_in.route("/v2/payments", "payment.look_up", "GET")(mollie.act(mollie.search))
    stand_in.route(one, "payment.look_up", "GET")(mollie.act(mollie.show))
    stand_in.route(one, mollie.undoes, "DELETE")(mollie.act(mollie.cancel))
    stand_in.route(f"{one}/release-authorization", mollie.undoes)(mollie.act(mollie.release))
    stand_in.route(f"{one}/captures", "payment.capture")(mollie.act(mollie.capture))
    stand_in.route(f"{one}/refunds", mollie.refunds)(mollie.act(mollie.refund))
    for kind in ("captures", "refunds"):
        stand_in.route(f"{one}/{kind}", "payment.look_up", "GET")(mollie.act(mollie.parts(kind)))
    hosted(stand_in, "/checkout/{payment}", show=mollie.page, choose=mollie.choose)
    return stand_in


class Mollie:
    """What Mollie keeps: payments with their parts, and the first answer of each key."""

    def __init__(self, stand_in: StandIn) -> None:
        self.stand_in = stand_in
        self.payments: dict[str, Json] = {}
        self.parts_of: dict[str, dict[str, list[Json]]] = {}
        self.modes: dict[str, str | None] = {}
        self.answers: dict[str, tuple[tuple[str, str, bytes], Response]] = {}

    async def creates(self, request: Request) -> str:
        """Which of our operations makes a payment."""
        held = b'"manual"' in await request.body()
        return "payment.authorise" if held else "payment.charge"

    async def refunds(self, request: Request) -> str:
        """Which of our operations a refund is: of a sum, or an undo."""
        of_sum = OPERATION.encode() in await request.body()
        return OPERATION if of_sum else await self.undoes(request)

    async def undoes(self, request: Request) -> str:
        """Which of our undos this is."""
        payment = self.payments.get(request.path_params["payment"])
        held = payment is not None and payment.get("captureMode") == "manual"
        return "payment.void" if held else "payment.refund"

    def act(self, handler: Act) -> Callable[[Request, str | None], Awaitable[Response]]:
        """A handler behind the key, that does a thing once and speaks of errors as Mollie does."""

        async def handle(request: Request, mode: str | None) -> Response:
            try:
                if not request.headers.get("authorization", "").startswith("Bearer "):
                    raise Wrong(401, "Missing authentication, or failed to authenticate")
                return await self._once(request, mode, handler)
            except Wrong as wrong:
                return _problem(wrong.status, str(wrong), wrong.field)

        return handle

    async def _once(self, request: Request, mode: str | None, handler: Act) -> Response:
        key = request.headers.get("idempotency-key", "") if request.method == "POST" else ""
        body = await request.body()
        what = (request.method, request.url.path, body)
        if key in self.answers:
            before, response = self.answers[key]
            if before != what:
                raise Wrong(400, "The idempotency key was used for another request")
            response.headers["Idempotent-Replayed"] = "true"
            return response
        try:
            data = json.loads(body or b"{}")
            response = await handler(request, data, mode)
        except (ValueError, KeyError, TypeError, AttributeError):
            raise Wrong(422, "A field is missing or cannot be read") from None
        if key:
            self.answers[key] = what, response
        return response

    async def create(self, request: Request, data: Json, mode: str | None) -> Response:
        """A new payment, open until the customer is done at the checkout."""
        currency, value = data["amount"]["currency"], data["amount"]["value"]
        if value != to_decimal(to_minor(value, currency), currency) or value.startswith("-"):
            raise Wrong(422, "The amount contains an invalid value")
        number = f"tr_{len(self.payments) + 1:010d}"
        now = self.stand_in.now()
        kept = {name: data[name] for name in MUST}
        kept |= {name: data[name] for name in MAY if name in data}
        here = f"{base_of(request)}/v2/payments/{number}"
        self.payments[number] = kept | {
            "resource": "payment",
            "id": number,
            "mode": "test",
            "status": "open",
            "isCancelable": mode != "refer",
            "captureMode": data.get("captureMode", "automatic"),
            "profileId": "pfl_QkEhN94Ba",
            "sequenceType": "oneoff",
            "createdAt": now.isoformat(timespec="seconds"),
            "expiresAt": (now + OPEN_FOR).isoformat(timespec="seconds"),
            "_links": {
                "self": _link(here),
                "checkout": _link(f"{base_of(request)}/checkout/{number}", "text/html"),
                "dashboard": _link(f"https://my.mollie.example/{number}", "text/html"),
                "documentation": _link("https://docs.mollie.com", "text/html"),
            },
        }
        self.parts_of[number] = {"captures": [], "refunds": []}
        self.modes[number] = mode
        return _answer(self.payments[number], 201)

    async def search(self, request: Request, data: Json, mode: str | None) -> Response:
        """The newest payments first, page by page."""
        del data, mode
        limit = int(request.query_params.get("limit", "50"))
        newest = list(reversed(self.payments))
        start = newest.index(request.query_params.get("from", newest[0])) if newest else 0
        here = f"{base_of(request)}/v2/payments"
        more = newest[start + limit : start + limit + 1]
        following = [_link(f"{here}?{urlencode({'from': it, 'limit': limit})}") for it in more]
        payments = [self.payments[number] for number in newest[start : start + limit]]
        return _list(here, "payments", payments, following[0] if following else None)

    async def show(self, request: Request, data: Json, mode: str | None) -> Response:
        """One payment."""
        del data, mode
        return _answer(self._payment(request))

    def parts(self, kind: str) -> Act:
        """The captures or the refunds of a payment."""

        async def handle(request: Request, data: Json, mode: str | None) -> Response:
            del data, mode
            number = self._payment(request)["id"]
            return _list(f"{base_of(request)}/v2/payments", kind, self.parts_of[number][kind], None)

        return handle

    async def cancel(self, request: Request, data: Json, mode: str | None) -> Response:
        """Cancel a payment while that can be done; nothing was taken yet."""
        del data, mode
        payment = self._payment(request)
        if not payment.get("isCancelable"):
            raise Wrong(422, "The payment cannot be canceled")
        self._settle(payment, "canceled")
        return _answer(payment)

    async def release(self, request: Request, data: Json, mode: str | None) -> Response:
        """Let a hold go."""
        del data, mode
        payment = self._payment(request)
        if payment["status"] != "authorized":
            raise Wrong(422, "The payment is not in the authorized state")
        self.stand_in.record("payment.void", payment["metadata"]["reference"])
        self._settle(payment, "canceled")
        return Response(status_code=202)

    async def capture(self, request: Request, data: Json, mode: str | None) -> Response:
        """Take what is held: answered as pending, and done a moment later."""
        del mode
        payment = self._payment(request)
        if payment["status"] != "authorized" or data["amount"] != payment["amount"]:
            raise Wrong(422, "The payment cannot be captured like this")
        part = self._part(request, payment, data, "capture")
        self._record("payment.capture", part)
        response = _answer(part, 201)
        part["status"] = "succeeded"
        self._settle(payment, "paid")
        return response

    async def refund(self, request: Request, data: Json, mode: str | None) -> Response:
        """Give money back, as much as is left.

        `decline` fails at once. `refer` fails a moment later where it is a whole, and waits for
        the next batch where it is a sum; any other is with the customer when it is asked for.
        """
        payment = self._payment(request)
        if payment["status"] != "paid":
            raise Wrong(422, "The payment cannot be refunded")
        fits = 0 < _minor(data) <= _minor(payment, "amountRemaining")
        if not fits or data["amount"]["currency"] != payment["amount"]["currency"]:
            raise Wrong(422, "The amount is higher than the maximum", "amount")
        operation = await self.refunds(request)
        part = self._part(request, payment, data, "refund")
        if mode == "decline" or (mode == "refer" and operation != OPERATION):
            response = _answer(part | ({"status": "failed"} if mode == "decline" else {}), 201)
            part["status"] = "failed"
            self._tell(payment)
            return response
        self._leave(payment, -_minor(data))
        self._record(operation, part)
        response = _answer(part, 201)
        if operation == OPERATION and mode == "refer":
            self.stand_in.later(self._arrive(payment, part))
        elif operation == OPERATION:
            part["status"] = "refunded"
            self._tell(payment)
        return response

    async def _arrive(self, payment: Json, refund: Json) -> None:
        """The bank says that a refund is with the customer."""
        if refund["status"] != "failed":
            refund["status"] = "refunded"
            self._tell(payment)

    def break_refund(self, payment: str, number: str) -> None:
        """The customer's bank sends a refund back: it is with the retailer again."""
        refunds = self.parts_of[payment]["refunds"]
        refund = next(one for one in refunds if one["id"] == number)
        refund["status"] = "failed"
        self._leave(self.payments[payment], _minor(refund))
        self._record("payment.refund_failed", refund)
        self._tell(self.payments[payment])

    def _leave(self, payment: Json, more: int) -> None:
        """So much more, or less, of a payment can be given back."""
        currency = payment["amount"]["currency"]
        left = _minor(payment, "amountRemaining") + more
        payment["amountRemaining"] = {"currency": currency, "value": to_decimal(left, currency)}

    async def page(self, request: Request) -> Response:
        """What the customer sees."""
        payment = self.payments[request.path_params["payment"]]
        lines = {"To pay": " ".join(reversed(payment["amount"].values()))}
        return hosted_page("Mollie", lines, {"pay": "Pay", "fail": "Fail", "cancel": "Cancel"})

    async def choose(self, request: Request) -> Response:
        """What the customer does; the first choice counts."""
        payment = self.payments[request.path_params["payment"]]
        choice, mode = await chosen(request), self.modes[payment["id"]]
        if payment["status"] == "open":
            if choice == "cancel":
                self._settle(payment, "canceled")
            elif choice == "fail" or mode == "decline":
                payment["details"] = {"failureReason": "insufficient_funds"}
                self._settle(payment, "failed")
            elif mode == "refer":
                payment["status"] = "pending"
            else:
                self.pay(payment)
        return back_to(payment["redirectUrl"])

    def pay(self, payment: Json) -> None:
        """The customer pays: it is held, or taken."""
        payment.setdefault("method", "ideal")
        if payment["captureMode"] == "manual":
            until = self.stand_in.now() + HELD_FOR
            payment["captureBefore"] = until.isoformat(timespec="seconds")
            self._record("payment.authorise", payment)
            self._settle(payment, "authorized")
        else:
            self._record("payment.charge", payment)
            self._settle(payment, "paid")

    def _settle(self, payment: Json, status: str) -> None:
        payment["status"] = status
        payment["_links"].pop("checkout", None)
        payment.pop("expiresAt", None)
        payment["isCancelable"] = status == "authorized"
        if status in FINAL:
            del payment["isCancelable"]
        if status == "paid":
            payment["amountRemaining"] = dict(payment["amount"])
        self._tell(payment)

    def _tell(self, payment: Json) -> None:
        body = urlencode({"id": payment["id"]}).encode()
        headers = {"content-type": "application/x-www-form-urlencoded"}
        self.stand_in.later(self.stand_in.deliver(payment["webhookUrl"], body, headers))

    def _part(self, request: Request, payment: Json, data: Json, kind: str) -> Json:
        parts = self.parts_of[payment["id"]][f"{kind}s"]
        here = f"{base_of(request)}/v2/payments/{payment['id']}"
        number = f"{'cpt' if kind == 'capture' else 're'}_{payment['id'][3:]}{len(parts) + 1}"
        part = {
            "resource": kind,
            "id": number,
            "mode": "test",
            "amount": data["amount"],
            "status": "pending",
            "description": data.get("description", ""),
            "metadata": data.get("metadata"),
            "paymentId": payment["id"],
            "createdAt": self.stand_in.now().isoformat(timespec="seconds"),
            "_links": {
                "self": _link(f"{here}/{kind}s/{number}"),
                "payment": _link(here),
                "documentation": _link("https://docs.mollie.com", "text/html"),
            },
        }
        parts.append(part)
        return part

    def _record(self, operation: str, data: Json) -> None:
        facts = {"amount": _minor(data), "currency": data["amount"]["currency"]}
        self.stand_in.record(operation, data["metadata"]["reference"], **facts)

    def _payment(self, request: Request) -> Json:
        payment = self.payments.get(request.path_params["payment"])
        if payment is None:
            raise Wrong(404, "No payment exists with this token")
        return payment


def _minor(data: Mapping[str, Any], name: str = "amount") -> int:
    return to_minor(data[name]["value"], data[name]["currency"])


def _link(href: str, kind: str = "application/hal+json") -> dict[str, str]:
    return {"href": href, "type": kind}


def _list(here: str, kind: str, items: list[Json], following: Mapping[str, str] | None) -> Response:
    links = {
        "self": _link(here),
        "previous": None,
        "next": following,
        "documentation": _link("https://docs.mollie.com", "text/html"),
    }
    items = [item | {"_links": _without_documentation(item["_links"])} for item in items]
    return _answer({"count": len(items), "_embedded": {kind: items}, "_links": links})


def _without_documentation(links: Mapping[str, Any]) -> Json:
    """Items of a list do not say where they are documented."""
    return {name: link for name, link in links.items() if name != "documentation"}


def _problem(status: int, detail: str, field: str = "") -> Response:
    links = {"documentation": _link("https://docs.mollie.com/errors", "text/html")}
    told = {"status": status, "title": TITLES.get(status, "Error"), "detail": detail}
    return _answer(told | ({"field": field} if field else {}) | {"_links": links}, status)


def _answer(data: object, status: int = 200) -> Response:
    return Response(json.dumps(data), status, media_type="application/hal+json")
