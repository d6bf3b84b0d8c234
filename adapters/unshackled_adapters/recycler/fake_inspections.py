"""What becomes of devices that were promised to the stand-in recycler: looked at, or never come.

Without a word about it a device comes at once, as its owner described it. The first two digits of
its IMEI, or `POST /_inspections/{imei}`, say otherwise.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from unshackled.sdk.standin import StandIn, answer
from unshackled.sdk.standin_rest import Rest, StandInRequest

# So long a device may be on its way, counted from the promise.
SENT_WITHIN: Final = timedelta(days=28)
CONDITIONS: Final = ("A", "B", "C", "D")
# By the first two digits of an IMEI: a condition worse, a condition better.
REGRADED: Final = {"95": 1, "94": -1}
NEVER_SENT: Final = "96"


@dataclass(kw_only=True)
class Promise:
    """A device that somebody promised to send, as they described it; `open` until it is paid."""

    number: str
    reference: str
    imei: str
    model: str
    condition: str
    amount: int
    currency: str
    promised_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """What a control says of a device: its condition and when it comes; None for never."""

    condition: str | None
    after: timedelta | None


@dataclass(kw_only=True)
class Inspections:
    """Every device, by the client's reference; `price` is what a model in a condition is worth."""

    stand_in: StandIn
    find: Callable[[str], Promise]
    price: Callable[[str, str], int]
    controls: dict[str, Arrival] = field(default_factory=dict)
    paid: set[str] = field(default_factory=set)

    def serve(self, rest: Rest) -> None:
        """Register the routes."""
        path = "/v1/trade-ins/by-reference/{reference}/inspection"
        rest.get(path, "trade_in.inspect")(self.inspect)
        self.stand_in.routes.append(Route("/_inspections/{imei}", self.control, methods=["POST"]))

    def inspect(self, request: StandInRequest) -> Response:
        """What a device turned out to be worth; `refer` lets it wait a day, `decline` for ever."""
        promise, now = self.find(request.params["reference"]), self.stand_in.now()
        arrival = self._arrival(promise, request)
        told = {"trade_in": promise.number, "currency": promise.currency}
        due_by = promise.promised_at + SENT_WITHIN
        if arrival.after is None and (now >= due_by or request.mode == "decline"):
            return answer({**told, "state": "not_received"})
        if arrival.after is None or now < promise.promised_at + arrival.after:
            return answer({**told, "state": "awaited", "due_by": due_by.isoformat()})
        condition = arrival.condition or self._condition(promise)
        amount = self._worth(promise, condition)
        self._pay(promise, amount)
        return answer(
            {
                **told,
                "state": "inspected",
                "condition": condition,
                "amount": amount,
                "estimate": promise.amount,
                "inspected_at": (promise.promised_at + arrival.after).isoformat(),
            }
        )

    async def control(self, request: Request) -> Response:
        """`POST /_inspections/{imei}` with `{"condition": "C", "after_days": 3}`, or never.

        A device that never comes has `{"arrives": false}`.
        """
        data = orjson.loads(await request.body() or b"{}")
        condition = data.get("condition")
        if condition not in (None, *CONDITIONS):
            return answer({"error": {"code": "condition_unknown"}}, 422)
        comes = timedelta(days=data.get("after_days", 0)) if data.get("arrives", True) else None
        imei = request.path_params["imei"]
        self.controls[imei] = Arrival(condition=condition, after=comes)
        return answer({"imei": imei})

    def _arrival(self, promise: Promise, request: StandInRequest) -> Arrival:
        if request.mode == "decline":
            return Arrival(condition=None, after=None)
        if request.mode == "refer":
            waited = self.stand_in.now() - promise.promised_at
            return Arrival(condition=None, after=waited + timedelta(days=1))
        never = promise.imei.startswith(NEVER_SENT)
        own = Arrival(condition=None, after=None if never else timedelta())
        return self.controls.get(promise.imei, own)

    def _condition(self, promise: Promise) -> str:
        """As it was described, or as the first digits of the IMEI have it."""
        place = CONDITIONS.index(promise.condition) + REGRADED.get(promise.imei[:2], 0)
        return CONDITIONS[min(max(place, 0), len(CONDITIONS) - 1)]

    def _worth(self, promise: Promise, condition: str) -> int:
        """What was promised while it is as described, else the guide price of what came."""
        if condition == promise.condition:
            return promise.amount
        return self.price(promise.model, condition)

    def _pay(self, promise: Promise, amount: int) -> None:
        """The retailer has the money of a device once, when it was looked at."""
        if promise.reference not in self.paid:
            self.paid.add(promise.reference)
            self.stand_in.move(
                "trade_in",
                promise.reference,
                amount,
                promise.currency,
                sender="recycler",
                receiver="retailer",
            )
