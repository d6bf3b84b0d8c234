"""Goods that come back to the stand-in platform: each once, at its price at the most."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from unshackled.sdk.standin import StandIn, answer
from unshackled.sdk.standin_rest import Rest, StandInError, StandInRequest

# So long goods may be on their way back.
EXPECTED_WITHIN: Final = timedelta(days=14)


@dataclass(kw_only=True)
class Return:
    """One return; `state` is expected, received or not_received."""

    number: str
    reference: str
    order: str
    skus: tuple[str, ...]
    amount: int
    currency: str
    expected_by: datetime
    state: str = "expected"

    def document(self) -> dict[str, Any]:
        """What the platform tells about it."""
        return {
            "number": self.number,
            "reference": self.reference,
            "order": self.order,
            "state": self.state,
            "amount": self.amount,
            "currency": self.currency,
            "expected_by": self.expected_by.isoformat(),
        }


@dataclass(kw_only=True)
class Returns:
    """Every return; `ordered` gives the lines of an order, `restock` puts goods on the shelf."""

    stand_in: StandIn
    ordered: Callable[[str], Iterable[Mapping[str, Any]]]
    restock: Callable[[Iterable[str]], None]
    known: dict[str, Return] = field(default_factory=dict)

    def serve(self, rest: Rest) -> None:
        """Register the routes."""
        rest.effect("/v2/returns", "orders.accept_return")(self.accept)
        rest.get("/v2/returns/by-reference/{reference}", "orders.look_up")(self.look_up)
        self.stand_in.routes.append(Route("/_returns/{number}", self.control, methods=["POST"]))

    def accept(self, request: StandInRequest) -> Response:
        """Take goods back, at once; `refer` waits for them, `decline` in vain."""
        data = request.data
        skus = tuple(str(one["sku"]) for one in data["lines"] for _ in range(int(one["quantity"])))
        self._require_sum(data)
        self._require_left(data, skus)
        if request.mode == "decline":
            raise StandInError(409, "not_received")
        made = Return(
            number=f"RMA-{len(self.known) + 1:06d}",
            reference=request.key,
            order=data["order"],
            skus=skus,
            amount=self._sum(data),
            currency=data["currency"],
            expected_by=self.stand_in.now() + EXPECTED_WITHIN,
        )
        self.known[request.key] = made
        if request.mode != "refer":
            self._receive(made)
        return answer(made.document(), 201)

    def look_up(self, request: StandInRequest) -> Response:
        """A return by the client's reference; what is not here on its last day never comes."""
        made = self.known.get(request.params["reference"])
        if made is None:
            raise StandInError(404, "unknown_reference")
        if made.state == "expected" and self.stand_in.now() >= made.expected_by:
            made.state = "not_received"
        return answer(made.document())

    async def control(self, request: Request) -> Response:
        """`POST /_returns/{number}` with `{"state": "received"}`, or `not_received`."""
        state = orjson.loads(await request.body() or b"{}").get("state")
        number = request.path_params["number"]
        made = next((one for one in self.known.values() if one.number == number), None)
        if made is None or made.state != "expected" or state not in ("received", "not_received"):
            return answer({"error": {"code": "unknown_return_or_state"}}, 404)
        if state == "received":
            self._receive(made)
        made.state = state
        return answer(made.document())

    def _receive(self, back: Return) -> None:
        back.state = "received"
        self.restock(back.skus)
        self.stand_in.record(
            "orders.accept_return",
            back.reference,
            number=back.number,
            amount=back.amount,
            currency=back.currency,
        )

    def _sum(self, data: Mapping[str, Any]) -> int:
        return sum(int(one["amount"]) for one in (*data["lines"], *data["charges"]))

    def _require_sum(self, data: Mapping[str, Any]) -> None:
        if self._sum(data) != data["amount"]:
            raise StandInError(422, "return_does_not_add_up")

    def _require_left(self, data: Mapping[str, Any], skus: tuple[str, ...]) -> None:
        """What was ordered and did not come back yet, each at its price at the most."""
        lines = list(self.ordered(data["order"]))
        prices = {str(one["sku"]): int(one["price"]) for one in lines}
        left = Counter(str(one["sku"]) for one in lines for _ in range(int(one["quantity"])))
        for one in self.known.values():
            if one.order == data["order"] and one.state != "not_received":
                left.subtract(one.skus)
        if not skus and not data["charges"]:
            raise StandInError(422, "nothing_to_return")
        if any(number > left[sku] for sku, number in Counter(skus).items()):
            raise StandInError(409, "not_left_in_order")
        for one in data["lines"]:
            if int(one["amount"]) > prices[str(one["sku"])] * int(one["quantity"]):
                raise StandInError(422, "more_than_its_price")
