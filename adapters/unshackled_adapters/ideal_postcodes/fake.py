"""The stand-in of Ideal Postcodes: a few made-up postcodes, told as the real API tells them."""

from __future__ import annotations

import re
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from unshackled.sdk.standin import Mode, StandIn, answer
from unshackled_adapters.ideal_postcodes.fake_file import FILE

LIMIT: Final = 100
KEY: Final = re.compile(r'(?:IDEALPOSTCODES )?api_key="(ak_[A-Za-z0-9_]+)"')
MESSAGES: Final = {
    4000: "Invalid syntax submitted",
    4010: "Invalid Key",
    4020: "Key balance depleted",
    4021: "Lookup Limit Reached",
    4040: "Postcode not found",
}
# The vendor's own test postcodes, and keys of ours that do the same to any postcode.
SPENT: Final = {"ID1CLIP": 4020, "ID1CHOP": 4021, "ak_spent": 4020, "ak_limit": 4021}


def problem(code: int, **more: object) -> Response:
    """An error as the vendor words it: the first three digits of the code are the status."""
    return answer({"code": code, "message": MESSAGES[code], **more}, code // 10)


def _key(request: Request) -> str:
    """The key of the header or the query; empty where there is none."""
    found = KEY.fullmatch(request.headers.get("authorization", ""))
    return found[1] if found else request.query_params.get("api_key", "")


def make() -> StandIn:
    """A file of made-up addresses."""
    stand_in = StandIn(name="ideal_postcodes")
    stand_in.refusal = lambda status: answer({"code": status * 10, "message": "No"}, status)

    async def look_up(request: Request, mode: Mode | None) -> Response:
        key = _key(request)
        postcode = request.path_params["postcode"].upper().replace(" ", "")
        page = request.query_params.get("page", "0")
        if not key.startswith("ak_"):
            return problem(4010)
        if not page.isdecimal():
            return problem(4000)
        spent = SPENT.get(key, SPENT.get(postcode))
        if spent is not None:
            return problem(spent)
        rows = FILE.get(postcode)
        if mode == "decline" or rows is None:
            return problem(4040, suggestions=[])
        return answer(_told(rows, int(page)))

    stand_in.route("/v1/postcodes/{postcode}", "address.verify", "GET")(look_up)
    return stand_in


def _told(rows: list[dict[str, Any]], page: int) -> dict[str, Any]:
    return {
        "result": rows[page * LIMIT : (page + 1) * LIMIT],
        "code": 2000,
        "message": "Success",
        "page": page,
        "limit": LIMIT,
        "total": len(rows),
    }
