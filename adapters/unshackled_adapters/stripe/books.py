"""What the stand-in of Stripe keeps: payments, refunds, and the events about them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

import orjson

from unshackled.sdk.signature import sign
from unshackled.sdk.standin import Mode, StandIn
from unshackled.sdk.standin_rest import demo_secret
from unshackled_adapters.stripe.amounts import from_wire
from unshackled_adapters.stripe.mapping import CAPTURE, PART, REFERENCE
from unshackled_adapters.stripe.objects import charge, event, intent, refund

WEBHOOK_URL: Final = "http://127.0.0.1:8080/v1/callbacks/northstar/stripe"
# What a test payment method ending with this does, by code and decline code.
DECLINED: Final[Mapping[str, tuple[str, str | None]]] = {
    "InsufficientFunds": ("card_declined", "insufficient_funds"),
    "ExpiredCard": ("expired_card", None),
    "ProcessingError": ("processing_error", None),
    "IncorrectCvc": ("incorrect_cvc", None),
    "StolenCard": ("card_declined", "stolen_card"),
    "Declined": ("card_declined", "generic_decline"),
}
CHALLENGED: Final = ("authenticationRequired", "threeDSecure2Required")
NOT_AUTHENTICATED: Final = "payment_intent_authentication_failure"
HOLD_LASTS: Final = timedelta(days=7)
# A payment is found by search only when it is this old.
INDEXED_AFTER: Final = timedelta(minutes=1)
Wire = dict[str, Any]


class Failed(Exception):
    """An answer that is an error, in Stripe's shape."""

    def __init__(self, status: int, kind: str, code: str | None = None, **more: Any) -> None:
        super().__init__(kind)
        self.status = status
        self.error = {"type": kind, "message": "A stand-in says no."} | more
        if code is not None:
            self.error["code"] = code


@dataclass(kw_only=True)
class Books:
    """An account's payments by Stripe's number; `homes` is where customers go back to."""

    stand_in: StandIn
    intents: dict[str, Wire] = field(default_factory=dict)
    charges: dict[str, Wire] = field(default_factory=dict)
    refunds: dict[str, Wire] = field(default_factory=dict)
    homes: dict[str, str] = field(default_factory=dict)

    def pay(self, form: Wire, mode: Mode | None, base: str) -> Wire:
        """Make and confirm a PaymentIntent."""
        token = form.get("payment_method") or form.get("confirmation_token", "")
        if not token.startswith(("pm_", "card_", "src_", "ctoken_")):
            name = "payment_method" if "payment_method" in form else "confirmation_token"
            raise Failed(400, "invalid_request_error", "resource_missing", param=name)
        number = f"pi_standin{len(self.intents) + 1:08d}"
        made = self.intents[number] = intent(number, form, self.seconds())
        if mode == "refer" or token.endswith(CHALLENGED):
            made["status"], self.homes[number] = "requires_action", form["return_url"]
            page = {"url": f"{base}/3d_secure_2/hosted/{number}", "return_url": form["return_url"]}
            made["next_action"] = {"type": "redirect_to_url", "redirect_to_url": page}
            return made
        code = next((told for end, told in DECLINED.items() if token.endswith(end)), None)
        code = code or (("card_declined", "generic_decline") if mode == "decline" else None)
        if code is not None:
            raise Failed(402, "card_error", payment_intent=made, **self.fail(made, *code))
        self.take(made)
        return made

    def take(self, payment: Wire) -> None:
        """The issuer agrees: the money is held, or taken."""
        hold = payment["capture_method"] == "manual"
        payment["next_action"] = None
        self._charge(payment, captured=not hold)
        if hold:
            payment["status"], payment["amount_capturable"] = "requires_capture", payment["amount"]
            self.record("payment.authorise", payment)
            self.tell("payment_intent.amount_capturable_updated", payment)
        else:
            payment["status"], payment["amount_received"] = "succeeded", payment["amount"]
            self.record("payment.charge", payment)
            self.tell("payment_intent.succeeded", payment)

    def fail(self, payment: Wire, code: str, decline_code: str | None = None) -> Wire:
        """The issuer refuses: another payment method would be needed."""
        payment["status"], payment["next_action"] = "requires_payment_method", None
        error = {"type": "card_error", "code": code, "message": "A stand-in says no."}
        if decline_code is not None:
            error["decline_code"] = decline_code
        payment["last_payment_error"] = error
        self.tell("payment_intent.payment_failed", payment)
        return {k: v for k, v in error.items() if k in ("code", "decline_code")}

    def capture(self, number: str, form: Wire) -> Wire:
        """Take what is held."""
        made = self.known(number)
        if made["status"] != "requires_capture":
            raise self.unexpected(made)
        made["metadata"] |= form.get("metadata", {})
        made |= {"status": "succeeded", "amount_capturable": 0, "amount_received": made["amount"]}
        taken = self.charges[made["latest_charge"]]
        taken |= {"captured": True, "amount_captured": made["amount"]}
        self.record("payment.capture", made, made["metadata"].get(CAPTURE))
        self.tell("payment_intent.succeeded", made)
        return made

    def cancel(self, number: str, form: Wire) -> Wire:
        """Let go what is held or open."""
        made = self.known(number)
        if made["status"] in ("succeeded", "canceled", "processing"):
            raise self.unexpected(made)
        if made["status"] == "requires_capture":
            self.record("payment.void", made)
        made |= {"status": "canceled", "amount_capturable": 0, "next_action": None}
        made |= {"canceled_at": self.seconds(), "cancellation_reason": "abandoned"}
        self.tell("payment_intent.canceled", made)
        return made

    def refund(self, form: Wire, mode: Mode | None = None) -> Wire:
        """Give back what is asked for, else all that is left.

        `decline` fails at once. `refer` is taken in: a whole refund fails then, a part of one is
        settled later.
        """
        made = self.known(form["payment_intent"])
        given = self.charges.get(made["latest_charge"] or "")
        if given is None or not given["captured"]:
            raise Failed(400, "invalid_request_error", "payment_intent_unexpected_state")
        if given["refunded"]:
            raise Failed(400, "invalid_request_error", "charge_already_refunded")
        left = given["amount"] - given["amount_refunded"]
        amount = int(form.get("amount", left))
        if not 0 < amount <= left:
            raise Failed(400, "invalid_request_error", param="amount")
        number = f"re_standin{len(self.refunds) + 1:08d}"
        told = self.refunds[number] = refund(number, made, form, amount, self.seconds())
        if mode == "decline":
            return told | self._failed(number)
        if mode == "refer" and not is_part(told):
            self.stand_in.later(self._break(number))
            return told | {"status": "pending"}
        self._give(given, amount)
        self.record(refund_of(told, made), told | {"id": made["id"]}, our_reference(told))
        if mode == "refer":
            told["status"] = "pending"
            self.stand_in.later(self._settle(number))
        if is_part(told):
            self.tell("refund.created", dict(told))
        else:
            self.tell("charge.refunded", given)
        return dict(told)

    def _give(self, charge: Wire, amount: int) -> None:
        charge["amount_refunded"] += amount
        charge["refunded"] = charge["amount_refunded"] == charge["amount"]

    def _failed(self, number: str) -> Wire:
        told = {"status": "failed", "failure_reason": "declined"}
        self.refunds[number] = self.refunds[number] | told
        return self.refunds[number]

    async def _break(self, number: str) -> None:
        self.tell("refund.failed", self._failed(number))

    async def _settle(self, number: str) -> None:
        if self.refunds[number]["status"] == "pending":
            self.refunds[number] |= {"status": "succeeded"}
            self.tell("refund.updated", self.refunds[number])

    def break_refund(self, number: str) -> None:
        """The customer's bank sends a refund back: it is with the retailer again."""
        told = self._failed(number)
        self._give(self.charges[told["charge"]], -told["amount"])
        made = self.intents[told["payment_intent"]]
        self.record("payment.refund_failed", told | {"id": made["id"]}, our_reference(told))
        self.tell("refund.failed", told)

    def refunds_of(self, payment: str) -> list[Wire]:
        """The refunds of a payment, the newest first."""
        found = (one for one in self.refunds.values() if one["payment_intent"] == payment)
        return list(found)[::-1]

    def known(self, number: str) -> Wire:
        """A payment by Stripe's number."""
        if number not in self.intents:
            raise Failed(404, "invalid_request_error", "resource_missing", param="intent")
        return self.intents[number]

    def unexpected(self, payment: Wire) -> Failed:
        """The error about a payment that is not where it would have to be."""
        code = "payment_intent_unexpected_state"
        return Failed(400, "invalid_request_error", code, payment_intent=payment)

    def listed(self, since: int, after: str | None, limit: int) -> tuple[list[Wire], bool]:
        """The newest payments first, and whether there are more."""
        young = [one for one in reversed(self.intents.values()) if one["created"] >= since]
        if after is not None:
            young = young[[one["id"] for one in young].index(after) + 1 :]
        return young[:limit], len(young) > limit

    def searched(self, reference: str) -> list[Wire]:
        """What the index knows under a reference of ours; it is behind."""
        latest = (self.stand_in.now() - INDEXED_AFTER).timestamp()
        return [
            one
            for one in self.intents.values()
            if one["metadata"].get(REFERENCE) == reference and one["created"] <= latest
        ]

    def record(self, effect: str, entry: Wire, reference: str | None = None) -> None:
        """The ledger's entry, in our minor units."""
        amount, currency = from_wire(entry["amount"], entry["currency"])
        facts = {"payment": entry["id"], "amount": amount, "currency": currency}
        self.stand_in.record(effect, reference or entry["metadata"].get(REFERENCE, ""), **facts)

    def tell(self, kind: str, about: Wire) -> None:
        """Send an event beside the answer."""
        number = self.stand_in.state["events"] = self.stand_in.state.get("events", 0) + 1
        now: datetime = self.stand_in.now()
        body = orjson.dumps(event(f"evt_standin{number:08d}", kind, about, self.seconds()))
        secret = demo_secret("STRIPE_WEBHOOK_SECRET")
        headers = {
            "Stripe-Signature": sign(secret, body, now),
            "Content-Type": "application/json; charset=utf-8",
        }
        url = os.environ.get("STRIPE_WEBHOOK_URL", WEBHOOK_URL)
        self.stand_in.later(self.stand_in.deliver(url, body, headers))

    def seconds(self) -> int:
        """Now, as Stripe writes times."""
        return int(self.stand_in.now().timestamp())

    def _charge(self, intent: Wire, *, captured: bool) -> None:
        number = f"ch_standin{len(self.charges) + 1:08d}"
        until = self.seconds() + int(HOLD_LASTS.total_seconds())
        self.charges[number] = charge(number, intent, None if captured else until, self.seconds())
        intent["latest_charge"] = number


def is_part(refund: Wire) -> bool:
    """Whether a refund is one of a sum that was asked for, not an undo."""
    return PART in refund["metadata"]


def our_reference(refund: Wire) -> str:
    """The reference that we gave a refund."""
    ours = refund["metadata"]
    return str(ours.get(PART) or ours.get(REFERENCE, ""))


def refund_of(refund: Wire, payment: Wire) -> str:
    """Which of our operations a refund is."""
    return "payment.refund_amount" if is_part(refund) else undo_of(payment)


def undo_of(payment: Wire) -> str:
    """Which of our undos gives a payment back."""
    return "payment.void" if payment["capture_method"] == "manual" else "payment.refund"
