"""Between our request and the carrier's JSON; it writes decimals in the major unit."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from unshackled.sdk import Call, Declined, Passed
from unshackled.sdk.amounts import to_minor
from unshackled.sdk.ports import DeliverySlot, FindSlots, SlotsFound
from unshackled.sdk.texts import word

Json = Mapping[str, Any]

# The carrier's reasons for status 422; any other one is DEFAULT_DECLINE.
DECLINES: Final = {"NO_SERVICE": "not_deliverable", "NO_CAPACITY": "not_deliverable"}
DEFAULT_DECLINE: Final = "not_deliverable"


def search(request: FindSlots, call: Call, depot: str) -> dict[str, Any]:
    """Where the parcel goes; the carrier needs no more than the postcode."""
    return {
        "depot": depot,
        "postcode": request.address.postcode,
        "country": request.address.country,
        "currency": call.currency,
    }


def declined(data: Json) -> Declined:
    """Why nobody goes there."""
    code = data["error"]["code"]
    return Declined(code=DECLINES.get(code, DEFAULT_DECLINE), vendor_code=code)


def slots_of(data: Json, currency: str) -> Passed[SlotsFound]:
    """The slots, which can be chosen until the carrier's offer ends."""
    options = tuple(_slot(item, currency) for item in data["slots"])
    return Passed(output=SlotsFound(options=options), valid_until=_time(data["offer_ends"]))


def _slot(item: Json, currency: str) -> DeliverySlot:
    """A price in another currency than was asked for is no price."""
    if item["price"]["currency"] != currency:
        raise ValueError("currency")
    return DeliverySlot(
        id=word(item["slot"]),
        starts=_time(item["window"]["from"]),
        ends=_time(item["window"]["to"]),
        price=to_minor(item["price"]["value"], currency),
    )


def _time(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a time without an offset")
    return moment
