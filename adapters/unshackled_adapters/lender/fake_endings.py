"""How agreements end at the stand-in lender: withdrawal and cancellation, by its own sums.

A withdrawal costs the interest of each day after the one on which the credit was drawn; the goods
stay. On cancellation the retailer gives back what it was paid: that lessens what is left, and what
it exceeds this by is the customer's, who had repaid it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from fractions import Fraction
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from unshackled.sdk.standin import StandIn, answer
from unshackled.sdk.standin_rest import Rest, StandInError, StandInRequest
from unshackled_adapters.lender.fake_figures import payments_of

# How many days after the agreement a customer may withdraw, and how many they have to repay.
WITHDRAW_WITHIN: Final = 14
REPAY_WITHIN: Final = 30

Agreement = dict[str, Any]


@dataclass(kw_only=True)
class Ending:
    """How one agreement ended; `owed` grows until the customer repays it."""

    agreement: Agreement
    reference: str
    reason: str
    currency: str
    zone: ZoneInfo
    drawn_on: date
    capital: int
    repaid: int
    from_retailer: int = 0
    to_customer: int = 0
    requested_on: date
    ended_on: date
    repaid_on: date | None = None

    def interest(self, on: date) -> int:
        """Of the days after the drawdown, up to and with the day itself, half up."""
        if self.reason != "WITHDRAWAL":
            return 0
        days = max(0, (min(on, self.repaid_on or on) - self.drawn_on).days)
        accrued = Fraction(self.capital) * Fraction(self.agreement["apr"]) * days / 36_500
        return int(accrued + Fraction(1, 2))

    def owed(self, on: date) -> int:
        """What the customer has to pay on a day: nothing where the goods went back."""
        if self.reason != "WITHDRAWAL":
            return 0
        return max(0, self.capital + self.interest(on) - self.repaid)

    def document(self) -> dict[str, Any]:
        """What the lender tells of it: the sums of the day on which it ended."""
        withdrawn = self.reason == "WITHDRAWAL"
        repay_by = self.requested_on + timedelta(days=REPAY_WITHIN)
        return {
            "agreement": self.agreement["agreement"],
            "reason": self.reason,
            "currency": self.currency,
            "from_retailer": self.from_retailer,
            "to_customer": self.to_customer,
            "owed": self.owed(self.ended_on),
            "interest": self.interest(self.ended_on),
            "repay_by": repay_by.isoformat() if withdrawn else None,
        }


@dataclass(kw_only=True)
class Endings:
    """Every ending; `find` gives an agreement by its number, or refuses."""

    stand_in: StandIn
    find: Callable[[str], Agreement]
    known: dict[str, Ending] = field(default_factory=dict)
    last: dict[str, Ending] = field(default_factory=dict)

    def serve(self, rest: Rest) -> None:
        """Register the routes."""
        rest.effect("/v1/agreements/{agreement}/endings", "credit.end")(self.end)
        rest.get("/v1/endings/by-reference/{reference}", "credit.look_up")(self.look_up)
        rest.get("/v1/agreements/{agreement}/repayment", "credit.repayment")(self.repayment)
        rest.get("/v1/agreements/{agreement}/statement", "credit.statement")(self.statement)
        for path, act in (("repayments", self.repay), ("payments", self.collect)):
            route = Route(f"/_{path}/{{agreement}}", act, methods=["POST"])
            self.stand_in.routes.append(route)

    def end(self, request: StandInRequest) -> Response:
        """End an agreement that is live: the customer withdraws, or the retailer gives back."""
        data, agreement = request.data, self.find(request.params["agreement"])
        withdraws = {"WITHDRAWAL": True, "CANCELLATION": False}[data["reason"]]
        if request.mode == "decline":
            raise StandInError(409, "withdrawal_too_late")
        if agreement["status"] == "SETTLED" and (withdraws or not self._gives_more(agreement)):
            raise StandInError(409, "already_settled")
        made = self._ending(request, agreement)
        if withdraws:
            self._withdraw(made, int(data["amount"]))
        else:
            self._cancel(made, int(data["amount"]))
        self.known[request.key] = self.last[agreement["agreement"]] = made
        self._record(made)
        return answer(made.document(), 201)

    def look_up(self, request: StandInRequest) -> Response:
        """An ending by the client's reference."""
        made = self.known.get(request.params["reference"])
        if made is None:
            raise StandInError(404, "unknown_reference")
        return answer(made.document())

    def repayment(self, request: StandInRequest) -> Response:
        """Whether the customer repaid the credit that they withdrew from, and when."""
        made = self._last(request.params["agreement"])
        today = self._today(made.zone)
        due = made.owed(today) and made.repaid_on is None
        told = {"agreement": made.agreement["agreement"], "currency": made.currency}
        if due or request.mode == "refer":
            # Owed until the end of the last day.
            last = made.requested_on + timedelta(days=REPAY_WITHIN + 1)
            end = datetime.combine(last, time(), made.zone)
            return answer(
                {
                    **told,
                    "status": "DUE",
                    "amount": made.owed(today),
                    "interest": made.interest(today),
                    "repay_before": end.isoformat(),
                }
            )
        on = made.repaid_on or made.ended_on
        return answer(
            {
                **told,
                "status": "REPAID",
                "amount": made.owed(on),
                "interest": made.interest(on),
                "repaid_on": on.isoformat(),
            }
        )

    def statement(self, request: StandInRequest) -> Response:
        """What was paid of an agreement by now, and what is left; it counts until midnight."""
        agreement, zone = self.find(request.params["agreement"]), _zone(request)
        if request.mode == "decline":
            raise StandInError(404, "unknown_agreement")
        today, made = self._today(zone), agreement["repayments_made"]
        left = sum(payments_of(agreement)[made:])
        midnight = datetime.combine(today + timedelta(days=1), time(), zone)
        return answer(
            {
                "agreement": agreement["agreement"],
                "currency": agreement.get("currency") or "GBP",
                "as_of": today.isoformat(),
                "instalments_paid": made,
                "paid": sum(payments_of(agreement)[:made]),
                "arrears": agreement["arrears"],
                "balance": 0 if agreement["status"] == "SETTLED" else left,
                "valid_until": midnight.isoformat(),
            }
        )

    async def repay(self, request: Request) -> Response:
        """The customer pays: `POST /_repayments/{agreement}` with `{"amount": 66900}`.

        Neither a minor unit too little is taken, nor one too many.
        """
        made = self.last.get(request.path_params["agreement"])
        amount = orjson.loads(await request.body() or b"{}").get("amount")
        if made is None or made.repaid_on is not None:
            return answer({"error": {"code": "nothing_owed"}}, 409)
        today = self._today(made.zone)
        owed = made.owed(today)
        if amount != owed:
            code = "repayment_too_small" if amount < owed else "more_than_is_owed"
            return answer({"error": {"code": code}}, 409)
        made.repaid_on = today
        self._move("withdrawal", made, owed, "customer", "lender")
        return answer({"agreement": made.agreement["agreement"], "amount": owed})

    async def collect(self, request: Request) -> Response:
        """Instalments are paid: `POST /_payments/{agreement}` with `{"made": 3}`, three so far."""
        agreement = self.find(request.path_params["agreement"])
        made = orjson.loads(await request.body() or b"{}").get("made")
        paid = payments_of(agreement)[agreement["repayments_made"] : made]
        agreement["repayments_made"] = made
        currency = agreement.get("currency") or "GBP"
        number = agreement["agreement"]
        self.stand_in.move(
            "instalments", number, sum(paid), currency, sender="customer", receiver="lender"
        )
        return answer(agreement)

    def _ending(self, request: StandInRequest, agreement: Agreement) -> Ending:
        data, zone = request.data, ZoneInfo(request.data["time_zone"])
        started = datetime.fromisoformat(agreement["started"])
        return Ending(
            agreement=agreement,
            reference=request.key,
            reason=data["reason"],
            currency=data["currency"],
            zone=zone,
            drawn_on=started.astimezone(zone).date(),
            capital=agreement["amount"] - agreement.get("credited", 0),
            repaid=sum(payments_of(agreement)[: agreement["repayments_made"]]),
            requested_on=date.fromisoformat(data["requested_on"]),
            ended_on=self._today(zone),
        )

    def _withdraw(self, ending: Ending, amount: int) -> None:
        """Within two weeks; what was repaid beyond what is owed goes back."""
        if amount:
            raise StandInError(422, "goods_stay_on_withdrawal")
        if (ending.requested_on - ending.drawn_on).days > WITHDRAW_WITHIN:
            raise StandInError(409, "withdrawal_too_late")
        cost = ending.capital + ending.interest(ending.ended_on)
        ending.to_customer = max(0, ending.repaid - cost)
        ending.agreement["status"] = "SETTLED"
        if not ending.owed(ending.ended_on):
            ending.repaid_on = ending.ended_on

    def _cancel(self, ending: Ending, amount: int) -> None:
        """What the retailer gives back lessens what is left; the rest of it is the customer's."""
        if not 0 < amount <= ending.capital:
            raise StandInError(422, "not_what_was_lent")
        left = max(0, ending.capital - ending.repaid)
        ending.from_retailer, ending.to_customer = amount, amount - min(amount, left)
        agreement = ending.agreement
        agreement["credited"] = agreement.get("credited", 0) + amount
        if amount >= left:
            agreement["status"] = "SETTLED"
        else:
            agreement["payments"] = _lessened(payments_of(agreement), amount)

    def _gives_more(self, agreement: Agreement) -> bool:
        """Whether goods in parts settled it, and some of what it lent can still be given back.

        All of that is the customer's, who had repaid it.
        """
        last = self.last.get(agreement["agreement"])
        rest = agreement["amount"] - agreement.get("credited", 0)
        return last is not None and last.reason == "CANCELLATION" and rest > 0

    def _record(self, ending: Ending) -> None:
        self.stand_in.record(
            "credit.end",
            ending.reference,
            agreement=ending.agreement["agreement"],
            amount=ending.from_retailer,
            currency=ending.currency,
        )
        self._move("credit_returned", ending, ending.from_retailer, "retailer", "lender")
        self._move("instalments_returned", ending, ending.to_customer, "lender", "customer")

    def _move(self, what: str, ending: Ending, amount: int, sender: str, receiver: str) -> None:
        self.stand_in.move(
            what, ending.reference, amount, ending.currency, sender=sender, receiver=receiver
        )

    def _last(self, number: str) -> Ending:
        if number not in self.last:
            raise StandInError(404, "unknown_agreement")
        return self.last[number]

    def _today(self, zone: ZoneInfo) -> date:
        return self.stand_in.now().astimezone(zone).date()


def _zone(request: StandInRequest) -> ZoneInfo:
    """The time zone that days are asked for in."""
    try:
        return ZoneInfo(request.params.get("time_zone") or "Etc/UTC")
    except (ValueError, ZoneInfoNotFoundError):
        raise StandInError(400, "unknown_time_zone") from None


def _lessened(payments: Sequence[int], amount: int) -> list[int]:
    """The payments of which the last ones fall away, as far as the amount goes."""
    left = list(payments)
    for place in reversed(range(len(left))):
        taken = min(amount, left[place])
        left[place] -= taken
        amount -= taken
    return left
