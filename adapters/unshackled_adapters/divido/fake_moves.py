"""The stand-in's activations and cancellations."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from starlette.responses import Response

from unshackled.sdk.standin import StandIn, answer
from unshackled_adapters.divido.fake_application import Application
from unshackled_adapters.divido.wire import ApiFault, DividoRequest, paged

NOT_CANCELABLE: Final = frozenset({"DECLINED", "CANCELLED", "AWAITING-CANCELLATION"})


@dataclass(kw_only=True)
class Moves:
    """What happens to applications that customers have completed, or that came to nothing."""

    stand_in: StandIn
    application: Callable[[str], Application]
    tell: Callable[[Application, str], None]

    def activate(self, request: DividoRequest) -> Response:
        """Tell the lender that the goods are out; the platform knows no keys."""
        made = self.application(request.params["application"])
        amount = self._amount(request)
        if made.status not in ("READY", "AWAITING-ACTIVATION") or amount > made.left:
            raise ApiFault(400, 400005, "application can not be activated")
        made.activated += amount
        told = {
            "type": "activations",
            "id": f"{made.number}-activation-{len(made.activations) + 1}",
            "amount": amount,
            "status": "SCHEDULED",
            "reference": request.data["reference"],
            "comment": None,
            "data": [],
        }
        made.activations.append(told)
        self.stand_in.record(
            "credit.activate",
            request.data["reference"],
            application=made.number,
            amount=amount,
            currency=made.currency,
        )
        self.tell(made, "AWAITING-ACTIVATION")
        return answer({"data": told}, 201)

    def list_activations(self, request: DividoRequest) -> Response:
        """Every activation of an application."""
        return paged(self.application(request.params["application"]).activations, request)

    def refund(self, request: DividoRequest) -> Response:
        """Tell the lender that goods came back; the platform knows no keys here either.

        `decline` is a lender who would not: the refund fails.
        """
        made = self.application(request.params["application"])
        amount = self._amount(request)
        if amount > made.activated - made.refunded:
            raise ApiFault(400, 400007, "application can not be refunded")
        failed = request.mode == "decline"
        told = {
            "type": "refunds",
            "id": f"{made.number}-refund-{len(made.refunds) + 1}",
            "amount": amount,
            "status": "FAILED" if failed else "PENDING",
            "reference": request.data["reference"],
            "comment": None,
            "data": [],
        }
        made.refunds.append(told)
        if not failed:
            made.refunded += amount
            self.stand_in.record(
                "credit.end",
                request.data["reference"],
                application=made.number,
                amount=amount,
                currency=made.currency,
            )
            if made.refunded == made.credit:
                self.tell(made, "REFUNDED")
        return answer({"data": told}, 201)

    def list_refunds(self, request: DividoRequest) -> Response:
        """Every refund of an application."""
        return paged(self.application(request.params["application"]).refunds, request)

    def cancel(self, request: DividoRequest) -> Response:
        """Take an application back as far as it is not activated."""
        made = self.application(request.params["application"])
        amount = self._amount(request)
        if made.status in NOT_CANCELABLE or amount > made.left:
            raise ApiFault(400, 400006, "application can not be cancelled")
        complete = made.status == "READY"
        made.cancelled += amount
        if complete:
            self.stand_in.record("credit.withdraw", made.reference, **made.facts())
        self.tell(made, "AWAITING-CANCELLATION")
        told: dict[str, Any] = {
            "type": "cancellations",
            "id": f"{made.number}-cancellation",
            "amount": amount,
            "status": "PENDING",
            "reference": request.data["reference"],
            "comment": None,
            "data": [],
        }
        return answer({"data": told}, 201)

    def _amount(self, request: DividoRequest) -> int:
        items = request.data["order_items"]
        total: int = sum(item["price"] * item["quantity"] for item in items)
        if total != request.data["amount"] or total <= 0:
            raise ApiFault(400, 400002, "payload property missing or invalid", "amount")
        return total
