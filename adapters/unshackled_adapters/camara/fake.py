"""The stand-in operator: access tokens, SIM Swap, KYC Match."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import parse_qs

import orjson
from starlette.requests import Request
from starlette.responses import Response

from unshackled.sdk.standin import Handler, Mode, StandIn, answer

PHONE: Final = re.compile(r"\+[1-9][0-9]{4,14}")
BASIC: Final = re.compile(r"Basic [A-Za-z0-9+/]{4,}={0,2}")
TOKEN_LIVES: Final = timedelta(hours=1)
LONGEST_HOURS: Final = 2400
# What the end of a number brings: the age of its last swap; None is not kept that long.
SWAPPED: Final[Mapping[str, timedelta | None]] = {
    "001": timedelta(hours=2),
    "002": timedelta(days=100),
    "003": None,
}
LONG_AGO: Final = timedelta(days=900)
# This operator keeps swaps of numbers ending in 003 for so many days.
KEPT_DAYS: Final = 30
NOT_FOUND: Final = "404"
NOT_APPLICABLE: Final = "422"
DOCUMENT_REQUIRED: Final = "005"
ANOTHER_PERSON: Final = "006"
NOTHING_ON_FILE: Final = "007"
ANOTHER: Final[Mapping[str, str]] = {
    "name": "Zygmunt Quirk",
    "givenName": "Zygmunt",
    "familyName": "Quirk",
    "address": "99 Elsewhere Yard",
    "locality": "Nowhere",
    "postalCode": "ZE1 0AA",
    "country": "GB",
    "birthdate": "1951-01-02",
}
WITHOUT_SCORE: Final = frozenset({"postalCode", "country", "birthdate"})
# `scope` of a token that may call each interface.
SCOPES: Final[Mapping[str, tuple[str, ...]]] = {
    "check": ("sim-swap", "sim-swap:check"),
    "retrieve-date": ("sim-swap", "sim-swap:retrieve-date"),
    "match": ("kyc-match:match",),
}


class Wrong(Exception):
    """An error as CAMARA writes it: a status and its code."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code


@dataclass(kw_only=True)
class Operator:
    """The operator's books: the tokens given out, with their scopes and ends."""

    stand_in: StandIn
    tokens: dict[str, tuple[frozenset[str], datetime]] = field(default_factory=dict)

    async def token(self, request: Request, mode: Mode | None) -> Response:
        """An access token by client credentials (RFC 6749 §4.4); the scope is required."""
        form = parse_qs((await request.body()).decode())
        if not BASIC.fullmatch(request.headers.get("authorization", "")):
            return answer({"error": "invalid_client"}, 401)
        if form.get("grant_type") != ["client_credentials"]:
            return answer({"error": "unsupported_grant_type"}, 400)
        scope = form.get("scope", [""])[0]
        if len([one for one in scope.split() if one.startswith("dpv:")]) != 1:
            return answer({"error": "invalid_scope"}, 400)
        made = f"token-{len(self.tokens) + 1}"
        self.tokens[made] = (frozenset(scope.split()), self.stand_in.now() + TOKEN_LIVES)
        lives = int(TOKEN_LIVES.total_seconds())
        return answer(
            {"access_token": made, "token_type": "Bearer", "expires_in": lives, "scope": scope}
        )

    def check(self, data: Mapping[str, Any], mode: Mode | None) -> dict[str, Any]:
        """Whether the SIM was swapped within `maxAge` hours."""
        number, age = _number(data), data.get("maxAge", 240)
        if not isinstance(age, int):
            raise Wrong(400, "INVALID_ARGUMENT")
        if not 1 <= age <= LONGEST_HOURS:
            raise Wrong(400, "OUT_OF_RANGE")
        since = SWAPPED.get(number[-3:], LONG_AGO)
        if since is None:
            if age > KEPT_DAYS * 24:
                raise Wrong(400, "OUT_OF_RANGE")
            since = LONG_AGO
        return {"swapped": mode == "decline" or since <= timedelta(hours=age)}

    def retrieve_date(self, data: Mapping[str, Any], mode: Mode | None) -> dict[str, Any]:
        """When the SIM was last swapped."""
        since = SWAPPED.get(_number(data)[-3:], LONG_AGO)
        if mode == "decline":
            since = timedelta(minutes=5)
        if since is None:
            return {"latestSimChange": None, "monitoredPeriod": KEPT_DAYS}
        return {"latestSimChange": (self.stand_in.now() - since).isoformat()}

    def match(self, data: Mapping[str, Any], mode: Mode | None) -> dict[str, Any]:
        """How each attribute fits the record; numbers without a record of their own fit it all."""
        number = _number(data)
        asked = {name: value for name, value in data.items() if name != "phoneNumber"}
        if not asked:
            raise Wrong(400, "KNOW_YOUR_CUSTOMER.INVALID_PARAM_COMBINATION")
        if number.endswith(DOCUMENT_REQUIRED) and "idDocument" not in asked:
            raise Wrong(403, "KNOW_YOUR_CUSTOMER.ID_DOCUMENT_REQUIRED")
        if number.endswith(NOTHING_ON_FILE):
            return {f"{name}Match": "not_available" for name in asked}
        another = mode == "decline" or number.endswith(ANOTHER_PERSON)
        record = ANOTHER if another else asked
        told: dict[str, Any] = {}
        for name, value in asked.items():
            told |= _compared(name, str(value), record.get(name))
        return told

    def allow(self, request: Request, path: str) -> None:
        """Refuse a call without a live token of the right scope."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        scopes, ends = self.tokens.get(token, (frozenset(), self.stand_in.now()))
        if scheme != "Bearer" or ends <= self.stand_in.now():
            raise Wrong(401, "UNAUTHENTICATED")
        if not scopes & {*SCOPES[path]}:
            raise Wrong(403, "PERMISSION_DENIED")


def _number(data: Mapping[str, Any]) -> str:
    number = data.get("phoneNumber")
    if number is None:
        raise Wrong(422, "MISSING_IDENTIFIER")
    if not isinstance(number, str) or not PHONE.fullmatch(number):
        raise Wrong(400, "INVALID_ARGUMENT")
    if number.endswith(NOT_FOUND):
        raise Wrong(404, "IDENTIFIER_NOT_FOUND")
    if number.endswith(NOT_APPLICABLE):
        raise Wrong(422, "SERVICE_NOT_APPLICABLE")
    return number


def _compared(name: str, given: str, value: str | None) -> dict[str, Any]:
    if value is None:
        return {f"{name}Match": "not_available"}
    if given == value:
        return {f"{name}Match": "true"}
    told: dict[str, Any] = {f"{name}Match": "false"}
    if name not in WITHOUT_SCORE:
        alike = difflib.SequenceMatcher(a=given.lower(), b=value.lower()).ratio()
        told[f"{name}MatchScore"] = min(99, int(alike * 100))
    return told


def _served(operator: Operator, path: str) -> Handler:
    """A handler that checks the token, reads JSON, and writes errors as CAMARA does."""
    run = {
        "check": operator.check,
        "retrieve-date": operator.retrieve_date,
        "match": operator.match,
    }[path]

    async def serve(request: Request, mode: Mode | None) -> Response:
        correlator = {"x-correlator": request.headers.get("x-correlator", "none")}
        body = await request.body()
        try:
            operator.allow(request, path)
            data = orjson.loads(body)
            if not isinstance(data, dict):
                raise Wrong(400, "INVALID_ARGUMENT")
            return answer(run(data, mode), 200, correlator)
        except orjson.JSONDecodeError:
            wrong = Wrong(400, "INVALID_ARGUMENT")
        except Wrong as error:
            wrong = error
        told = {"status": wrong.status, "code": wrong.code, "message": "A stand-in said no."}
        return answer(told, wrong.status, correlator)

    return serve


def make() -> StandIn:
    """An operator that has given out no token."""
    stand_in = StandIn(name="camara")
    operator = Operator(stand_in=stand_in)
    told = {"code": "PERMISSION_DENIED", "message": "A stand-in said no."}
    stand_in.refusal = lambda status: answer({**told, "status": status}, status)
    stand_in.route("/oauth2/token", "session.token")(operator.token)
    for path in ("check", "retrieve-date"):
        serve = _served(operator, path)
        stand_in.route(f"/sim-swap/v2/{path}", "fraud.check_sim_swap")(serve)
    match = _served(operator, "match")
    stand_in.route("/kyc-match/v0.4/match", "fraud.match_identity")(match)
    return stand_in
