"""What the stand-in of Adyen keeps: payments, what was done with them, and its webhooks."""

from __future__ import annotations

import hashlib
import os
import secrets
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

import orjson

from unshackled.sdk.standin import Mode, StandIn
from unshackled.sdk.standin_rest import StandInError, demo_secret
from unshackled_adapters.adyen.amounts import from_wire
from unshackled_adapters.adyen.mapping import HOLD, REFUND, REFUSALS
from unshackled_adapters.adyen.notices import sign

Json = Mapping[str, Any]
# What the stand-in signs with where ADYEN_HMAC_KEY names no other key.
HMAC_KEY: Final = hashlib.sha256(b"demo-only-adyen-hmac-key").hexdigest().upper()
WEBHOOK_URL: Final = "http://127.0.0.1:8080/v1/callbacks/northstar/adyen"
WEBHOOK_USER: Final = "demo-webhook"
# What a token ending with this does; any other one is authorised.
REFUSED_TOKENS: Final = {"insufficient": "12", "expired": "6", "stolen": "5", "declined": "2"}
AUTHENTICATION_FAILED: Final = "11"


@dataclass(kw_only=True)
class Payment:
    """One payment; `status` is open, refused, authorised, captured, cancelled or refunded.

    `refunded` is what of it went back by refunds of a sum, in Adyen's units.
    `captures_at` is when Adyen captures by itself; None where the merchant must. `choice` is what
    the customer did at the issuer, `result` what the browser took home from there until it is used.
    """

    psp: str
    reference: str
    account: str
    amount: Json
    return_url: str
    hold: bool
    delay: timedelta
    status: str = "open"
    refusal: str | None = None
    captures_at: datetime | None = None
    choice: str | None = None
    result: str | None = None
    refunded: int = 0

    @property
    def left(self) -> int:
        """What of it was not given back."""
        return int(self.amount["value"]) - self.refunded

    @property
    def ours(self) -> str:
        """The reference without what tells a hold."""
        return self.reference.removesuffix(HOLD)

    @property
    def effect(self) -> str:
        return "payment.authorise" if self.hold else "payment.charge"

    @property
    def undo(self) -> str:
        return "payment.void" if self.hold else "payment.refund"


@dataclass(kw_only=True)
class Books:
    """The payments by Adyen's number."""

    stand_in: StandIn
    payments: dict[str, Payment] = field(default_factory=dict)

    def pay(self, data: Json, mode: Mode | None, base: str) -> Json:
        """Authorise, refuse, or send the shopper to the issuer."""
        amount = {"value": int(data["amount"]["value"]), "currency": data["amount"]["currency"]}
        if amount["value"] <= 0:
            raise StandInError(422, "100")
        token = _token(data["paymentMethod"])
        if token.endswith("unreadable"):
            raise StandInError(422, "101")
        made = Payment(
            psp=self._number("P"),
            reference=data["reference"],
            account=data["merchantAccount"],
            amount=amount,
            return_url=data["returnUrl"],
            hold=data.get("additionalData", {}).get("manualCapture") == "true",
            delay=timedelta(hours=data.get("captureDelayHours", 0)),
        )
        self.payments[made.psp] = made
        refusal = "2" if mode == "decline" else REFUSED_TOKENS.get(token.rpartition("_")[2])
        if refusal is None and (mode == "refer" or token.endswith("3ds")):
            url = f"{base}/checkoutshopper/threeDS/redirect/{made.psp}"
            action = {"type": "redirect", "method": "GET", "paymentMethodType": "scheme"}
            return {"resultCode": "RedirectShopper", "action": action | {"url": url}}
        return self._decided(made, refusal)

    def authenticate(self, payment: Payment, choice: str) -> str:
        """The customer at the issuer; the first choice counts. Nothing is taken by it."""
        if payment.choice is None:
            payment.choice, payment.result = choice, secrets.token_urlsafe(24)
        return payment.result or "used"

    def finish(self, data: Json) -> Json:
        """Authorise what the customer authenticated, by the result that the browser took home."""
        result = data["details"]["redirectResult"]
        made = next((one for one in self.payments.values() if one.result == result), None)
        if made is None or made.status != "open":
            raise StandInError(422, "14_006")
        made.result = None
        return self._decided(made, None if made.choice == "approve" else AUTHENTICATION_FAILED)

    def _decided(self, payment: Payment, refusal: str | None) -> Json:
        self.decide(payment, refusal)
        told = {"pspReference": payment.psp, "merchantReference": payment.reference}
        if refusal:
            why = {"refusalReason": REFUSALS[refusal][0], "refusalReasonCode": refusal}
            return told | {"resultCode": "Refused"} | why
        return told | {"resultCode": "Authorised", "amount": payment.amount}

    def decide(self, payment: Payment, refusal: str | None) -> None:
        """The issuer's word; the merchant is told by webhook whatever it is."""
        payment.status, payment.refusal = ("refused" if refusal else "authorised"), refusal
        if not refusal:
            payment.captures_at = None if payment.hold else self.stand_in.now() + payment.delay
            self.record(payment.effect, payment, payment.ours)
        reason = REFUSALS[refusal][0] if refusal else ""
        self.tell(payment, "AUTHORISATION", success=not refusal, reason=reason)

    def capture(self, psp: str, data: Json, mode: Mode | None) -> Json:
        """Take what is held; the webhook says whether it worked."""
        made, number = self.known(psp), self._number("C")
        whole = data["amount"] == made.amount
        if made.hold and made.status == "authorised" and whole and mode != "decline":
            made.status = "captured"
            self.record("payment.capture", made, data["reference"])
            self.tell(made, "CAPTURE", number=number, reference=data["reference"])
        else:
            self.tell(
                made,
                "CAPTURE",
                number=number,
                reference=data["reference"],
                success=False,
                reason="Insufficient balance on payment",
            )
        told = {"amount": data["amount"], "reference": data["reference"]}
        return self._received(made, number) | told

    def cancel(self, data: Json) -> Json:
        """Cancel by the merchant's reference: only what is authorised and not captured yet."""
        number = self._number("T")
        for made in self.payments.values():
            if made.reference == data["paymentReference"] and made.status != "open":
                stands = self.status(made) != "authorised"
                if not stands:
                    made.status = "cancelled"
                    self.record(made.undo, made, made.ours)
                self.tell(made, "TECHNICAL_CANCEL", number=number, success=not stands)
        told = {"merchantAccount": data["merchantAccount"], "status": "received"}
        return told | {"paymentReference": data["paymentReference"], "pspReference": number}

    def reverse(self, psp: str, data: Json, mode: Mode | None = None) -> Json:
        """Cancel what is not captured yet, give back what is.

        `decline` refuses it at once; `refer` takes it in, and it fails.
        """
        if mode == "decline":
            raise StandInError(422, "167")
        made, number = self.known(psp), self._number("R")
        before = self.status(made)
        done = before in ("authorised", "captured") and mode != "refer" and made.left > 0
        if done:
            made.status = "refunded" if before == "captured" else "cancelled"
            self.record(made.undo, made, made.ours, made.left)
        self.tell(made, "CANCEL_OR_REFUND", number=number, success=done)
        return self._received(made, number) | {"reference": data.get("reference", "")}

    def refund(self, psp: str, data: Json, mode: Mode | None = None) -> Json:
        """Give so much back of what was captured; the webhook says whether it worked.

        `decline` takes it in and does not send it; `refer` sends it, and it comes back.
        """
        made, number = self.known(psp), self._number("R")
        amount, reference = data["amount"], data["reference"]
        why = self._not_refunded(made, amount, mode)
        if not why:
            made.refunded += int(amount["value"])
            facts = {"payment": psp, **_minor(amount)}
            self.stand_in.record("payment.refund_amount", reference.removesuffix(REFUND), **facts)
        told = {"number": number, "reference": reference, "amount": amount}
        self.tell(made, "REFUND", success=not why, reason=why, **told)
        if mode == "refer" and not why:
            self.break_refund(made, **told)
        answer = {"amount": amount, "reference": reference}
        return self._received(made, number) | answer

    def break_refund(self, payment: Payment, *, number: str, reference: str, amount: Json) -> None:
        """The card scheme sends a refund back: it is with the merchant again."""
        payment.refunded -= int(amount["value"])
        facts = {"payment": payment.psp, **_minor(amount)}
        self.stand_in.record("payment.refund_failed", reference.removesuffix(REFUND), **facts)
        self.tell(payment, "REFUND_FAILED", number=number, reference=reference, amount=amount)

    def _not_refunded(self, payment: Payment, amount: Json, mode: Mode | None) -> str:
        """Why Adyen would not send a refund; empty where it does."""
        if self.status(payment) != "captured":
            return "Transaction hasn't been captured, refund not possible"
        if amount["currency"] != payment.amount["currency"] or mode == "decline":
            return "Refund not possible"
        fits = 0 < int(amount["value"]) <= payment.left
        return "" if fits else "Insufficient balance on payment"

    def status(self, payment: Payment) -> str:
        """Where a payment stands now, after what Adyen did by itself."""
        due = payment.captures_at is not None and self.stand_in.now() >= payment.captures_at
        if payment.status == "authorised" and due:
            payment.status = "captured"
        return payment.status

    def known(self, psp: str) -> Payment:
        """The payment of a number."""
        made = self.payments.get(psp)
        if made is None:
            raise StandInError(422, "167")
        return made

    def record(
        self, effect: str, payment: Payment, reference: str, value: int | None = None
    ) -> None:
        """The ledger's entry, in our minor units: of the whole payment, or of a `value` of it."""
        amount = payment.amount if value is None else {**payment.amount, "value": value}
        facts = {"payment": payment.psp, **_minor(amount)}
        self.stand_in.record(effect, reference, **facts)

    def tell(
        self,
        payment: Payment,
        event: str,
        *,
        success: bool = True,
        number: str = "",
        reference: str = "",
        reason: str = "",
        amount: Json | None = None,
    ) -> None:
        """Send a standard webhook, as the merchant configured it once for the account."""
        item: dict[str, Any] = {
            "amount": amount or payment.amount,
            "eventCode": event,
            "eventDate": self.stand_in.now().isoformat(timespec="seconds"),
            "merchantAccountCode": payment.account,
            "merchantReference": reference or payment.reference,
            "paymentMethod": "visa",
            "pspReference": number or payment.psp,
            "reason": reason,
            "success": "true" if success else "false",
        }
        if number:
            item["originalReference"] = payment.psp
        key = os.environ.get("ADYEN_HMAC_KEY") or HMAC_KEY
        item["additionalData"] = {"hmacSignature": sign(item, key).decode()}
        wrapped = [{"NotificationRequestItem": item}]
        body = orjson.dumps({"live": "false", "notificationItems": wrapped})
        password = demo_secret("ADYEN_WEBHOOK_PASSWORD").get_secret_value()
        basic = b64encode(f"{WEBHOOK_USER}:{password}".encode()).decode()
        headers = {"Authorization": f"Basic {basic}", "Content-Type": "application/json"}
        url = os.environ.get("ADYEN_WEBHOOK_URL") or WEBHOOK_URL
        self.stand_in.later(self.stand_in.deliver(url, body, headers))

    def _received(self, payment: Payment, number: str) -> dict[str, Any]:
        return {
            "merchantAccount": payment.account,
            "paymentPspReference": payment.psp,
            "pspReference": number,
            "status": "received",
        }

    def _number(self, kind: str) -> str:
        count = self.stand_in.state["numbers"] = self.stand_in.state.get("numbers", 0) + 1
        return f"STANDIN{kind}{count:08d}"


def _minor(amount: Json) -> dict[str, Any]:
    """An amount of Adyen's in our minor units."""
    value, currency = from_wire(amount)
    return {"amount": value, "currency": currency}


def _token(method: Json) -> str:
    """What picks the outcome: a stored method's id, or the made-up encrypted number."""
    return str(method.get("storedPaymentMethodId") or method.get("encryptedCardNumber", ""))
