"""The stand-in carrier: three windows a day on the next five days but Sundays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, Final

from starlette.responses import Response

from unshackled.sdk.amounts import to_decimal
from unshackled.sdk.standin import StandIn, answer
from unshackled.sdk.standin_rest import Rest, StandInError, StandInRequest

DAYS: Final = 5
SUNDAY: Final = 6
# From, to (UTC hours) and the price in minor units.
WINDOWS: Final = ((8, 12, 0), (12, 16, 0), (18, 20, 499))
# How postcodes begin where nobody goes; the first is none that a customer could tell.
NOWHERE: Final = ("ZZ9", "ZE3")
OFFER_LASTS: Final = timedelta(hours=4)


@dataclass(kw_only=True)
class Depots:
    """The carrier's plan."""

    stand_in: StandIn

    def search(self, request: StandInRequest) -> Response:
        """The windows on offer; nobody goes to one of NOWHERE."""
        data = request.data
        if not data["depot"] or data["country"] != "GB":
            raise StandInError(422, "NO_SERVICE")
        if request.mode == "decline" or data["postcode"].upper().startswith(NOWHERE):
            raise StandInError(422, "NO_SERVICE")
        now = self.stand_in.now()
        return answer(
            {
                "offer_ends": (now + OFFER_LASTS).isoformat(),
                "slots": list(_slots(now, data["currency"])),
            }
        )


def _slots(now: datetime, currency: str) -> Iterator[dict[str, Any]]:
    for ahead in range(1, DAYS + 1):
        day = (now + timedelta(days=ahead)).date()
        if day.weekday() == SUNDAY:
            continue
        for starts, ends, price in WINDOWS:
            yield {
                "slot": f"{day:%Y%m%d}-{starts:02d}{ends:02d}",
                "window": {
                    "from": datetime.combine(day, time(starts), now.tzinfo).isoformat(),
                    "to": datetime.combine(day, time(ends), now.tzinfo).isoformat(),
                },
                "price": {"value": to_decimal(price, currency), "currency": currency},
            }


def make() -> StandIn:
    """A carrier."""
    stand_in = StandIn(name="carrier")
    depots = Depots(stand_in=stand_in)
    Rest(stand_in=stand_in).post("/v1/slot-searches", "delivery.slots")(depots.search)
    return stand_in
