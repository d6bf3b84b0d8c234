"""The stand-in identity service: checks, and a person who looks at the odd one."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from unshackled.sdk.standin import StandIn, answer
from unshackled.sdk.standin_rest import (
    Rest,
    StandInError,
    StandInRequest,
    chosen,
    demo_secret,
    hosted,
    hosted_page,
)

# What each family name is rejected for, at once or after a while.
REJECTED: Final = {"fraud": "fraud_database", "sanction": "sanctions", "nomatch": "document"}
SLOW: Final = {"slow": None, "slowfraud": "fraud_database", "slowsanction": "sanctions"}
CHOICES: Final = {"clear": None, "reject": "document"}
# Characters that are in nobody's name here.
FORBIDDEN: Final = re.compile(r"[0-9<>{}#$%^*=;!]")


@dataclass(kw_only=True)
class Check:
    """One check; `result` is clear, rejected or in_progress."""

    check: str
    reference: str
    callback_url: str
    level: str
    result: str
    reason: str | None

    def document(self) -> dict[str, Any]:
        """What the service tells about it."""
        return {
            "check": self.check,
            "external_reference": self.reference,
            "result": self.result,
            "reason": self.reason,
            "level": self.level,
        }


@dataclass(kw_only=True)
class Kyc:
    """The service's files."""

    stand_in: StandIn
    decide_after: float | None
    checks: dict[str, Check] = field(default_factory=dict)
    numbered: dict[str, Check] = field(default_factory=dict)

    def verify(self, request: StandInRequest) -> Response:
        """Run a check."""
        person = request.data["person"]
        if FORBIDDEN.search(person["given_name"] + person["family_name"]):
            raise StandInError(422, "name_invalid")
        if date.fromisoformat(person["date_of_birth"]) >= self.stand_in.now().date():
            raise StandInError(422, "date_of_birth_invalid")
        if not request.data["address"]["postcode"]:
            raise StandInError(422, "address_invalid")
        name = person["family_name"].lower()
        waits = request.mode == "refer" or name in SLOW
        number = f"CHK-{len(self.checks) + 1:06d}"
        made = self.checks[request.key] = self.numbered[number] = Check(
            check=number,
            reference=request.key,
            callback_url=request.data["callback_url"],
            level=request.data["profile"],
            result="in_progress",
            reason=None,
        )
        if not waits:
            declined = request.mode == "decline"
            self._conclude(made, "document" if declined else REJECTED.get(name))
        elif self.decide_after is not None:
            self.stand_in.later(self._conclude_later(made, SLOW.get(name)))
        return answer(made.document(), 201)

    def look_up(self, request: StandInRequest) -> Response:
        """A check by the client's reference."""
        made = self.checks.get(request.params["reference"])
        if made is None:
            raise StandInError(404, "unknown_check")
        return answer(made.document())

    async def page(self, request: Request) -> Response:
        """The reviewer's page."""
        made = self._of(request)
        facts = {"Check": made.check, "Result": made.result}
        return hosted_page("Review an identity", facts, {"clear": "Clear", "reject": "Reject"})

    async def review(self, request: Request) -> Response:
        """The reviewer's choice, `clear` or `reject`; the first one counts."""
        made, choice = self._of(request), await chosen(request)
        if choice not in CHOICES:
            raise StandInError(422, "choice_must_be_clear_or_reject")
        self._conclude_and_tell(made, CHOICES[choice])
        return answer(made.document())

    async def _conclude_later(self, check: Check, reason: str | None) -> None:
        await asyncio.sleep(self.decide_after or 0)
        self._conclude_and_tell(check, reason)

    def _conclude_and_tell(self, check: Check, reason: str | None) -> None:
        if check.result != "in_progress":
            return
        self._conclude(check, reason)
        body = {"event": "check.concluded"} | check.document()
        self.stand_in.send_callback(check.callback_url, body, demo_secret("KYC_CALLBACK_SECRET"))

    def _conclude(self, check: Check, reason: str | None) -> None:
        check.result, check.reason = ("rejected" if reason else "clear"), reason
        if not reason:
            self.stand_in.record("identity.verify", check.reference, check=check.check)

    def _of(self, request: Request) -> Check:
        made = self.numbered.get(request.path_params["check"])
        if made is None:
            raise StandInError(404, "unknown_check")
        return made


def make(*, decide_after: float | None = 3.0) -> StandIn:
    """A service with no checks on file.

    Checks in progress are concluded after so many seconds, or only on the reviewer's page where
    `decide_after` is None.
    """
    stand_in = StandIn(name="kyc")
    kyc = Kyc(stand_in=stand_in, decide_after=decide_after)
    rest = Rest(stand_in=stand_in)
    rest.effect("/v1/checks", "identity.verify")(kyc.verify)
    rest.get("/v1/checks/by-reference/{reference}", "identity.look_up")(kyc.look_up)
    hosted(stand_in, "/review/{check}", show=kyc.page, choose=kyc.review)
    return stand_in
