"""The stand-in lender: soft and hard searches, an underwriter, agreements and settlements."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from unshackled.sdk.standin import Mode, StandIn, answer
from unshackled.sdk.standin_rest import Rest, StandInError, StandInRequest, demo_secret
from unshackled_adapters.lender.fake_agreements import Agreements

LENDERS: Final = {"prime": "Prime Credit", "second": "Second Chance Finance"}
# When each lets a customer begin to pay.
FIRST_PAYMENTS: Final[Mapping[str, dict[str, Any]]] = {
    "prime": {"earliest_days": 14, "latest_days": 45, "shift": "next"},
    "second": {"earliest_days": 21, "latest_days": 60, "days_of_month": [*range(1, 29)]},
}
# Whose data each of them decides by.
AGENCIES: Final[Mapping[str, list[dict[str, str]]]] = {
    "prime": [
        {
            "name": "Northern Credit File",
            "address": "1 Example Street, Exampleton EX1 1AA",
            "phone": "+44 1632 960001",
        }
    ],
    "second": [
        {
            "name": "Citizens Score Bureau",
            "address": "2 Sample Road, Sampleford SA2 2AA",
            "phone": "+44 1632 960002",
        }
    ],
}
# What a person decides is promised within.
DECISION_TAKES: Final = timedelta(days=1)
INQUIRY: Final = ("EMPLOYER", "PROOF_OF_INCOME")
ADULT: Final = timedelta(days=18 * 365 + 4)
# How many days ago a customer may have chosen.
CHOSEN_BEFORE: Final = 3
# Characters that are in nobody's name here.
FORBIDDEN: Final = re.compile(r"[0-9<>{}#$%^*=;!]")


@dataclass(kw_only=True)
class Application:
    """One application; `status` is ACCEPTED, REFERRED, DECLINED, WITHDRAWN or ACTIVE."""

    application: str
    reference: str
    lender: str
    amount: int
    currency: str
    apr: str
    months: int
    payments: tuple[int, ...]
    pays_off: Mapping[str, Any] | None
    callback_url: str
    valid_until: str
    status: str
    reason: str | None = None
    email: str = ""
    mobile: str = ""
    first_payment_date: str | None = None
    decision_by: str | None = None
    wanted: tuple[str, ...] = ()

    def document(self) -> dict[str, Any]:
        """What the lender tells about it."""
        return {
            "application": self.application,
            "client_reference": self.reference,
            "lender_name": LENDERS[self.lender],
            "status": self.status,
            "reason": self.reason,
            "valid_until": self.valid_until,
            "amount": self.amount,
            "months": self.months,
            "currency": self.currency,
            "first_payment_date": self.first_payment_date,
            **self._referral(),
            **decided_by(self.lender, self.reason),
        }

    def _referral(self) -> dict[str, Any]:
        """By when it is decided, and what the customer has to tell for it."""
        if self.status != "REFERRED":
            return {}
        return {"decision_by": self.decision_by, "wanted": list(self.wanted)}


@dataclass(kw_only=True)
class Lender:
    """The lender's books."""

    stand_in: StandIn
    rest: Rest
    decide_after: float | None
    quotations: dict[str, str] = field(default_factory=dict)
    applications: dict[str, Application] = field(default_factory=dict)
    numbered: dict[str, Application] = field(default_factory=dict)
    withdrawn: set[str] = field(default_factory=set)
    amendments: dict[str, Application] = field(default_factory=dict)

    def quote(self, request: StandInRequest) -> Response:
        """A soft search."""
        reason = self._verdict(request.data, request.mode, hard=False)
        if reason:
            lender = request.data["lender"]
            said = {"reason": reason, "lender_name": LENDERS[lender], **decided_by(lender, reason)}
            return answer({"outcome": "NOT_ELIGIBLE", **said})
        number = f"QTN-{len(self.quotations) + 1:06d}"
        credit = request.data["credit"]
        apr = "29.9" if _name(request) == "otherterms" else credit["apr"]
        lender = self.quotations[number] = request.data["lender"]
        return answer(
            {
                "outcome": "ELIGIBLE",
                "quotation": number,
                "lender_name": LENDERS[lender],
                "valid_until": self._in_days(7),
                "amount": credit["amount"],
                "months": credit["months"],
                "currency": credit["currency"],
                "apr": apr,
                "first_payment": FIRST_PAYMENTS[lender],
            }
        )

    def receive(self, request: StandInRequest) -> Response:
        """An application, or a dry run of one: that leaves nothing behind, not even its key."""
        if request.data.get("dry_run", False) is not True:
            return self.rest.once(self.apply, request)
        status, reason = self._judge(request)
        told = {
            "dry_run": True,
            "client_reference": request.data["client_reference"],
            "lender_name": LENDERS[request.data["lender"]],
            "status": status,
            "reason": reason,
        }
        return answer(told)

    def apply(self, request: StandInRequest) -> Response:
        """A hard search and its decision."""
        data = request.data
        status, reason = self._judge(request)
        made = Application(
            application=f"APP-{len(self.applications) + 1:06d}",
            reference=request.key,
            lender=data["lender"],
            amount=data["credit"]["amount"],
            currency=data["credit"]["currency"],
            apr=data["credit"]["apr"],
            months=data["credit"]["months"],
            payments=tuple(data["credit"]["instalments"]),
            pays_off=data["credit"].get("pays_off"),
            callback_url=data["callback_url"],
            valid_until=self._in_days(30),
            status=status,
            reason=reason,
            email=data["applicant"]["email"],
            mobile=data["applicant"]["mobile"],
            first_payment_date=data.get("first_payment_date"),
        )
        self.applications[request.key] = self.numbered[made.application] = made
        self._record("credit.hard_search", made)
        if status == "ACCEPTED":
            self._record("credit.apply", made)
        if status == "REFERRED":
            made.decision_by = (self.stand_in.now() + DECISION_TAKES).isoformat()
        if _name(request) == "inquire" and status == "REFERRED":
            made.wanted = INQUIRY
        elif status == "REFERRED" and self.decide_after is not None:
            accept = _name(request) != "referdecline"
            self.stand_in.later(self._decide_later(made, accept=accept))
        return answer(made.document(), 201)

    def inform(self, request: StandInRequest) -> Response:
        """What was wanted: all of it, and the application is accepted; else the rest is wanted."""
        made = self.applications.get(request.params["reference"])
        if made is None:
            raise StandInError(404, "unknown_application")
        told = {group for group in made.wanted if group.lower() in request.data}
        made.wanted = tuple(group for group in made.wanted if group not in told)
        self.stand_in.record("credit.supply", request.key, application=made.application)
        if made.status == "REFERRED" and not made.wanted:
            made.status = "ACCEPTED"
            self._record("credit.apply", made)
        return answer(made.document(), 201)

    def withdraw(self, request: StandInRequest) -> Response:
        """Take an application back; one that arrives later is declined."""
        reference = request.params["reference"]
        self.withdrawn.add(reference)
        made = self.applications.get(reference)
        if made is None:
            raise StandInError(404, "unknown_application")
        if made.status == "ACTIVE":
            raise StandInError(409, "agreement_is_live")
        if made.status == "ACCEPTED":
            self._record("credit.withdraw", made)
        if made.status in ("ACCEPTED", "REFERRED"):
            made.status, made.reason = "WITHDRAWN", "WITHDRAWN"
        return answer(made.document())

    def amend(self, request: StandInRequest) -> Response:
        """Correct how the applicant is reached; the decision stays as it is."""
        made = self.numbered.get(request.params["application"])
        if made is None:
            raise StandInError(404, "unknown_application")
        if made.status in ("DECLINED", "WITHDRAWN"):
            raise StandInError(409, "application_closed")
        made.email, made.mobile = request.data["email"], request.data["mobile"]
        self.amendments[request.key] = made
        self.stand_in.record("credit.amend", request.key, application=made.application)
        return answer({"application": made.application}, 201)

    def amendment(self, request: StandInRequest) -> Response:
        """A correction by the client's reference."""
        made = self.amendments.get(request.params["reference"])
        if made is None:
            raise StandInError(404, "unknown_amendment")
        return answer({"application": made.application})

    def look_up(self, request: StandInRequest) -> Response:
        """An application by the client's reference."""
        made = self.applications.get(request.params["reference"])
        if made is None:
            raise StandInError(404, "unknown_application")
        return answer(made.document())

    def _judge(self, request: StandInRequest) -> tuple[str, str | None]:
        """The status of an application, and the reason of a decline."""
        data = request.data
        if self.quotations.get(data["quotation"]) != data["lender"]:
            raise StandInError(422, "unknown_quotation")
        self._require_first_payment(data)
        reason = self._verdict(data, request.mode, hard=True)
        if request.key in self.withdrawn:
            reason = "WITHDRAWN"
        if reason:
            return "DECLINED", reason
        referred = request.mode == "refer" or _name(request) in ("refer", "referdecline", "inquire")
        return ("REFERRED" if referred else "ACCEPTED"), None

    def _require_first_payment(self, data: Mapping[str, Any]) -> None:
        """A first payment is on a day that this lender takes, where one is named."""
        if data.get("first_payment_date") is None:
            return
        day, rules = date.fromisoformat(data["first_payment_date"]), FIRST_PAYMENTS[data["lender"]]
        ahead = (day - self.stand_in.now().date()).days
        days = rules.get("days_of_month", [day.day])
        if ahead < rules["earliest_days"] - CHOSEN_BEFORE or day.day not in days:
            raise StandInError(422, "first_payment_date_not_offered")

    def take_up(self, application: str) -> Application:
        """The accepted application that becomes an agreement."""
        made = self.numbered.get(application)
        if made is None or made.status != "ACCEPTED":
            raise StandInError(409, "application_not_accepted")
        made.status = "ACTIVE"
        return made

    async def underwrite(self, request: Request) -> Response:
        """A person decides: `POST /underwriting/{application}` with `{"decision": "accept"}`."""
        wanted = orjson.loads(await request.body() or b"{}").get("decision")
        made = self.numbered.get(request.path_params["application"])
        if made is None or wanted not in ("accept", "decline"):
            return answer({"error": {"code": "unknown_application_or_decision"}}, 404)
        self._decide(made, accept=wanted == "accept")
        return answer(made.document())

    async def _decide_later(self, application: Application, *, accept: bool) -> None:
        await asyncio.sleep(self.decide_after or 0)
        self._decide(application, accept=accept)

    def _decide(self, application: Application, *, accept: bool) -> None:
        if application.status != "REFERRED":
            return
        application.status = "ACCEPTED" if accept else "DECLINED"
        application.reason = None if accept else "SCORE"
        if accept:
            self._record("credit.apply", application)
        secret = demo_secret("LENDER_CALLBACK_SECRET")
        body = {"event": "application.decided"} | application.document()
        self.stand_in.send_callback(application.callback_url, body, secret)

    def _verdict(self, data: Mapping[str, Any], mode: Mode | None, *, hard: bool) -> str | None:
        """The reason for a decline, or None; refuses amounts that do not add up."""
        credit, applicant = data["credit"], data["applicant"]
        if FORBIDDEN.search(applicant["first_name"] + applicant["last_name"]):
            raise StandInError(422, "invalid_applicant")
        instalments = credit["instalments"]
        whole = credit["deposit"] + sum(instalments)
        if credit["amount"] <= 0 or len(instalments) != credit["months"]:
            raise StandInError(422, "credit_invalid")
        if whole != credit["total_payable"] or sum(instalments) < credit["amount"]:
            raise StandInError(422, "credit_does_not_add_up")
        name = applicant["last_name"].lower()
        if mode == "decline" or name == "decline" or (hard and name == "harddecline"):
            return "SCORE"
        if name == "waterfall" and data["lender"] == "prime":
            return "SCORE"
        if date.fromisoformat(applicant["born"]) > self.stand_in.now().date() - ADULT:
            return "AGE"
        return None if _affordable(instalments, applicant["affordability"]) else "AFFORDABILITY"

    def _in_days(self, days: int) -> str:
        return (self.stand_in.now() + timedelta(days=days)).isoformat()

    def _record(self, effect: str, application: Application) -> None:
        self.stand_in.record(
            effect,
            application.reference,
            application=application.application,
            lender=application.lender,
            amount=application.amount,
            currency=application.currency,
        )


def decided_by(lender: str, reason: str | None) -> dict[str, Any]:
    """The agencies behind a decline that came from their data."""
    return {"agencies": AGENCIES[lender]} if reason == "SCORE" else {}


def _name(request: StandInRequest) -> str:
    name: str = request.data["applicant"]["last_name"]
    return name.lower()


def _affordable(instalments: list[int], means: Mapping[str, Any] | None) -> bool:
    if means is None:
        return True
    spent = means["monthly_housing_cost"] + means["monthly_other_commitments"]
    spent += means.get("monthly_credit_commitments", 0)
    left: int = means["monthly_net_income"] - spent
    return left >= max(instalments)


def make(*, decide_after: float | None = 3.0) -> StandIn:
    """A lender with empty books.

    Referred applications are decided after so many seconds, or only by
    `POST /underwriting/{application}` where `decide_after` is None.
    """
    stand_in = StandIn(name="lender")
    rest = Rest(stand_in=stand_in)
    lender = Lender(stand_in=stand_in, rest=rest, decide_after=decide_after)
    agreements = Agreements(stand_in=stand_in, take_up=lender.take_up)
    rest.post("/v1/quotations", "credit.quote")(lender.quote)
    rest.post("/v1/applications", "credit.apply")(lender.receive)
    rest.post("/v1/applications/{reference}/withdrawal", "credit.withdraw")(lender.withdraw)
    rest.effect("/v1/applications/{reference}/information", "credit.supply")(lender.inform)
    rest.effect("/v1/applications/{application}/contact", "credit.amend")(lender.amend)
    rest.get("/v1/amendments/by-reference/{reference}", "credit.look_up")(lender.amendment)
    rest.get("/v1/applications/by-reference/{reference}", "credit.look_up")(lender.look_up)
    agreements.serve(rest)
    stand_in.routes.append(
        Route("/underwriting/{application}", lender.underwrite, methods=["POST"])
    )
    return stand_in
