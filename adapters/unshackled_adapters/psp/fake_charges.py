"""The stand-in payment provider's later charges: the card of a payment, without its holder."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from starlette.responses import Response

from unshackled.sdk import ANY_CURRENCY
from unshackled.sdk.standin import StandIn, answer
from unshackled.sdk.standin_rest import Rest, StandInError, StandInRequest, demo_secret
from unshackled_adapters.psp.mapping import AMOUNTS

# The issuer's "do not honour".
DECLINED: Final = "05"
EFFECT: Final = "payment.charge_amount"


class Taken(Protocol):
    """A payment, as far as its card is charged again.

    `taken_at` is None while nothing was taken; `on_file` says whether its holder agreed.
    """

    payment: str
    currency: str
    on_file: bool
    taken_at: Any


@dataclass(kw_only=True)
class Charge:
    """One charge of a card that is on file; `status` is pending, captured or failed.

    `original` is the number of the payment that its holder authenticated.
    """

    number: str
    original: str
    reference: str
    amount: int
    currency: str
    callback_url: str
    status: str
    response_code: str | None

    def document(self) -> dict[str, Any]:
        """What the provider tells about it."""
        return {
            "payment": self.number,
            "original_payment": self.original,
            "merchant_reference": self.reference,
            "status": self.status,
            "amount": self.amount,
            "currency": self.currency,
            "response_code": self.response_code,
        }


@dataclass(kw_only=True)
class Charges:
    """Every one of them; `payments` are those of the provider by merchant reference."""

    stand_in: StandIn
    payments: dict[str, Any]
    known: dict[str, Charge] = field(default_factory=dict)

    def serve(self, rest: Rest) -> None:
        """Register the routes."""
        rest.effect("/v1/charges", EFFECT)(self.charge)
        rest.get("/v1/charges/by-reference/{reference}", "payment.look_up")(self.look_up)

    def charge(self, request: StandInRequest) -> Response:
        """Take so much from the card of a payment that was taken; `refer` takes its time."""
        data = request.data
        original = self._card(data["payment_reference"], data["currency"])
        allowed = AMOUNTS.get(data["currency"], AMOUNTS[ANY_CURRENCY])
        if type(data["amount"]) is not int or data["amount"] not in allowed:
            raise StandInError(422, "amount_out_of_range")
        code = DECLINED if request.mode == "decline" else None
        made = Charge(
            number=f"MIT-{len(self.known) + 1:06d}",
            original=original.payment,
            reference=request.key,
            amount=data["amount"],
            currency=data["currency"],
            callback_url=data["callback_url"],
            status="failed" if code else "pending",
            response_code=code,
        )
        self.known[request.key] = made
        if code:
            return answer(made.document(), 402)
        if request.mode == "refer":
            self.stand_in.later(self._take_later(made))
        else:
            self._take(made)
        return answer(made.document(), 201)

    def look_up(self, request: StandInRequest) -> Response:
        """A charge by the merchant's reference."""
        made = self.known.get(request.params["reference"])
        if made is None:
            raise StandInError(404, "unknown_reference")
        return answer(made.document())

    async def _take_later(self, charge: Charge) -> None:
        self._take(charge)
        body = {"event": "charge.updated"} | charge.document()
        self.stand_in.send_callback(charge.callback_url, body, demo_secret("PSP_WEBHOOK_SECRET"))

    def _take(self, charge: Charge) -> None:
        charge.status = "captured"
        amount, currency = charge.amount, charge.currency
        self.stand_in.record(
            EFFECT, charge.reference, payment=charge.number, amount=amount, currency=currency
        )
        self.stand_in.move(
            "trade_in_difference",
            charge.reference,
            amount,
            currency,
            sender="customer",
            receiver="payment",
        )

    def _card(self, reference: str, currency: str) -> Taken:
        """The payment whose card it is; its holder has agreed to it, in its currency."""
        found: Taken | None = self.payments.get(reference)
        if found is None or found.taken_at is None:
            raise StandInError(422, "unknown_payment")
        if not found.on_file:
            raise StandInError(422, "card_not_on_file")
        if found.currency != currency:
            raise StandInError(422, "currency_differs")
        return found
