"""The stand-in bureau: a check costs each time, and a person decides on referrals."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from unshackled.sdk import xml
from unshackled.sdk.standin import Mode, StandIn
from unshackled.sdk.xml import Element

RESULT: Final = (
    '<?xml version="1.0" encoding="utf-8"?><TrueMatch version="3"><Result>'
    "<CheckNo>{number}</CheckNo><Decision>{decision}</Decision><Band>{band}</Band>"
    "<Reason>{reason}</Reason></Result></TrueMatch>"
)
ERROR: Final = '<TrueMatch version="3"><Error code="{code}"/></TrueMatch>'
ADULT: Final = timedelta(days=18 * 365 + 4)
NAMES: Final = {"decline": "N01", "fraud": "F01", "sanction": "S01"}


@dataclass(kw_only=True)
class Check:
    """One check; `reason` is empty for a pass, `decided_at` is when a referral is decided."""

    number: str
    reference: str
    reason: str
    decided_at: datetime
    recorded: bool = False


@dataclass(kw_only=True)
class Bureau:
    """The bureau's files. There is no idempotency: the same check twice is paid for twice."""

    stand_in: StandIn
    refers_for: timedelta
    checks: list[Check] = field(default_factory=list)

    async def check(self, request: Request, mode: Mode | None) -> Response:
        """Check a person now, or refer to a person."""
        try:
            root = self._opened(await request.body())
            made = self._make(xml.find_all(root, "Check")[0], mode)
        except (ValueError, IndexError):
            return _answer(xml.render(ERROR, code="INVALID"), 400)
        return self._told(made)

    async def enquiry(self, request: Request, mode: Mode | None) -> Response:
        """The last check under the member's reference."""
        try:
            root = self._opened(await request.body())
            wanted = xml.find_all(root, "Enquiry")[0].get("ourRef")
        except (ValueError, IndexError):
            return _answer(xml.render(ERROR, code="INVALID"), 400)
        for made in reversed(self.checks):
            if made.reference == wanted:
                return self._told(made)
        return _answer(xml.render(ERROR, code="NOT_FOUND"), 404)

    def _opened(self, body: bytes) -> Element:
        root = xml.parse(body)
        if not xml.find_all(root, "Member")[0].get("password"):
            raise ValueError("password: missing")
        return root

    def _make(self, check: Element, mode: Mode | None) -> Check:
        name = xml.text(check, "Person/Surname").lower()
        xml.text(check, "Address/Postcode")
        born = date.fromisoformat(xml.text(check, "Person/Born"))
        reason = NAMES.get(name.removeprefix("refer"), "N01" if mode == "decline" else "")
        if not reason and born > self.stand_in.now().date() - ADULT:
            reason = "A01"
        referred = mode == "refer" or name.startswith("refer")
        made = Check(
            number=f"TM{len(self.checks) + 1:08d}",
            reference=check.get("ourRef") or "",
            reason=reason,
            decided_at=self.stand_in.now() + (self.refers_for if referred else timedelta(0)),
        )
        self.checks.append(made)
        self.stand_in.record("identity.check", made.reference, check=made.number)
        return made

    def _told(self, check: Check) -> Response:
        if check.decided_at > self.stand_in.now():
            return _result(check, "REFER")
        if check.reason:
            return _result(check, "FAIL")
        if not check.recorded:
            check.recorded = True
            self.stand_in.record("identity.verify", check.reference, check=check.number)
        return _result(check, "PASS")


def _result(check: Check, decision: str) -> Response:
    return _answer(
        xml.render(RESULT, number=check.number, decision=decision, band=2, reason=check.reason)
    )


def _answer(document: str, status: int = 200) -> Response:
    return Response(document, status, media_type="application/xml")


def make(*, refers_for: timedelta = timedelta(seconds=3)) -> StandIn:
    """A bureau with empty files; `LEGACY_KYC_LATENCY_SECONDS` says how slow it is."""
    latency = float(os.environ.get("LEGACY_KYC_LATENCY_SECONDS", "0"))
    stand_in = StandIn(name="legacy_kyc", latency=latency)
    stand_in.refusal = lambda status: _answer(xml.render(ERROR, code="INVALID"), status)
    bureau = Bureau(stand_in=stand_in, refers_for=refers_for)
    stand_in.route("/Check", "identity.verify")(bureau.check)
    stand_in.route("/Enquiry", "identity.look_up")(bureau.enquiry)
    return stand_in
