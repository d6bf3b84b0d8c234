"""The stand-in address file: every well-formed address exists, but for two postcodes."""

from __future__ import annotations

import re
import zlib
from typing import Final

from starlette.responses import Response

from unshackled.sdk.standin import StandIn, answer
from unshackled.sdk.standin_rest import Rest, StandInError, StandInRequest

POSTCODE: Final = re.compile(r"([A-Z]{1,2}[0-9][0-9A-Z]?) ?([0-9][A-Z]{2})")
# The first cannot be told by a customer: it is no postcode.
NOWHERE: Final = frozenset({"ZZ1 1ZZ", "HS9 9ZZ"})


def match(request: StandInRequest) -> Response:
    """Match an address; its delivery point is made from what it says."""
    data = request.data
    well_formed = POSTCODE.fullmatch(data["postcode"].strip().upper())
    if data["country"] != "GB" or not data["lines"] or well_formed is None:
        raise StandInError(400, "address_unreadable")
    postcode = " ".join(well_formed.groups())
    if request.mode == "decline" or postcode in NOWHERE:
        return answer({"match": "none"})
    line = " ".join(" ".join(data["lines"]).lower().split())
    point = zlib.crc32(f"{line}|{postcode}".encode()) % 100_000_000
    exact = postcode == data["postcode"]
    return answer({"match": "exact" if exact else "normalised", "delivery_point": f"{point:08d}"})


def make() -> StandIn:
    """An address file."""
    stand_in = StandIn(name="address_file")
    Rest(stand_in=stand_in).post("/v1/matches", "address.verify")(match)
    return stand_in
