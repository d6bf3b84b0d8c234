"""The stand-in payment provider's refunds and payouts, and what is left of each payment."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final, Protocol

from starlette.responses import Response

from unshackled.sdk.standin import StandIn, answer
from unshackled.sdk.standin_rest import Rest, StandInError, StandInRequest, demo_secret

# A card takes nothing back after that; what is owed then is paid out.
REFUNDS_FOR: Final = timedelta(days=540)
# A bank account that nothing can be paid to.
CLOSED: Final = "00000000"


class Charged(Protocol):
    """A payment, as far as refunds need it; `refunded` is what went back of it."""

    payment: str
    reference: str
    amount: int
    currency: str
    status: str
    refunded: int
    taken_at: Any


@dataclass(kw_only=True)
class Return:
    """One refund or payout; `status` is pending, succeeded or failed."""

    kind: str
    number: str
    reference: str
    payment: Charged | None
    amount: int
    currency: str
    callback_url: str
    status: str = "pending"

    def document(self) -> dict[str, Any]:
        """What the provider tells about it."""
        return {
            self.kind: self.number,
            "merchant_reference": self.reference,
            "payment": self.payment and self.payment.payment,
            "status": self.status,
            "amount": self.amount,
            "currency": self.currency,
        }


@dataclass(kw_only=True)
class Returns:
    """Everything that went back; `payments` are those of the provider by merchant reference."""

    stand_in: StandIn
    payments: dict[str, Any]
    known: dict[str, Return] = field(default_factory=dict)

    def serve(self, rest: Rest) -> None:
        """Register the routes."""
        rest.effect("/v1/refunds", "payment.refund_amount")(self.refund)
        rest.effect("/v1/payouts", "payment.payout")(self.pay_out)
        for kind in ("refunds", "payouts"):
            path = f"/v1/{kind}/by-reference/{{reference}}"
            rest.get(path, "payment.look_up")(self.look_up)

    def refund(self, request: StandInRequest) -> Response:
        """Give so much of a payment back, while anything is left of it and the card takes it."""
        data = request.data
        payment = self._payment(data["payment_reference"])
        self._require_sum(data)
        if data["currency"] != payment.currency:
            raise StandInError(422, "currency_differs")
        late = self.stand_in.now() - payment.taken_at > REFUNDS_FOR
        if request.mode == "decline" or late:
            raise StandInError(422, "refund_too_late")
        if data["amount"] > self._left(payment):
            raise StandInError(422, "amount_exceeds_payment")
        return self._begin("refund", request, payment)

    def pay_out(self, request: StandInRequest) -> Response:
        """Send money to a bank account, or back to a payment whatever is left of that."""
        data = request.data
        self._require_sum(data)
        account, payment = data.get("account"), None
        if account is None:
            payment = self._payment(data["payment_reference"])
        elif request.mode == "decline" or account["account_number"] == CLOSED:
            raise StandInError(422, "account_invalid")
        return self._begin("payout", request, payment)

    def look_up(self, request: StandInRequest) -> Response:
        """A refund or payout by the merchant's reference."""
        made = self.known.get(request.params["reference"])
        if made is None:
            raise StandInError(404, "unknown_reference")
        return answer(made.document())

    def _begin(self, kind: str, request: StandInRequest, payment: Charged | None) -> Response:
        data = request.data
        made = Return(
            kind=kind,
            number=f"{kind[:3].upper()}-{len(self.known) + 1:06d}",
            reference=request.key,
            payment=payment,
            amount=data["amount"],
            currency=data["currency"],
            callback_url=data["callback_url"],
        )
        self.known[request.key] = made
        if kind == "refund" and payment is not None:
            # Held from now on, so that two that wait never come to more than the payment.
            payment.refunded += made.amount
        if request.mode == "refer":
            self.stand_in.later(self._finish_later(made))
        else:
            self._finish(made)
        return answer(made.document(), 201)

    async def _finish_later(self, given: Return) -> None:
        self._finish(given)
        body = {"event": f"{given.kind}.updated"} | given.document()
        secret = demo_secret("PSP_WEBHOOK_SECRET")
        self.stand_in.send_callback(given.callback_url, body, secret)

    def _finish(self, given: Return) -> None:
        given.status = "succeeded"
        what = {"refund": "payment.refund_amount", "payout": "payment.payout"}[given.kind]
        self.stand_in.record(what, given.reference, amount=given.amount, currency=given.currency)
        self.stand_in.move(
            given.kind,
            given.reference,
            given.amount,
            given.currency,
            sender="payment",
            receiver="customer",
        )

    def _payment(self, reference: str) -> Charged:
        found: Charged | None = self.payments.get(reference)
        if found is None or found.status != "captured":
            raise StandInError(422, "unknown_payment")
        return found

    def _left(self, payment: Charged) -> int:
        return payment.amount - payment.refunded

    def _require_sum(self, data: Any) -> None:
        if type(data["amount"]) is not int or data["amount"] <= 0:
            raise StandInError(422, "amount_invalid")
