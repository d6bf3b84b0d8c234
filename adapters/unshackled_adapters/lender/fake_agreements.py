"""The stand-in lender's agreements: activation, standing and early settlement."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final, Protocol

from starlette.responses import Response

from unshackled.sdk.standin import StandIn, answer
from unshackled.sdk.standin_rest import Rest, StandInError, StandInRequest

# Old agreements exist on demand: the last digit says how they stand.
OLD: Final = re.compile(r"AGR-1[0-9]{5}")
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
    regular: int


@dataclass(kw_only=True)
class Agreements:
    """Live and settled agreements. `take_up` gives the accepted application, or refuses."""

    stand_in: StandIn
    take_up: Callable[[str], Accepted]
    live: dict[str, dict[str, Any]] = field(default_factory=dict)
    activations: dict[str, dict[str, Any]] = field(default_factory=dict)
    settlements: dict[str, dict[str, Any]] = field(default_factory=dict)

    def serve(self, rest: Rest) -> None:
        """Register the routes."""
        rest.effect("/v1/agreements", "credit.activate")(self.activate)
        rest.get("/v1/agreements/by-reference/{reference}", "credit.look_up")(self.look_up)
        rest.get("/v1/settlements/by-reference/{reference}", "credit.look_up")(self.receipt)
        rest.get("/v1/agreements/{agreement}", "credit.standing")(self.standing)
        rest.effect("/v1/agreements/{agreement}/settlements", "credit.settle")(self.settle)

    def activate(self, request: StandInRequest) -> Response:
        """Start the agreement of an accepted application whose document is signed."""
        if not request.data["signed_envelope"]:
            raise StandInError(422, "not_signed")
        made = self.take_up(request.data["application"])
        number = f"AGR-{700_001 + len(self.activations)}"
        self.activations[request.key] = {
            "agreement": number,
            "status": "ACTIVE",
            "amount": made.amount,
            "months": made.months,
            "currency": made.currency,
        }
        self.live[number] = self._standing(
            number,
            repayments=0,
            amount=made.amount,
            apr=made.apr,
            months=made.months,
            regular=made.regular,
        )
        self.stand_in.record(
            "credit.activate",
            request.key,
            agreement=number,
            application=made.application,
            amount=made.amount,
            currency=made.currency,
        )
        return answer(self.activations[request.key], 201)

    def look_up(self, request: StandInRequest) -> Response:
        """An activation by the client's reference."""
        return _found(self.activations, request)

    def receipt(self, request: StandInRequest) -> Response:
        """A settlement by the client's reference."""
        return _found(self.settlements, request)

    def standing(self, request: StandInRequest) -> Response:
        """How an agreement stands."""
        if request.mode == "decline":
            raise StandInError(404, "unknown_agreement")
        return answer(self._agreement(request.params["agreement"]))

    def settle(self, request: StandInRequest) -> Response:
        """Pay an agreement off; the amounts have to add up to its balance."""
        agreement, data = self._agreement(request.params["agreement"]), request.data
        if agreement["status"] == "SETTLED":
            raise StandInError(409, "already_settled")
        if not 0 < data["outstanding"] <= _left(agreement):
            raise StandInError(409, "more_than_is_left")
        if max(0, data["outstanding"] - data["rebate"] - data["trade_in"]) != data["amount"]:
            raise StandInError(422, "settlement_does_not_add_up")
        agreement["status"] = "SETTLED"
        receipt = {
            "receipt": f"STL-{len(self.settlements) + 1:06d}",
            "amount": data["amount"],
            "currency": data["currency"],
        }
        self.settlements[request.key] = receipt
        self.stand_in.record(
            "credit.settle",
            request.key,
            agreement=agreement["agreement"],
            amount=data["amount"],
            currency=data["currency"],
        )
        return answer(receipt, 201)

    def _agreement(self, number: str) -> dict[str, Any]:
        if number not in self.live and OLD.fullmatch(number):
            last = number[-1]
            apr, amount = INTEREST.get(last, ("0.0", MONTHS * REGULAR))
            made = REPAYMENTS_MADE.get(last, 14)
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
        regular: int = REGULAR,
    ) -> dict[str, Any]:
        return {
            "agreement": number,
            "status": "ACTIVE",
            "repayments_made": repayments,
            "months": months,
            "amount": amount,
            "regular_payment": regular,
            "arrears": arrears,
            "apr": apr,
            "started": (self.stand_in.now() - repayments * MONTH).isoformat(),
        }


def _left(agreement: dict[str, Any]) -> int:
    left: int = (agreement["months"] - agreement["repayments_made"]) * agreement["regular_payment"]
    return left


def _found(book: dict[str, dict[str, Any]], request: StandInRequest) -> Response:
    found = book.get(request.params["reference"])
    if found is None:
        raise StandInError(404, "unknown_reference")
    return answer(found)
