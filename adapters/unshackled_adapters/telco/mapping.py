"""Between our values and the telco's service orders (TMF641)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Final

from unshackled.sdk import Call, Outcome, Passed, Pending, Refused
from unshackled.sdk.esim import confirmation_needed, esim_code, iccid_of
from unshackled.sdk.porting import departure_of, port_of
from unshackled.sdk.ports import (
    ActivateSim,
    Address,
    NumberChoice,
    SimActivated,
    SimStopped,
    StopSim,
)
from unshackled.sdk.texts import optional, text_of, word

Json = Mapping[str, Any]

DONE: Final = "completed"
UNDER_WAY: Final = ("acknowledged", "pending", "inProgress", "held")
FAILED: Final = ("failed", "rejected", "cancelled", "partial")
SIM_TYPES: Final = {"esim": "eSIM", "physical": "physicalSIM"}


def service_order(request: ActivateSim, call: Call) -> dict[str, Any]:
    """The body of a service order for one line, on an eSIM or on a card that is sent."""
    contact, number = request.contact, request.number
    card = number is not None and number.sim == "physical"
    place = _place(request.address) if card and request.address is not None else {}
    characteristics = {
        "simType": SIM_TYPES["physical" if card else "esim"],
        **number_characteristics(number),
    }
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
                    **place,
                },
            }
        ],
    }


def number_characteristics(choice: NumberChoice | None) -> dict[str, str]:
    """The number that is brought along or given up, by which code, and the day that is wished."""
    port, left = port_of(choice), departure_of(choice)
    if port is not None:
        freed = {"portingCode": port.pac} if port.pac else {"portingConsent": "true"}
        return {**freed, "currentNumber": port.number, **_wish(port.day)}
    if left is not None:
        return {"terminationCode": left.stac, "currentNumber": left.number, **_wish(left.day)}
    return {}


def _wish(day: date | None) -> dict[str, str]:
    return {} if day is None else {"portDate": day.isoformat()}


def _place(address: Address) -> dict[str, Any]:
    """Where a card is sent to (TMF673 GeographicAddress)."""
    lines = ", ".join(line for line in (address.line1, address.line2) if line)
    return {
        "place": [
            {
                "role": "deliveryAddress",
                "@type": "GeographicAddress",
                "streetName": lines,
                "city": address.town,
                "postcode": address.postcode,
                "country": address.country,
            }
        ]
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
    return Passed(output=_line(word(service["id"]), told))


def cessation(subscription: str, call: Call) -> dict[str, Any]:
    """The body of a service order that closes a line."""
    return {
        "externalId": call.reference,
        "category": "mobile",
        "serviceOrderItem": [
            {"id": "1", "action": "delete", "service": {"id": subscription, "state": "terminated"}}
        ],
    }


def stopped(order: Json, poll_after: timedelta) -> Outcome[SimStopped]:
    """The line that a completed order closed; raises `Refused` for one that failed."""
    state = order["state"]
    if state in UNDER_WAY:
        return Pending(poll_after=poll_after, handle=word(order["id"]))
    if state in FAILED:
        raise Refused(f"sim.stop: the service order is {state}", code=state)
    item = order["serviceOrderItem"][0]
    if state != DONE or item["action"] != "delete":
        raise ValueError("state")
    ends = optional(item["service"].get("endDate"))
    output = SimStopped(
        subscription=word(item["service"]["id"]),
        ends_on=None if ends is None else date.fromisoformat(ends),
    )
    return Passed(output=output)


def line_of(request: StopSim, call: Call) -> str:
    """The number of the line that was sold; raises `Refused` where nobody knows it any more."""
    sold = request.activated or (call.follows.output if call.follows is not None else None)
    if not isinstance(sold, SimActivated):
        raise Refused("sim.stop: the sale has no line", code="no_line")
    return sold.subscription


def _line(subscription: str, characteristics: Json) -> SimActivated:
    """The line; an eSIM has a code to load it by, a card has its number alone."""
    card = characteristics.get("simType") == SIM_TYPES["physical"]
    code = None if card else esim_code(text_of(characteristics["activationCode"], "activationCode"))
    iccid, day = optional(characteristics.get("iccid")), optional(characteristics.get("portDate"))
    return SimActivated(
        subscription=subscription,
        msisdn=text_of(characteristics["msisdn"], "msisdn"),
        activation_code=code,
        iccid=None if iccid is None else iccid_of(iccid),
        sim="physical" if card else "esim",
        confirmation_needed=code is not None and confirmation_needed(code),
        port_date=None if day is None else date.fromisoformat(day),
        temporary_number=optional(characteristics.get("temporaryMsisdn")),
    )
