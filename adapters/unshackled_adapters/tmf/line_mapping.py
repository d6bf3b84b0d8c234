"""Between our activations and TMF641's service orders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from unshackled.sdk import Call, Outcome, Passed, Pending, Refused
from unshackled.sdk.porting import port_of
from unshackled.sdk.ports import ActivateSim, SimActivated
from unshackled.sdk.texts import text_of, word

Json = Mapping[str, Any]

# ServiceOrderStateType. After the pivot nothing is declined: what failed is for a person.
DONE: Final = "completed"
UNDER_WAY: Final = frozenset(
    {
        "acknowledged",
        "pending",
        "inProgress",
        "held",
        "assessingCancellation",
        "pendingCancellation",
    }
)
FAILED: Final = frozenset({"failed", "rejected", "cancelled", "partial"})


def service_order(request: ActivateSim, call: Call) -> dict[str, Any]:
    """One line on an eSIM; with a PAC the customer's own number is brought along."""
    contact, port = request.contact, port_of(request.number)
    told = {"simType": "eSIM"}
    if port is not None:
        told |= {"portingCode": port.pac, "currentNumber": port.number}
    return {
        "externalId": call.reference,
        "category": "mobile",
        "description": request.checkout.checkout,
        "notificationContact": contact.email,
        "relatedParty": [
            {
                "id": request.checkout.checkout,
                "name": f"{contact.given_name} {contact.family_name}",
                "role": "customer",
                "@type": "RelatedParty",
                "@referredType": "Individual",
            }
        ],
        "serviceOrderItem": [
            {
                "id": "1",
                "action": "add",
                "service": {
                    "serviceSpecification": {"id": request.tariff.sku},
                    "serviceCharacteristic": [
                        {"name": name, "value": value} for name, value in told.items()
                    ],
                },
            }
        ],
    }


def activated(order: Json, poll_after: timedelta, provider: str) -> Outcome[SimActivated]:
    """The line of a completed order; raises `Refused` for one that failed."""
    state = order["state"]
    if state in UNDER_WAY:
        return Pending(poll_after=poll_after, handle=word(order["id"]))
    if state in FAILED:
        raise Refused(f"sim.activate: the order is {state}", provider=provider, code=state)
    if state != DONE:
        raise ValueError("state")
    service = order["serviceOrderItem"][0]["service"]
    told = {item["name"]: item["value"] for item in service["serviceCharacteristic"]}
    output = SimActivated(
        subscription=word(service["id"]),
        msisdn=text_of(told["msisdn"], "msisdn"),
        activation_code=_lpa(text_of(told["activationCode"], "activationCode")),
    )
    return Passed(output=output)


def best(orders: Sequence[Json], provider: str) -> Json | None:
    """The order that counts of those under one reference: one alive first.

    Raises `Refused` where two are alive: each is a line that costs money, and a person ends one.
    """
    alive = [order for order in orders if order["state"] not in FAILED]
    if len(alive) > 1:
        message = "sim.activate: two orders are alive under one reference"
        raise Refused(message, provider=provider, code="duplicate_orders")
    return next(iter([*alive, *orders]), None)


def _lpa(code: str) -> str:
    """An eSIM activation code (SGP.22 section 4.1)."""
    parts = code.removeprefix("LPA:").split("$")
    if len(parts) < 3 or parts[0] != "1" or not all(parts[1:3]):
        raise ValueError("activationCode")
    return code
