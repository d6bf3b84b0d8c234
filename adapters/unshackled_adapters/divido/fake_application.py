"""One application on the stand-in platform, and what is told about it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from unshackled_adapters.divido.wire import ApiFault

VERDICTS: Final = {
    "decline": "DECLINED",
    "refer": "REFERRED",
    "referdecline": "REFERRED-DECLINED",
}
EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.(?!invalid$)[^@\s]+")


@dataclass(kw_only=True)
class Application:
    """`verdict` is what sending the form leads to."""

    number: str
    reference: str
    credit: int
    deposit: int
    currency: str
    verdict: str
    page: str
    created: datetime
    applicants: list[Any]
    order_items: list[Any]
    metadata: Mapping[str, Any]
    urls: Mapping[str, str]
    plan: Mapping[str, Any]
    status: str = "PROPOSAL"
    activated: int = 0
    cancelled: int = 0
    refunded: int = 0
    activations: list[dict[str, Any]] = field(default_factory=list)
    refunds: list[dict[str, Any]] = field(default_factory=list)

    @classmethod
    def of(
        cls,
        number: str,
        data: Mapping[str, Any],
        plan: Mapping[str, Any],
        *,
        page: str,
        now: datetime,
    ) -> Application:
        """A new one; its amount must be one that the plan lends."""
        price = sum(item["price"] * item["quantity"] for item in data["order_items"])
        credit, limits = price - data["deposit_amount"], plan["credit_amount"]
        if not limits["minimum_amount"] <= credit <= limits["maximum_amount"]:
            raise ApiFault(400, 400002, "payload property missing or invalid", "order_items")
        if plan["currency"]["id"] != data["currency_id"]:
            raise ApiFault(400, 400002, "payload property missing or invalid", "currency_id")
        if not EMAIL.fullmatch(data["applicants"][0]["email"]):
            raise ApiFault(
                400, 400002, "payload property missing or invalid", "applicants[0].email"
            )
        name = data["applicants"][0]["lastName"].lower()
        return cls(
            number=number,
            reference=data["merchant_reference"],
            credit=credit,
            deposit=data["deposit_amount"],
            currency=data["currency_id"],
            verdict=VERDICTS.get(name, "ACCEPTED"),
            page=page,
            created=now,
            applicants=data["applicants"],
            order_items=data["order_items"],
            metadata=data["metadata"],
            urls=data["urls"],
            plan=plan,
        )

    @property
    def left(self) -> int:
        """What is neither activated nor cancelled."""
        return self.credit - self.activated - self.cancelled

    def facts(self) -> dict[str, Any]:
        """What the ledger says of it."""
        return {"application": self.number, "amount": self.credit, "currency": self.currency}

    def document(self, now: datetime) -> dict[str, Any]:
        """What the platform tells about it."""
        return {
            "id": self.number,
            "token": f"token-{self.number}",
            "current_status": self.status,
            "finalised": False,
            "finalisation_required": False,
            "lender_reference": None,
            "lender_loan_reference": None,
            "applicants": self.applicants,
            "order_items": self.order_items,
            "amounts": self._amounts(),
            "metadata": self.metadata,
            "merchant_reference": self.reference,
            "urls": {
                "merchant_success_redirect_url": self.urls["merchant_redirect_url"],
                "merchant_redirect_url": self.urls["merchant_redirect_url"],
                "merchant_checkout_url": self.urls["merchant_checkout_url"],
                "merchant_response_url": self.urls["merchant_response_url"],
                "application_url": self.page,
            },
            "country": {"id": "GB", "name": "United Kingdom"},
            "currency": {"id": self.currency},
            "finance_plan": {"id": self.plan["id"]},
            "lender": self.plan["lender"],
            "created_at": self.created.isoformat(timespec="seconds"),
            "updated_at": now.isoformat(timespec="seconds"),
        }

    def notice(self) -> dict[str, Any]:
        """The webhook about its status."""
        return {
            "event": "application-status-update",
            "status": self.status,
            "application": self.number,
            "proposal": self.number,
            "reference": self.reference,
            "firstName": self.applicants[0]["firstName"],
            "lastName": self.applicants[0]["lastName"],
            "phoneNumber": self.applicants[0]["phoneNumber"],
            "emailAddress": self.applicants[0]["email"],
            "metadata": self.metadata,
        }

    def _amounts(self) -> dict[str, int]:
        return {
            "activatable_amount": self.left,
            "activated_amount": self.activated,
            "cancelable_amount": self.left,
            "cancelled_amount": self.cancelled,
            "original_credit_amount": self.credit,
            "current_credit_amount": self.credit - self.cancelled - self.refunded,
            "deposit_amount": self.deposit,
            "monthly_payment_amount": self.credit // 24,
            "purchase_price_amount": self.credit + self.deposit,
            "refundable_amount": self.activated - self.refunded,
            "refunded_amount": self.refunded,
            "total_repayable_amount": self.credit + self.deposit,
        }
