"""Between our values and the telco's service orders (TMF641)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from unshackled.sdk import Call, Outcome, Passed, Pending, Refused
from unshackled.sdk.porting import port_of
from unshackled.sdk.ports import ActivateSim, SimActivated
from unshackled.sdk.texts import text_of, word

Json = Mapping[str, Any]

DONE: Final = "completed"
UNDER_WAY: Final = ("acknowledged", "pending", "inProgress", "held")
FAILED: Final = ("failed", "rejected", "cancelled", "partial")


def service_order(request: ActivateSim, call: Call) -> dict[str, Any]:
    """The body of a service order for one line on an eSIM."""
    contact, port = request.contact, port_of(request.number)
    characteristics = {"simType": "eSIM"}
    if port is not None:
        characteristics |= {"portingCode": port.pac, "currentNumber": port.number}
    return {
        "externalId": call.reference,
        "category": "mobile",
        "relatedParty": [
            {
                "role": "customer",
                "name": f"{contact.given_name} {contact.family_name}",
                "email": contact.email,
            }
        ],
        "serviceOrderItem": [
            {
                "id": "1",
                "action": "add",
                "service": {
                    "serviceSpecification": {"id": request.tariff.sku},
                    "serviceCharacteristic": [
                        {"name": name, "value": value} for name, value in characteristics.items()
                    ],
                },
            }
        ],
    }


def activated(order: Json, poll_after: timedelta) -> Outcome[SimActivated]:
    """The line of a completed order; raises `Refused` for one that failed."""
    state = order["state"]
    if state in UNDER_WAY:
        return Pending(poll_after=poll_after, handle=word(order["id"]))
    if state in FAILED:
        raise Refused(f"sim.activate: the service order is {state}", code=state)
    if state != DONE:
        raise ValueError("state")
    service = order["serviceOrderItem"][0]["service"]
    told = {item["name"]: item["value"] for item in service["serviceCharacteristic"]}
    return Passed(
        output=SimActivated(
            subscription=word(service["id"]),
            msisdn=text_of(told["msisdn"], "msisdn"),
            activation_code=_lpa(text_of(told["activationCode"], "activationCode")),
        )
    )


def _lpa(code: str) -> str:
    """An eSIM activation code (SGP.22 section 4.1)."""
    parts = code.removeprefix("LPA:").split("$")
    if len(parts) < 3 or parts[0] != "1" or not all(parts[1:3]):
        raise ValueError("activationCode")
    return code
