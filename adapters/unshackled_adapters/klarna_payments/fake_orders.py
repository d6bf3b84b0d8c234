"""The stand-in's orders: placed by the page, reviewed, captured or cancelled."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import orjson
from starlette.requests import Request
from starlette.responses import Response

from unshackled.sdk.standin import StandIn, answer
from unshackled_adapters.klarna_payments.wire import ApiFault, KlarnaRequest, Wire, nothing

ORDER_LIVES: Final = timedelta(days=28)
NOTICES: Final = {"ACCEPTED": "FRAUD_RISK_ACCEPTED", "REJECTED": "FRAUD_RISK_REJECTED"}


@dataclass(kw_only=True)
class Order:
    """One order; `fraud` is ACCEPTED, PENDING or REJECTED."""

    number: str
    session: dict[str, Any]
    created: datetime
    fraud: str
    status: str = "AUTHORIZED"
    captures: list[dict[str, Any]] = field(default_factory=list)
    refunds: list[dict[str, Any]] = field(default_factory=list)

    @property
    def captured(self) -> int:
        """What was captured of it."""
        return sum(one["captured_amount"] for one in self.captures)

    @property
    def refunded(self) -> int:
        """What of that was given back."""
        return sum(one["refunded_amount"] for one in self.refunds)

    def document(self) -> dict[str, Any]:
        """What Klarna tells about it."""
        return {
            "order_id": self.number,
            "status": self.status,
            "fraud_status": self.fraud,
            "order_amount": self.session["order_amount"],
            "original_order_amount": self.session["order_amount"],
            "captured_amount": self.captured,
            "refunded_amount": self.refunded,
            "remaining_authorized_amount": self.session["order_amount"] - self.captured,
            "purchase_country": self.session["purchase_country"],
            "purchase_currency": self.session["purchase_currency"],
            "locale": self.session["locale"],
            "order_lines": self.session["order_lines"],
            "merchant_reference2": self.session.get("merchant_reference2"),
            "created_at": self.created.isoformat(timespec="seconds"),
            "expires_at": (self.created + ORDER_LIVES).isoformat(timespec="seconds"),
            "captures": self.captures,
            "refunds": self.refunds,
        }


@dataclass(kw_only=True)
class Orders:
    """Every order. A review ends by itself after `review_takes` seconds, unless that is None."""

    stand_in: StandIn
    review_takes: float | None
    orders: dict[str, Order] = field(default_factory=dict)

    def serve(self, wire: Wire) -> None:
        """Register the routes."""
        one = "/ordermanagement/v1/orders/{order}"
        wire.on("GET", one, "order.read", self.read)
        wire.on("POST", f"{one}/captures", "credit.activate", self.capture)
        wire.on("POST", f"{one}/refunds", "credit.end", self.refund)
        wire.on("POST", f"{one}/cancel", "credit.withdraw", self.cancel)

    def place(self, session: dict[str, Any], verdict: str, now: datetime) -> Order:
        """Place an order; a suspicious one is reviewed first."""
        number = str(UUID(int=len(self.orders) + 1 + 0x0DE5 * 2**64))
        fraud = "ACCEPTED" if verdict == "ACCEPTED" else "PENDING"
        made = Order(number=number, session=session, created=now, fraud=fraud)
        self.orders[number] = made
        if fraud == "ACCEPTED":
            self._record("credit.apply", made)
        elif self.review_takes is not None:
            ends = "REJECTED" if verdict == "REJECTED" else "ACCEPTED"
            self.stand_in.later(self._review_later(made, ends))
        return made

    def read(self, request: KlarnaRequest) -> Response:
        """An order."""
        return answer(self._order(request).document())

    def capture(self, request: KlarnaRequest) -> Response:
        """Capture at most what is left of an order that may be captured."""
        made, amount = self._order(request), request.data["captured_amount"]
        if made.status not in ("AUTHORIZED", "PART_CAPTURED") or made.fraud != "ACCEPTED":
            raise ApiFault(403, "CAPTURE_NOT_ALLOWED")
        if not 0 < amount <= made.document()["remaining_authorized_amount"]:
            raise ApiFault(403, "CAPTURE_NOT_ALLOWED", "more than is left")
        number = f"{made.number[:-4]}{len(made.captures) + 1:04d}"
        reference = request.data.get("reference", "")
        taken = {
            "capture_id": number,
            "captured_amount": amount,
            "refunded_amount": 0,
            "reference": reference,
            "captured_at": self.stand_in.now().isoformat(timespec="seconds"),
        }
        made.captures.append(taken)
        made.status = (
            "PART_CAPTURED" if made.document()["remaining_authorized_amount"] else "CAPTURED"
        )
        self.stand_in.record(
            "credit.activate",
            reference,
            application=made.number,
            amount=amount,
            currency=made.session["purchase_currency"],
        )
        where = f"{request.base}/ordermanagement/v1/orders/{made.number}/captures/{number}"
        return nothing(201, {"Capture-Id": number, "Location": where})

    def refund(self, request: KlarnaRequest) -> Response:
        """Give back at most what was captured and not given back before."""
        made, amount = self._order(request), request.data["refunded_amount"]
        if request.mode == "decline" or not 0 < amount <= made.captured - made.refunded:
            raise ApiFault(403, "REFUND_NOT_ALLOWED", "more than is left")
        number = f"{made.number[:-4]}{len(made.refunds) + 1:04d}"
        reference = request.data.get("reference", "")
        given = {
            "refund_id": number,
            "refunded_amount": amount,
            "reference": reference,
            "refunded_at": self.stand_in.now().isoformat(timespec="seconds"),
            "credit_invoice": False,
        }
        made.refunds.append(given)
        self.stand_in.record(
            "credit.end",
            reference,
            application=made.number,
            amount=amount,
            currency=made.session["purchase_currency"],
        )
        where = f"{request.base}/ordermanagement/v1/orders/{made.number}/refunds/{number}"
        return nothing(201, {"Refund-Id": number, "Location": where})

    def cancel(self, request: KlarnaRequest) -> Response:
        """Cancel what was not captured; a cancelled one cannot be cancelled again."""
        made = self._order(request)
        if made.status != "AUTHORIZED":
            raise ApiFault(403, "CANCEL_NOT_ALLOWED")
        made.status = "CANCELLED"
        if made.fraud == "ACCEPTED":
            self._record("credit.withdraw", made)
        return nothing()

    async def review(self, request: Request) -> Response:
        """A person decides: `POST /_review/{order}` with `{"fraud_status": "ACCEPTED"}`."""
        wanted = orjson.loads(await request.body() or b"{}").get("fraud_status")
        made = self.orders.get(request.path_params["order"])
        if made is None or wanted not in NOTICES:
            return ApiFault(404, "NO_SUCH_ORDER").document()
        self._end_review(made, wanted)
        return answer(made.document())

    async def _review_later(self, order: Order, ends: str) -> None:
        await asyncio.sleep(self.review_takes or 0)
        self._end_review(order, ends)

    def _end_review(self, order: Order, ends: str) -> None:
        if order.fraud != "PENDING":
            return
        order.fraud = ends
        if ends == "ACCEPTED" and order.status == "AUTHORIZED":
            self._record("credit.apply", order)
        url = order.session.get("merchant_urls", {}).get("notification")
        if url:
            body = orjson.dumps({"order_id": order.number, "event_type": NOTICES[ends]})
            self.stand_in.later(self.stand_in.deliver(url, body, {}))

    def _order(self, request: KlarnaRequest) -> Order:
        made = self.orders.get(request.params["order"])
        if made is None:
            raise ApiFault(404, "NO_SUCH_ORDER")
        return made

    def _record(self, effect: str, order: Order) -> None:
        self.stand_in.record(
            effect,
            order.session.get("merchant_reference2", ""),
            application=order.number,
            amount=order.session["order_amount"],
            currency=order.session["purchase_currency"],
        )
