"""What the stand-in of PayPal keeps: orders, what was done with them, and its webhooks."""

from __future__ import annotations

import hashlib
import hmac
import os
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, timedelta
from typing import Any, Final

import orjson

from unshackled.sdk.answers import moment
from unshackled.sdk.standin import Mode, StandIn
from unshackled.sdk.standin_rest import demo_secret
from unshackled_adapters.paypal.amounts import from_wire

Wire = dict[str, Any]
WEBHOOK_URL: Final = "http://127.0.0.1:8080/v1/callbacks/northstar/paypal"
# Who pays at the stand-in.
PAYER: Final = "STANDANPAYER2"
WEBHOOK_ID: Final = "STANDINWEBHOOK"
CERTIFICATE: Final = "https://api.paypal.com/v1/notifications/certs/CERT-standin"
HOLD_LASTS: Final = timedelta(days=29)


class Failed(Exception):
    """An answer that is an error, in PayPal's shape."""

    def __init__(self, status: int, issue: str, links: list[Wire] | None = None) -> None:
        super().__init__(issue)
        names = {404: "RESOURCE_NOT_FOUND", 422: "UNPROCESSABLE_ENTITY"}
        self.status = status
        self.body: Wire = {
            "name": names.get(status, "INVALID_REQUEST"),
            "message": "A stand-in says no.",
            "debug_id": "standin",
            "details": [{"issue": issue}],
            "links": links or [],
        }


@dataclass(kw_only=True)
class Books:
    """An account's orders, captures and authorizations by PayPal's numbers.

    `reported_after` is how far Transaction Search is behind; the real one may be by three hours.
    """

    stand_in: StandIn
    orders: dict[str, Wire] = field(default_factory=dict)
    captures: dict[str, Wire] = field(default_factory=dict)
    holds: dict[str, Wire] = field(default_factory=dict)
    homes: dict[str, str] = field(default_factory=dict)
    reported_after: timedelta = timedelta()

    def order(self, body: Wire, base: str) -> Wire:
        """Make an order that waits for the customer."""
        unit = body["purchase_units"][0]
        if from_wire(unit["amount"])[0] <= 0:
            raise Failed(422, "CANNOT_BE_ZERO_OR_NEGATIVE")
        number = self.number("ORDER")
        context = body["payment_source"]["paypal"]["experience_context"]
        self.homes[number] = context["return_url"]
        page = f"{base}/checkoutnow?token={number}"
        made = self.orders[number] = {
            "id": number,
            "intent": body["intent"],
            "status": "PAYER_ACTION_REQUIRED",
            "create_time": self.time(),
            "purchase_units": [{"reference_id": "default", **unit}],
            "links": [{"href": page, "rel": "payer-action", "method": "GET"}],
        }
        return made

    def approve(self, order: Wire) -> None:
        """The customer says yes on PayPal's page."""
        order["status"], order["payer"] = "APPROVED", {"payer_id": PAYER}
        self.tell("CHECKOUT.ORDER.APPROVED", "checkout-order", order)

    def complete(self, number: str, mode: Mode | None, intent: str) -> Wire:
        """Capture or authorize an order that the customer approved."""
        made, hold = self.known(number), intent == "AUTHORIZE"
        if made["intent"] != intent:
            raise Failed(422, "ACTION_DOES_NOT_MATCH_INTENT")
        if made["status"] == "COMPLETED":
            raise Failed(422, "ORDER_ALREADY_AUTHORIZED" if hold else "ORDER_ALREADY_CAPTURED")
        if made["status"] != "APPROVED":
            raise Failed(422, "ORDER_NOT_APPROVED")
        if mode == "decline":
            raise Failed(422, "PAYER_CANNOT_PAY" if hold else "INSTRUMENT_DECLINED")
        if self.stand_in.state.get("again"):
            raise Failed(422, "PAYER_ACTION_REQUIRED", made["links"])
        made["status"] = "COMPLETED"
        if hold:
            self._hold(made)
        else:
            self._take(made, "PENDING" if mode == "refer" else "COMPLETED")
        return made

    def capture(self, number: str, body: Wire, mode: Mode | None = None) -> Wire:
        """Capture a hold, whole; with `decline` nothing is taken and the hold stands."""
        held = self.hold(number)
        gone = {"VOIDED": "AUTHORIZATION_VOIDED", "CAPTURED": "AUTHORIZATION_ALREADY_CAPTURED"}
        if held["status"] in gone:
            raise Failed(422, gone[held["status"]])
        order = self.orders[held["supplementary_data"]["related_ids"]["order_id"]]
        related = {"order_id": order["id"], "authorization_id": number}
        status = "DECLINED" if mode == "decline" else "COMPLETED"
        made = self._made("captures", order, status, related)
        made["invoice_id"] = body["invoice_id"]
        if mode == "decline":
            self.tell("PAYMENT.CAPTURE.DECLINED", "capture", made)
            return made
        held["status"] = "CAPTURED"
        self.record("payment.capture", held, number, body["invoice_id"])
        self.tell("PAYMENT.CAPTURE.COMPLETED", "capture", made)
        return made

    def void(self, number: str) -> Wire:
        """Let a hold go."""
        held = self.hold(number)
        gone = {"VOIDED": "PREVIOUSLY_VOIDED", "CAPTURED": "PREVIOUSLY_CAPTURED"}
        if held["status"] in gone:
            raise Failed(422, gone[held["status"]])
        held["status"] = "VOIDED"
        self.record("payment.void", held, number)
        self.tell("PAYMENT.AUTHORIZATION.VOIDED", "authorization", held)
        return held

    def captured(self, number: str) -> Wire:
        """A capture."""
        if number not in self.captures:
            raise Failed(404, "INVALID_RESOURCE_ID")
        return self.captures[number]

    def known(self, number: str) -> Wire:
        """An order; what PayPal was still looking at is decided when it is asked for."""
        if number not in self.orders:
            raise Failed(404, "INVALID_RESOURCE_ID")
        made = self.orders[number]
        for one in made["purchase_units"][0].get("payments", {}).get("captures", ()):
            if one["status"] == "PENDING" and self.stand_in.state.get("decided", True):
                one["status"] = "COMPLETED"
                self.record("payment.charge", one, one["id"])
                self.tell("PAYMENT.CAPTURE.COMPLETED", "capture", one)
        return made

    def hold(self, number: str) -> Wire:
        """An authorization."""
        if number not in self.holds:
            raise Failed(404, "INVALID_RESOURCE_ID")
        return self.holds[number]

    def rows(self) -> list[Wire]:
        """What Transaction Search knows."""
        until = self.stand_in.now() - self.reported_after
        codes = (("T0006", self.captures), ("T1300", self.holds))
        return [
            {
                "transaction_id": one["id"],
                "custom_field": one["custom_id"],
                "transaction_event_code": code,
                "transaction_amount": one["amount"],
                "transaction_status": {"REFUNDED": "V", "PENDING": "P"}.get(one["status"], "S"),
            }
            for code, found in codes
            for one in found.values()
            if moment(one["create_time"]) <= until
        ]

    def record(self, effect: str, entry: Wire, payment: str, reference: str = "") -> None:
        """The ledger's entry, in our minor units."""
        amount, currency = from_wire(entry["amount"])
        facts = {"payment": payment, "amount": amount, "currency": currency}
        self.stand_in.record(effect, reference or entry["custom_id"], **facts)

    def tell(self, kind: str, about: str, resource: Mapping[str, Any]) -> None:
        """Send an event beside the answer."""
        event = {
            "id": f"WH-{self.number('EVENT')}",
            "event_version": "1.0",
            "resource_version": "2.0",
            "create_time": self.time(),
            "resource_type": about,
            "event_type": kind,
            "summary": "A stand-in says so.",
            "resource": resource,
            "links": [],
        }
        body, sent, at = orjson.dumps(event), self.number("TRANS"), self.time()
        headers = {
            "Content-Type": "application/json",
            "PAYPAL-AUTH-ALGO": "SHA256withRSA",
            "PAYPAL-CERT-URL": CERTIFICATE,
            "PAYPAL-TRANSMISSION-ID": sent,
            "PAYPAL-TRANSMISSION-SIG": signature(sent, at, webhook_id(), body),
            "PAYPAL-TRANSMISSION-TIME": at,
        }
        url = os.environ.get("PAYPAL_WEBHOOK_URL", WEBHOOK_URL)
        self.stand_in.later(self.stand_in.deliver(url, body, headers))

    def time(self) -> str:
        """Now, as PayPal writes times."""
        return self.stand_in.now().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def number(self, kind: str) -> str:
        """A new number of 17 characters."""
        count = self.stand_in.state["numbers"] = self.stand_in.state.get("numbers", 0) + 1
        return f"{kind}{count:012d}"

    def _take(self, order: Wire, status: str) -> None:
        made = self._made("captures", order, status, {"order_id": order["id"]})
        if status == "COMPLETED":
            self.record("payment.charge", made, made["id"])
        self.tell(f"PAYMENT.CAPTURE.{status}", "capture", made)

    def _hold(self, order: Wire) -> None:
        made = self._made("authorizations", order, "CREATED", {"order_id": order["id"]})
        ends = (self.stand_in.now() + HOLD_LASTS).astimezone(UTC)
        made["expiration_time"] = ends.strftime("%Y-%m-%dT%H:%M:%SZ")
        self.record("payment.authorise", made, made["id"])
        self.tell("PAYMENT.AUTHORIZATION.CREATED", "authorization", made)

    def _made(self, kind: str, order: Wire, status: str, related: Wire) -> Wire:
        """A new capture or authorization in its order."""
        unit = order["purchase_units"][0]
        number = self.number("CAPTU" if kind == "captures" else "AUTHO")
        made: Wire = {
            "id": number,
            "status": status,
            "amount": {name: unit["amount"][name] for name in ("currency_code", "value")},
            "custom_id": unit["custom_id"],
            "create_time": self.time(),
            "supplementary_data": {"related_ids": related},
            "links": [],
        }
        unit.setdefault("payments", {}).setdefault(kind, []).append(made)
        (self.captures if kind == "captures" else self.holds)[number] = made
        return made


def shown(order: Wire) -> Wire:
    """An order as PayPal shows it: its payments do not say what they belong to."""
    if "purchase_units" not in order:
        return order
    unit = dict(order["purchase_units"][0])
    unit["payments"] = {
        kind: [{k: v for k, v in one.items() if k != "supplementary_data"} for one in found]
        for kind, found in unit.get("payments", {}).items()
    }
    return order | {"purchase_units": [unit]}


def webhook_id() -> str:
    """Which webhook the stand-in sends as."""
    return os.environ.get("PAYPAL_WEBHOOK_ID", WEBHOOK_ID)


def signature(sent: str, at: str, webhook: str, body: bytes) -> str:
    """Over the same four things as PayPal's, but with a key that both ends know."""
    text = f"{sent}|{at}|{webhook}|{zlib.crc32(body)}"
    key = demo_secret("PAYPAL_STAND_IN_SECRET").get_secret_value().encode()
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
