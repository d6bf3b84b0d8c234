"""The stand-in recycler: guide prices, a register of blocked devices, trade-ins."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from starlette.responses import Response

from unshackled.sdk.standin import StandIn, answer
from unshackled.sdk.standin_goods import TRADE_INS
from unshackled.sdk.standin_rest import Rest, StandInError, StandInRequest
from unshackled_adapters.recycler.fake_inspections import Inspections, Promise

GRADES: Final = {"A": "pristine", "B": "good", "C": "worn", "D": "broken"}
GUIDE: Final[dict[tuple[str, str], int]] = {
    (item.model, item.grade): item.value for item in TRADE_INS
}
ANY_OTHER_MODEL: Final = {"A": 10_000, "B": 8_000, "C": 4_000, "D": 1_000}
# The first two digits of an IMEI in the register, and why it is there.
BLOCKED: Final = {
    "98": "reported_stolen",
    "97": "insurance_claim",
    "99": "blocked_by_network",
}
IMEI: Final = re.compile(r"[0-9]{15}")
VALID_FOR: Final = timedelta(days=14)


@dataclass(kw_only=True)
class Valuation:
    """What a device is worth, and until when."""

    imei: str
    model: str
    condition: str
    amount: int
    currency: str
    until: datetime


@dataclass(kw_only=True)
class TradeIn:
    """One promise to take a device."""

    number: str
    amount: int
    valuation: Valuation
    promised_at: datetime
    state: str = "open"

    def document(self) -> dict[str, Any]:
        """What the recycler tells about it."""
        return {"trade_in": self.number, "amount": self.amount, "state": self.state}


@dataclass(kw_only=True)
class Recycler:
    """The recycler's books; `gone` has the references cancelled before they arrived."""

    stand_in: StandIn
    valuations: dict[str, Valuation] = field(default_factory=dict)
    trade_ins: dict[str, TradeIn] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)

    def value(self, request: StandInRequest) -> Response:
        """Value a device that no register blocks."""
        data = request.data
        imei = data["imei"]
        _check_imei(imei)
        if data["condition"] not in GRADES:
            raise StandInError(400, "condition_unknown")
        if request.mode == "decline" or imei[:2] in BLOCKED:
            raise StandInError(409, BLOCKED.get(imei[:2], "blocked_by_network"))
        if data["model"].lower() == "unknown":
            raise StandInError(409, "model_not_bought")
        amount = price(data["model"], data["condition"])
        until = self.stand_in.now() + VALID_FOR
        number = f"val_{len(self.valuations) + 1:06d}"
        self.valuations[number] = Valuation(
            imei=imei,
            model=data["model"],
            condition=data["condition"],
            amount=amount,
            currency=data["currency"],
            until=until,
        )
        return answer(
            {"valuation": number, "amount": amount, "valid_until": until.isoformat()}, 201
        )

    def accept(self, request: StandInRequest) -> Response:
        """Take a device at its valuation."""
        data = request.data
        valued = self.valuations.get(data["valuation"])
        if valued is None or (valued.imei, valued.currency) != (data["imei"], data["currency"]):
            raise StandInError(422, "unknown_valuation")
        if valued.amount != data["amount"]:
            raise StandInError(422, "amount_differs")
        if valued.until <= self.stand_in.now():
            raise StandInError(409, "valuation_expired")
        if request.key in self.gone:
            raise StandInError(409, "cancelled_before")
        if request.mode == "decline":
            raise StandInError(409, "reported_stolen")
        made = TradeIn(
            number=f"TI{len(self.trade_ins) + 1:07d}",
            amount=valued.amount,
            valuation=valued,
            promised_at=self.stand_in.now(),
        )
        self.trade_ins[request.key] = made
        self.stand_in.record(
            "trade_in.accept",
            request.key,
            trade_in=made.number,
            amount=made.amount,
            currency=valued.currency,
        )
        return answer(made.document(), 201)

    def cancel(self, request: StandInRequest) -> Response:
        """Cancel a trade-in; one that arrives later is turned away."""
        self.gone.add(request.params["reference"])
        made = self._of(request)
        if made.state == "open":
            made.state = "cancelled"
            self.stand_in.record(
                "trade_in.cancel", request.params["reference"], trade_in=made.number
            )
        return answer(made.document())

    def look_up(self, request: StandInRequest) -> Response:
        """A trade-in by the client's reference."""
        return answer(self._of(request).document())

    def promise(self, reference: str) -> Promise:
        """A device that somebody promised under this reference; refuses what is none."""
        made = self.trade_ins.get(reference)
        if made is None or made.state != "open":
            raise StandInError(404, "unknown_reference")
        return Promise(
            number=made.number,
            reference=reference,
            imei=made.valuation.imei,
            model=made.valuation.model,
            condition=made.valuation.condition,
            amount=made.amount,
            currency=made.valuation.currency,
            promised_at=made.promised_at,
        )

    def _of(self, request: StandInRequest) -> TradeIn:
        reference = request.params["reference"]
        if reference not in self.trade_ins:
            raise StandInError(404, "unknown_reference")
        return self.trade_ins[reference]


def price(model: str, condition: str) -> int:
    """The guide price of a model in a condition."""
    return GUIDE.get((model, GRADES[condition]), ANY_OTHER_MODEL[condition])


def _check_imei(imei: str) -> None:
    """Refuse what is no IMEI: 15 digits whose Luhn sum (3GPP TS 23.003 annex B) is right."""
    if not IMEI.fullmatch(imei):
        raise StandInError(400, "imei_unreadable")
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(imei)]
    if sum(value // 10 + value % 10 for value in doubled) % 10:
        raise StandInError(409, "imei_check_digit")


def make() -> StandIn:
    """A recycler with empty books."""
    stand_in = StandIn(name="recycler")
    recycler = Recycler(stand_in=stand_in)
    rest = Rest(stand_in=stand_in)
    one = "/v1/trade-ins/by-reference/{reference}"
    rest.post("/v1/valuations", "trade_in.value")(recycler.value)
    rest.effect("/v1/trade-ins", "trade_in.accept")(recycler.accept)
    rest.post(f"{one}/cancellation", "trade_in.cancel")(recycler.cancel)
    rest.get(one, "trade_in.look_up")(recycler.look_up)
    Inspections(stand_in=stand_in, find=recycler.promise, price=price).serve(rest)
    return stand_in
