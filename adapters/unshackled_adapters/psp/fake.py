"""The stand-in payment provider: charges, 3-D Secure, refunds."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from unshackled.sdk import ANY_CURRENCY, Money
from unshackled.sdk.standin import StandIn, answer
from unshackled.sdk.standin_rest import (
    Rest,
    StandInError,
    StandInRequest,
    back_to,
    chosen,
    demo_secret,
    hosted,
    hosted_page,
)
from unshackled_adapters.psp import fake_card_form
from unshackled_adapters.psp.fake_charges import Charges
from unshackled_adapters.psp.fake_refunds import Returns
from unshackled_adapters.psp.mapping import AMOUNTS

# What each test token is answered with; any other one that begins like these is taken.
KNOWN: Final = ("tok_", "pm_")
TOKENS: Final = {
    "tok_declined": "05",
    "tok_insufficient": "51",
    "tok_expired": "54",
    "tok_stolen": "43",
}
UNKNOWN_CARD: Final = "14"
NOT_AUTHENTICATED: Final = "1A"
CUSTOMER_HAS: Final = timedelta(minutes=15)
# What of the ledger moves money, and between whom.
MOVES: Final = {
    "payment.charge": ("due_today", "customer", "payment"),
    "payment.refund": ("refund", "payment", "customer"),
}


@dataclass(kw_only=True)
class Payment:
    """One payment; `status` is captured, requires_action, failed, refunded or voided.

    `refunded` is what went back of it, in parts or as a whole; `on_file` says that its card may be
    charged again without its holder.
    """

    payment: str
    reference: str
    amount: int
    currency: str
    callback_url: str
    return_url: str
    page: str
    expires: datetime
    status: str
    response_code: str | None = None
    refunded: int = 0
    taken_at: datetime | None = None
    on_file: bool = False

    def document(self) -> dict[str, Any]:
        """What the provider tells about it."""
        told: dict[str, Any] = {
            "payment": self.payment,
            "merchant_reference": self.reference,
            "status": self.status,
            "amount": self.amount,
            "currency": self.currency,
            "response_code": self.response_code,
        }
        if self.status == "requires_action":
            told["action"] = {"url": self.page, "expires": self.expires.isoformat()}
        return told


@dataclass(kw_only=True)
class Psp:
    """The provider's books."""

    stand_in: StandIn
    payments: dict[str, Payment] = field(default_factory=dict)
    numbered: dict[str, Payment] = field(default_factory=dict)
    given_back: set[str] = field(default_factory=set)

    def charge(self, request: StandInRequest) -> Response:
        """Take the money, refuse, or ask for authentication."""
        data = request.data
        if data["amount"] <= 0 or len(data["currency"]) != 3:
            raise StandInError(422, "amount_invalid")
        if data["amount"] not in AMOUNTS.get(data["currency"], AMOUNTS[ANY_CURRENCY]):
            raise StandInError(422, "amount_out_of_range")
        code = self._response_code(data["token"], request)
        acts = request.mode == "refer" or data["token"].startswith("tok_3ds")
        number = f"PAY-{len(self.payments) + 1:06d}"
        made = Payment(
            payment=number,
            reference=request.key,
            amount=data["amount"],
            currency=data["currency"],
            callback_url=data["callback_url"],
            return_url=data["return_url"],
            page=f"{request.base}/3ds/{number}",
            expires=self.stand_in.now() + CUSTOMER_HAS,
            status="failed" if code else "requires_action" if acts else "captured",
            response_code=code,
            on_file=data.get("card_on_file") == "merchant_initiated",
        )
        self.payments[request.key] = self.numbered[number] = made
        if made.status == "captured":
            self._record("payment.charge", made)
        return answer(made.document(), 402 if code else 201)

    def refund(self, request: StandInRequest) -> Response:
        """Give back what was captured, or void what is open; a later charge is refused.

        `decline` refuses to give back; `refer` takes it in, and tells later that it failed.
        """
        self.given_back.add(request.params["reference"])
        made = self._payment(request.params["reference"])
        if request.mode == "decline":
            raise StandInError(422, "refund_failed")
        if request.mode == "refer":
            self._tell(made, "refund.failed")
            return answer(made.document() | {"status": "refund_pending"})
        if made.status == "captured":
            made.status = "refunded"
            self._record("payment.refund", made, made.amount - made.refunded)
            made.refunded = made.amount
        elif made.status == "requires_action":
            made.status = "voided"
            self._record("payment.void", made)
        return answer(made.document())

    def look_up(self, request: StandInRequest) -> Response:
        """A payment by the merchant's reference."""
        return answer(self._payment(request.params["reference"]).document())

    async def page(self, request: Request) -> Response:
        """The issuer's page."""
        made = self._of(request)
        facts = {
            "Payment": made.payment,
            "Amount": str(Money(amount=made.amount, currency=made.currency)),
        }
        return hosted_page(
            "Confirm your payment", facts, {"approve": "Approve", "fail": "Fail authentication"}
        )

    async def authenticate(self, request: Request) -> Response:
        """The customer's choice on the issuer's page, `approve` or `fail`; the first one counts."""
        made, choice = self._of(request), await chosen(request)
        if choice not in ("approve", "fail"):
            raise StandInError(422, "choice_must_be_approve_or_fail")
        if made.status != "requires_action":
            return back_to(made.return_url)
        made.status = "captured" if choice == "approve" else "failed"
        made.response_code = None if choice == "approve" else NOT_AUTHENTICATED
        if choice == "approve":
            self._record("payment.charge", made)
        self._tell(made, "payment.updated")
        return back_to(made.return_url)

    def _tell(self, payment: Payment, event: str) -> None:
        body = {"event": event} | payment.document()
        self.stand_in.send_callback(payment.callback_url, body, demo_secret("PSP_WEBHOOK_SECRET"))

    def _response_code(self, token: str, request: StandInRequest) -> str | None:
        if request.key in self.given_back or request.mode == "decline":
            return "05"
        return TOKENS.get(token, None if token.startswith(KNOWN) else UNKNOWN_CARD)

    def _payment(self, reference: str) -> Payment:
        made = self.payments.get(reference)
        if made is None:
            raise StandInError(404, "unknown_payment")
        if made.status == "requires_action" and self.stand_in.now() >= made.expires:
            made.status, made.response_code = "failed", NOT_AUTHENTICATED
        return made

    def _of(self, request: Request) -> Payment:
        made = self.numbered.get(request.path_params["payment"])
        if made is None:
            raise StandInError(404, "unknown_payment")
        return self._payment(made.reference)

    def _record(self, effect: str, payment: Payment, amount: int | None = None) -> None:
        amount = payment.amount if amount is None else amount
        self.stand_in.record(
            effect,
            payment.reference,
            payment=payment.payment,
            amount=amount,
            currency=payment.currency,
        )
        if effect in MOVES:
            what, sender, receiver = MOVES[effect]
            self.stand_in.move(
                what,
                payment.reference,
                amount,
                payment.currency,
                sender=sender,
                receiver=receiver,
            )
            payment.taken_at = payment.taken_at or self.stand_in.now()


def make() -> StandIn:
    """A provider with empty books."""
    stand_in = StandIn(name="psp")
    psp = Psp(stand_in=stand_in)
    rest = Rest(stand_in=stand_in)
    rest.effect("/v1/payments", "payment.charge")(psp.charge)
    rest.post("/v1/payments/by-reference/{reference}/refund", "payment.refund")(psp.refund)
    rest.get("/v1/payments/by-reference/{reference}", "payment.look_up")(psp.look_up)
    Charges(stand_in=stand_in, payments=psp.payments).serve(rest)
    Returns(stand_in=stand_in, payments=psp.payments).serve(rest)
    fake_card_form.serve(stand_in)
    hosted(stand_in, "/3ds/{payment}", show=psp.page, choose=psp.authenticate)
    return stand_in
