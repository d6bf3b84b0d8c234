"""The stand-in lender's agreements: activation, standing and early settlement."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final, Protocol

from starlette.responses import Response

from unshackled.sdk.standin import StandIn, answer
from unshackled.sdk.standin_rest import Rest, StandInError, StandInRequest
from unshackled_adapters.lender.fake_endings import Endings
from unshackled_adapters.lender.fake_figures import HOLDS, NOTICE, figure_of, payments_of

# Old agreements exist on demand: the last digit says how they stand. Of those that begin with a 2
# the next two say how many repayments were made: AGR-207300 has seven of them, and arrears with 3.
OLD: Final = re.compile(r"AGR-(1[0-9]{5}|2([01][0-9]|2[0-4])[0-9]{3})")
REPAYMENTS_MADE: Final = {"2": 6}
ARREARS: Final = {"3": 5_000}
INTEREST: Final = {"4": ("9.9", 54_461)}  # APR and the amount that 24 payments of 2,500 repay
MONTHS: Final = 24
REGULAR: Final = 2_500
MONTH: Final = timedelta(days=30, hours=10)


class Accepted(Protocol):
    """An accepted application, as far as its agreement needs it."""

    application: str
    amount: int
    currency: str
    apr: str
    months: int
    payments: tuple[int, ...]
    pays_off: Mapping[str, Any] | None


@dataclass(kw_only=True)
class Agreements:
    """Live and settled agreements. `take_up` gives the accepted application, or refuses."""

    stand_in: StandIn
    take_up: Callable[[str], Accepted]
    live: dict[str, dict[str, Any]] = field(default_factory=dict)
    activations: dict[str, dict[str, Any]] = field(default_factory=dict)
    settlements: dict[str, dict[str, Any]] = field(default_factory=dict)
    receipts: int = 0

    def serve(self, rest: Rest) -> None:
        """Register the routes."""
        rest.effect("/v1/agreements", "credit.activate")(self.activate)
        rest.get("/v1/agreements/by-reference/{reference}", "credit.look_up")(self.look_up)
        rest.get("/v1/settlements/by-reference/{reference}", "credit.look_up")(self.receipt)
        rest.get("/v1/agreements/{agreement}", "credit.standing")(self.standing)
        rest.effect("/v1/agreements/{agreement}/settlements", "credit.settle")(self.settle)
        Endings(stand_in=self.stand_in, find=self.agreement).serve(rest)

    def activate(self, request: StandInRequest) -> Response:
        """Start the agreement of an accepted application whose document is signed."""
        if not request.data["signed_envelope"]:
            raise StandInError(422, "not_signed")
        made = self.take_up(request.data["application"])
        self._pay_off(made, request.key)
        number = f"AGR-{700_001 + len(self.activations)}"
        self.activations[request.key] = {
            "agreement": number,
            "status": "ACTIVE",
            "amount": made.amount,
            "months": made.months,
            "currency": made.currency,
            "paid_off": made.pays_off and made.pays_off["figure"],
        }
        self.live[number] = self._standing(
            number,
            repayments=0,
            amount=made.amount,
            apr=made.apr,
            months=made.months,
            payments=made.payments,
            currency=made.currency,
        )
        self.stand_in.record(
            "credit.activate",
            request.key,
            agreement=number,
            application=made.application,
            amount=made.amount,
            currency=made.currency,
        )
        self._move("credit", request.key, made.amount, made.currency, to_lender=False)
        return answer(self.activations[request.key], 201)

    def look_up(self, request: StandInRequest) -> Response:
        """An activation by the client's reference."""
        return _found(self.activations, request)

    def receipt(self, request: StandInRequest) -> Response:
        """A settlement by the client's reference."""
        return _found(self.settlements, request)

    def standing(self, request: StandInRequest) -> Response:
        """How an agreement stands, and what pays it off on the day `settle_on`."""
        if request.mode == "decline":
            raise StandInError(404, "unknown_agreement")
        agreement, now = self.agreement(request.params["agreement"]), self.stand_in.now()
        if agreement["status"] == "SETTLED":
            return answer(agreement)
        asked = request.params.get("settle_on")
        on = date.fromisoformat(asked) if asked else (now + NOTICE).date()
        figure = {
            "figure": figure_of(agreement, on),
            "on": on.isoformat(),
            "valid_until": (now + HOLDS).isoformat(),
        }
        return answer({**agreement, "settlement": figure})

    def settle(self, request: StandInRequest) -> Response:
        """Pay an agreement off: with its figure of a day, or with amounts that add up."""
        agreement, data = self.agreement(request.params["agreement"]), request.data
        if agreement["status"] == "SETTLED":
            raise StandInError(409, "already_settled")
        if data.get("on") is not None:
            self._require_figure(agreement, data["amount"], date.fromisoformat(data["on"]))
        elif not 0 < data["outstanding"] <= _left(agreement):
            raise StandInError(409, "more_than_is_left")
        elif max(0, data["outstanding"] - data["rebate"] - data["trade_in"]) != data["amount"]:
            raise StandInError(422, "settlement_does_not_add_up")
        receipt = self._paid(agreement, data["amount"], data["currency"], request.key)
        self.settlements[request.key] = receipt
        return answer(receipt, 201)

    def _pay_off(self, accepted: Accepted, reference: str) -> None:
        """A new agreement that pays an old one off does it with exactly its figure."""
        if accepted.pays_off is None:
            return
        old, figure = self.agreement(accepted.pays_off["agreement"]), accepted.pays_off["figure"]
        if old["status"] == "SETTLED":
            raise StandInError(409, "already_settled")
        self._require_figure(old, figure, date.fromisoformat(accepted.pays_off["on"]))
        self._paid(old, figure, accepted.currency, reference)

    def _require_figure(self, agreement: Mapping[str, Any], amount: int, on: date) -> None:
        """Not a minor unit too little, and none too many."""
        figure = figure_of(agreement, on)
        if on < self.stand_in.now().date():
            raise StandInError(409, "settlement_day_over")
        if amount < figure:
            raise StandInError(409, "settlement_too_small")
        if amount > figure:
            raise StandInError(409, "more_than_is_left")

    def _paid(
        self, agreement: dict[str, Any], amount: int, currency: str, reference: str
    ) -> dict[str, Any]:
        agreement["status"] = "SETTLED"
        receipt = {
            "receipt": f"STL-{self.receipts + 1:06d}",
            "amount": amount,
            "currency": currency,
        }
        self.receipts += 1
        self.stand_in.record(
            "credit.settle",
            reference,
            agreement=agreement["agreement"],
            amount=amount,
            currency=currency,
        )
        self._move("settlement", reference, amount, currency, to_lender=True)
        return receipt

    def _move(
        self, what: str, reference: str, amount: int, currency: str, *, to_lender: bool
    ) -> None:
        """Between the retailer and this lender."""
        sender, receiver = ("retailer", "lender") if to_lender else ("lender", "retailer")
        self.stand_in.move(what, reference, amount, currency, sender=sender, receiver=receiver)

    def agreement(self, number: str) -> dict[str, Any]:
        """An agreement by its number, an old one made when it is first named; refuses others."""
        if number not in self.live and OLD.fullmatch(number):
            last = number[-1]
            apr, amount = INTEREST.get(last, ("0.0", MONTHS * REGULAR))
            made = int(number[5:7]) if number[4] == "2" else REPAYMENTS_MADE.get(last, 14)
            self.live[number] = self._standing(
                number, repayments=made, amount=amount, arrears=ARREARS.get(last, 0), apr=apr
            )
        if number not in self.live:
            raise StandInError(404, "unknown_agreement")
        return self.live[number]

    def _standing(
        self,
        number: str,
        *,
        repayments: int,
        amount: int,
        arrears: int = 0,
        apr: str = "0.0",
        months: int = MONTHS,
        payments: tuple[int, ...] = (),
        currency: str | None = None,
    ) -> dict[str, Any]:
        uneven = {"payments": list(payments)} if len(set(payments)) > 1 else {}
        told = {"currency": currency} if currency is not None else {}
        return {
            **uneven,
            **told,
            "agreement": number,
            "status": "ACTIVE",
            "repayments_made": repayments,
            "months": months,
            "amount": amount,
            "regular_payment": payments[0] if payments else REGULAR,
            "arrears": arrears,
            "apr": apr,
            "started": (self.stand_in.now() - repayments * MONTH).isoformat(),
        }


def _left(agreement: dict[str, Any]) -> int:
    return sum(payments_of(agreement)[agreement["repayments_made"] :])


def _found(book: dict[str, dict[str, Any]], request: StandInRequest) -> Response:
    found = book.get(request.params["reference"])
    if found is None:
        raise StandInError(404, "unknown_reference")
    return answer(found)
