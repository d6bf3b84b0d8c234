"""Between our activations and TMF641's service orders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final

from unshackled.sdk import Call, Outcome, Passed, Pending, Refused
from unshackled.sdk.esim import confirmation_needed, esim_code, iccid_of
from unshackled.sdk.porting import departure_of, port_of
from unshackled.sdk.ports import ActivateSim, Address, NumberChoice, SimActivated
from unshackled.sdk.texts import text_of, word

Json = Mapping[str, Any]

SIM_TYPES: Final = {"esim": "eSIM", "physical": "physicalSIM"}
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
    """One line on an eSIM or a card; the customer's own number is brought along, or given up."""
    contact, number = request.contact, request.number
    card = number is not None and number.sim == "physical"
    told = {"simType": SIM_TYPES["physical" if card else "esim"], **_number(number)}
    place = {"place": [_place(request.address)]} if card and request.address is not None else {}
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
                    **place,
                },
            }
        ],
    }


def _number(choice: NumberChoice | None) -> dict[str, str]:
    """TMF641 names no characteristic of a port: these are the adapter's, as its page says."""
    port, left = port_of(choice), departure_of(choice)
    if port is not None:
        freed = {"portingCode": port.pac} if port.pac else {"portingConsent": "true"}
        wish = {"portDate": port.day.isoformat()} if port.day else {}
        return {**freed, "currentNumber": port.number, **wish}
    if left is not None:
        wish = {"portDate": left.day.isoformat()} if left.day else {}
        return {"terminationCode": left.stac, "currentNumber": left.number, **wish}
    return {}


def _place(address: Address) -> dict[str, Any]:
    """Where a card is sent to: a RelatedPlaceRefOrValue that is a GeographicAddress (TMF673)."""
    return {
        "role": "deliveryAddress",
        "@type": "GeographicAddress",
        "streetName": ", ".join(line for line in (address.line1, address.line2) if line),
        "city": address.town,
        "postcode": address.postcode,
        "country": address.country,
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
    return Passed(output=_line(word(service["id"]), told))


def _line(subscription: str, characteristics: Json) -> SimActivated:
    """The line: an eSIM has a code to load it by, a card its number alone."""
    card = _value(characteristics, "simType") == SIM_TYPES["physical"]
    code = None if card else esim_code(text_of(characteristics["activationCode"], "activationCode"))
    iccid, day = _value(characteristics, "iccid"), _value(characteristics, "portDate")
    return SimActivated(
        subscription=subscription,
        msisdn=text_of(characteristics["msisdn"], "msisdn"),
        activation_code=code,
        iccid=None if iccid is None else iccid_of(iccid),
        sim="physical" if card else "esim",
        confirmation_needed=code is not None and confirmation_needed(code),
        port_date=None if day is None else date.fromisoformat(day),
        temporary_number=_value(characteristics, "temporaryMsisdn"),
    )


def _value(characteristics: Json, name: str) -> str | None:
    """A characteristic that not every backend tells."""
    return text_of(characteristics[name], name) if characteristics.get(name) is not None else None


def best(orders: Sequence[Json], provider: str) -> Json | None:
    """The order that counts of those under one reference: one alive first.

    Raises `Refused` where two are alive: each is a line that costs money, and a person ends one.
    """
    alive = [order for order in orders if order["state"] not in FAILED]
    if len(alive) > 1:
        message = "sim.activate: two orders are alive under one reference"
        raise Refused(message, provider=provider, code="duplicate_orders")
    return next(iter([*alive, *orders]), None)
