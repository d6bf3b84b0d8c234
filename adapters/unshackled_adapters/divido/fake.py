"""The stand-in platform: plans of several lenders, and the page where customers do it all."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from unshackled.sdk import Money
from unshackled.sdk.standin import StandIn, answer
from unshackled.sdk.standin_rest import back_to, chosen, demo_secret, hosted, hosted_page
from unshackled_adapters.divido import signing
from unshackled_adapters.divido.fake_application import Application
from unshackled_adapters.divido.fake_moves import Moves
from unshackled_adapters.divido.wire import ApiFault, DividoRequest, on, paged

LENDERS: Final = {"Omni": ("GBP", "EUR"), "Kiwi & Yen": ("JPY", "KWD")}
SECRET: Final = "DIVIDO_SHARED_SECRET"
BUTTONS: Final = {
    "complete": "Do all of it",
    "form": "Only send the form",
    "deposit": "Only pay the deposit",
    "sign": "Only sign",
    "cancel": "Cancel",
}


def plans() -> list[dict[str, Any]]:
    """One plan of 24 months for each currency, and one that is not sold any more."""
    made = [
        _plan(f"F{number:08d}-24", lender, currency)
        for number, (lender, currency) in enumerate(
            (lender, currency) for lender, some in LENDERS.items() for currency in some
        )
    ]
    return [*made, _plan("F99999999-24", "Omni", "GBP") | {"active": False}]


def _plan(number: str, lender: str, currency: str) -> dict[str, Any]:
    return {
        "id": number,
        "active": True,
        "description": f"24 months at {lender}",
        "agreement_duration_months": 24,
        "deferral_period_months": 0,
        "interest_rate_percentage": 0,
        "credit_amount": {"minimum_amount": 25_000, "maximum_amount": 2_500_000},
        "deposit": {"minimum_percentage": 0, "maximum_percentage": 50},
        "country": {"id": "GB", "name": "United Kingdom"},
        "currency": {"id": currency},
        "lender": {"name": lender},
    }


@dataclass(kw_only=True)
class Platform:
    """Every application; a referral is decided after `decide_after` seconds, unless None."""

    stand_in: StandIn
    decide_after: float | None
    sold: list[dict[str, Any]] = field(default_factory=plans)
    applications: dict[str, Application] = field(default_factory=dict)

    def list_plans(self, request: DividoRequest) -> Response:
        """Every finance plan; a decline takes them away."""
        return paged([] if request.mode == "decline" else self.sold, request)

    def apply(self, request: DividoRequest) -> Response:
        """A new application, signed as the merchant signs."""
        signature = request.headers.get(signing.HEADER.lower(), "")
        if not signing.holds(demo_secret(SECRET), request.body, signature):
            raise ApiFault(401, 401003, "invalid hmac")
        plan = next(
            (one for one in self.sold if one["id"] == request.data["finance_plan_id"]), None
        )
        if plan is None or not plan["active"]:
            raise ApiFault(400, 400002, "payload property missing or invalid", "finance_plan_id")
        number = f"app-{len(self.applications) + 1:06d}"
        made = Application.of(
            number,
            request.data,
            plan,
            page=f"{request.base}/apply/{number}",
            now=self.stand_in.now(),
        )
        made.verdict = {"decline": "DECLINED", "refer": "REFERRED"}.get(
            request.mode or "", made.verdict
        )
        self.applications[number] = made
        return answer({"data": made.document(self.stand_in.now())}, 201)

    def read(self, request: DividoRequest) -> Response:
        """One application."""
        return answer(
            {"data": self.application(request.params["application"]).document(self._now())}
        )

    def list_all(self, request: DividoRequest) -> Response:
        """Applications of a time, fields below `attributes`."""
        since = date.fromisoformat(request.params.get("filter[created_after]", "1970-01-01"))
        found = [
            {
                "type": "applications",
                "id": one.number,
                "attributes": {k: v for k, v in one.document(self._now()).items() if k != "id"},
            }
            for one in self.applications.values()
            if one.created.date() >= since
        ]
        return paged(found, request)

    async def show(self, request: Request) -> Response:
        """The platform's page."""
        made = self._of(request)
        facts = {
            "To finance": str(Money(amount=made.credit, currency=made.currency)),
            "Deposit": str(Money(amount=made.deposit, currency=made.currency)),
            "Status": made.status,
        }
        return hosted_page("Apply for finance", facts, BUTTONS)

    async def choose(self, request: Request) -> Response:
        """What the customer does next; each step is told by webhook."""
        made, choice = self._of(request), await chosen(request)
        for status in self._steps(made, choice):
            self.moves(made, status)
        if made.status == "REFERRED" and self.decide_after is not None:
            self.stand_in.later(self._decide_later(made))
        return back_to(made.urls["merchant_redirect_url"])

    async def underwrite(self, request: Request) -> Response:
        """A person decides: `POST /_underwriting/{application}`, `{"status": "ACCEPTED"}`."""
        wanted = orjson.loads(await request.body() or b"{}").get("status")
        made = self._of(request)
        if wanted not in ("ACCEPTED", "DECLINED") or made.status != "REFERRED":
            return answer({"error": "not to be decided like this"}, 409)
        self.moves(made, wanted)
        return answer(made.document(self._now()))

    def moves(self, application: Application, status: str) -> None:
        """An application goes on to a status, and the merchant is told."""
        application.status = status
        if status == "READY":
            self.stand_in.record("credit.apply", application.reference, **application.facts())
        body = orjson.dumps(application.notice())
        headers = {
            "Content-Type": "application/json",
            signing.HEADER: signing.sign(demo_secret(SECRET), body),
        }
        url = application.urls["merchant_response_url"]
        self.stand_in.later(self.stand_in.deliver(url, body, headers))

    def application(self, number: str) -> Application:
        """An application by its number."""
        if number not in self.applications:
            raise ApiFault(404, 404001, "application not found")
        return self.applications[number]

    def _steps(self, application: Application, choice: str) -> Iterator[str]:
        does_all = choice == "complete"
        if choice == "cancel" and application.status in ("PROPOSAL", "ACCEPTED", "DEPOSIT-PAID"):
            yield "CANCELLED"
        if application.status == "PROPOSAL" and (does_all or choice == "form"):
            yield "REFERRED" if application.verdict.startswith("REFERRED") else application.verdict
        if (
            application.status == "ACCEPTED"
            and application.deposit
            and (does_all or choice == "deposit")
        ):
            yield "DEPOSIT-PAID"
        paid = application.status == "DEPOSIT-PAID" or (
            application.status == "ACCEPTED" and not application.deposit
        )
        if paid and (does_all or choice == "sign"):
            yield from ("SIGNED", "READY")

    async def _decide_later(self, application: Application) -> None:
        await asyncio.sleep(self.decide_after or 0)
        if application.status == "REFERRED":
            self.moves(
                application, "DECLINED" if application.verdict.endswith("-DECLINED") else "ACCEPTED"
            )

    def _of(self, request: Request) -> Application:
        return self.application(request.path_params["application"])

    def _now(self) -> Any:
        return self.stand_in.now()


def make(*, decide_after: float | None = 3.0) -> StandIn:
    """A platform without applications."""
    stand_in = StandIn(name="divido")
    stand_in.refusal = lambda status: ApiFault(status, status * 1000 + 1, "no").document()
    platform = Platform(stand_in=stand_in, decide_after=decide_after)
    stand_in.state["applications"] = platform.applications
    one = "/applications/{application}"
    on(stand_in, "GET", "/finance-plans", "credit.quote", platform.list_plans)
    on(stand_in, "POST", "/applications", "credit.apply", platform.apply)
    on(stand_in, "GET", "/applications", "credit.look_up", platform.list_all)
    on(stand_in, "GET", one, "application.read", platform.read)
    moves = Moves(stand_in=stand_in, application=platform.application, tell=platform.moves)
    on(stand_in, "POST", f"{one}/activations", "credit.activate", moves.activate)
    on(stand_in, "GET", f"{one}/activations", "credit.look_up", moves.list_activations)
    on(stand_in, "POST", f"{one}/refunds", "credit.end", moves.refund)
    on(stand_in, "GET", f"{one}/refunds", "credit.look_up", moves.list_refunds)
    on(stand_in, "POST", f"{one}/cancellations", "credit.withdraw", moves.cancel)
    hosted(stand_in, "/apply/{application}", show=platform.show, choose=platform.choose)
    path = "/_underwriting/{application}"
    stand_in.routes.append(Route(path, platform.underwrite, methods=["POST"]))
    return stand_in
