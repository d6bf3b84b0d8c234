"""The stand-in address file: every well-formed address exists, but for one postcode."""

from __future__ import annotations

import re
import zlib
from typing import Final

from starlette.responses import Response

from unshackled.sdk.standin import StandIn, answer
from unshackled.sdk.standin_rest import Asked, Problem, Rest

POSTCODE: Final = re.compile(r"([A-Z]{1,2}[0-9][0-9A-Z]?) ?([0-9][A-Z]{2})")
NOWHERE: Final = "ZZ1 1ZZ"


def match(asked: Asked) -> Response:
    """Match an address; its delivery point is made from what it says."""
    data = asked.data
    well_formed = POSTCODE.fullmatch(data["postcode"].strip().upper())
    if data["country"] != "GB" or not data["lines"] or well_formed is None:
        raise Problem(400, "address_unreadable")
    postcode = " ".join(well_formed.groups())
    if asked.mode == "decline" or postcode == NOWHERE:
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
