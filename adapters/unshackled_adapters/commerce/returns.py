"""Between our values and the platform's JSON about goods that come back, in minor units."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from unshackled.sdk import Call, Declined, Outcome, Passed, Pending
from unshackled.sdk.ports import AcceptReturn, CaseLine, ReturnAccepted
from unshackled.sdk.texts import word

Json = Mapping[str, Any]

# The parts of a package that a platform has on its shelves.
GOODS: Final = frozenset({"handset", "accessories"})
# What a return that did not come is called (409); any other code is about us.
REASONS: Final = {"not_received": "not_returned"}


def return_of(request: AcceptReturn, order: str, call: Call) -> dict[str, Any]:
    """The body of a return: goods by SKU with what goes back for each, and what else goes back."""
    case = request.case
    goods = [one for one in case.lines if one.part in GOODS and one.sku is not None]
    others = [one for one in case.lines if one not in goods and one.amount]
    return {
        "reference": call.reference,
        "order": order,
        "reason": case.reason,
        "currency": case.currency,
        "amount": case.amount,
        "lines": [_line(one) for one in goods],
        "charges": [{"kind": one.part, "amount": one.amount} for one in others],
    }


def _line(line: CaseLine) -> dict[str, Any]:
    return {"sku": line.sku, "quantity": line.quantity, "amount": line.amount}


def returned(data: Json, poll_after: timedelta) -> Outcome[ReturnAccepted]:
    """Whether the goods are here; until then the platform has a last day for them."""
    state = data["state"]
    if state == "expected":
        return Pending(poll_after=poll_after, due_by=datetime.fromisoformat(data["expected_by"]))
    if state == "not_received":
        return Declined(code="not_returned", vendor_code=state)
    if state != "received" or type(data["amount"]) is not int:
        raise ValueError("state")
    output = ReturnAccepted(
        number=word(data["number"]), amount=data["amount"], currency=word(data["currency"])
    )
    return Passed(output=output)
