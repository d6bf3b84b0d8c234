"""Between our requests and outcomes and the recycler's JSON; amounts are minor units."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from unshackled.sdk import (
    DATA_REFUSED,
    Absent,
    Call,
    Declined,
    Found,
    Outcome,
    Passed,
    Pending,
)
from unshackled.sdk.ports import (
    AcceptTradeIn,
    DeviceInspected,
    DeviceValued,
    TradeInAccepted,
    ValueDevice,
)

Json = Mapping[str, Any]

# The recycler's reasons for status 409; any other one is DEFAULT_DECLINE.
DECLINES: Final = {
    "imei_check_digit": DATA_REFUSED,
    "blocked_by_network": "device_blocked",
    "reported_stolen": "device_blocked",
    "insurance_claim": "device_blocked",
}
DEFAULT_DECLINE: Final = "declined"
# What is no IMEI; any other code of 400 is our mistake.
UNREADABLE: Final = {"imei_unreadable": DATA_REFUSED}
CONDITIONS: Final = {"pristine": "A", "good": "B", "worn": "C", "broken": "D"}
GRADES: Final = {condition: grade for grade, condition in CONDITIONS.items()}
# How often it is asked whether a device came.
ASK_AGAIN: Final = timedelta(hours=12)


def valuation(request: ValueDevice, call: Call, programme: str) -> dict[str, Any]:
    """The device as its owner describes it."""
    device = request.device
    return {
        "programme": programme,
        "imei": device.imei,
        "model": device.model,
        "condition": CONDITIONS[device.grade],
        "currency": call.currency,
    }


def acceptance(request: AcceptTradeIn, call: Call) -> dict[str, Any]:
    """The promise at the valuation's price."""
    return {
        "reference": call.reference,
        "valuation": request.valuation.valuation,
        "imei": request.device.imei,
        "amount": request.valuation.amount,
        "currency": call.currency,
    }


def declined(data: Json) -> Declined:
    """Why the device is not taken."""
    code = data["error"]["code"]
    return Declined(code=DECLINES.get(code, DEFAULT_DECLINE), vendor_code=code)


def canceled(data: Json) -> bool:
    """Whether a trade-in is called off."""
    return bool(data["state"] == "cancelled")


def valued(data: Json) -> Passed[DeviceValued]:
    """The valuation, which counts until it runs out."""
    output = DeviceValued(valuation=_text(data, "valuation"), amount=_amount(data))
    return Passed(output=output, valid_until=_time(data["valid_until"]))


def accepted(data: Json) -> Passed[TradeInAccepted]:
    """The trade-in."""
    return Passed(output=TradeInAccepted(trade_in=_text(data, "trade_in"), amount=_amount(data)))


def trade_in_outcome(data: Json) -> Found[TradeInAccepted]:
    """A trade-in that was looked up; a cancelled one is none."""
    return accepted(data) if data["state"] == "open" else Absent()


def inspected(data: Json) -> Outcome[DeviceInspected]:
    """What a device turned out to be worth; it is waited for until its last day."""
    state = data["state"]
    if state == "awaited":
        return Pending(poll_after=ASK_AGAIN, due_by=_time(data["due_by"]))
    if state == "not_received":
        return Declined(code="not_returned", vendor_code=state)
    if state != "inspected":
        raise ValueError("state")
    output = DeviceInspected(
        trade_in=_text(data, "trade_in"),
        grade=GRADES[data["condition"]],
        amount=_amount(data),
        inspected_at=_time(data["inspected_at"]),
        estimate=_amount(data, "estimate"),
        currency=_text(data, "currency"),
    )
    return Passed(output=output)


def _text(data: Json, name: str) -> str:
    value = data[name]
    if not isinstance(value, str) or not value:
        raise ValueError(name)
    return value


def _amount(data: Json, name: str = "amount") -> int:
    amount = data[name]
    if type(amount) is not int or amount < 0:
        raise ValueError(name)
    return amount


def _time(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a time without an offset")
    return moment
