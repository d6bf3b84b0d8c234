"""POST …/refunds, returns, withdrawals and stops: opening a case of a completed checkout."""

from __future__ import annotations

from typing import Final

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from unshackled.domain.case import CaseKind
from unshackled.domain.case_opening import CaseWish, WantedLine, next_name
from unshackled.domain.checkout import Checkout
from unshackled.domain.records import Record
from unshackled.flow.engine import commands as c
from unshackled.flow.engine.draft import Rejected
from unshackled.flow.plan.plan import Plan
from unshackled.flow.runtime.runner import KeyTaken
from unshackled.http.auth.credentials import Caller
from unshackled.http.body import parse, read_object
from unshackled.http.cases.case_access import acting, case_answer, flows_of, sale_of
from unshackled.http.cases.case_routes import CHANGED
from unshackled.http.cases.case_schemas import Case, OpenedCase
from unshackled.http.checkouts.change import IfMatch
from unshackled.http.checkouts.create import wrong_field
from unshackled.http.checkouts.end import KEYED, Key
from unshackled.http.checkouts.idempotency import Claim, claim
from unshackled.http.context import ApiContext, expected
from unshackled.http.late_routes import Install
from unshackled.http.problems import Problem
from unshackled.http.route_documents import CUSTOMER_OR_SERVER, answers, secured, takes
from unshackled.http.sandboxes import reached, require_sandbox

# How often it is tried again where another case got the name first.
RACES: Final = 5
REFUSED: Final = (
    "case_amount_not_taken",
    "case_amount_too_high",
    "case_line_unknown",
    "case_not_offered",
    "case_nothing_left",
    "case_open",
    "case_opener_not_allowed",
    "case_quantity_too_high",
    "case_window_closed",
    "checkout_not_completed",
    "no_sandbox",
    "personal_data_erased",
    "too_many_cases",
)
SUMMARIES: Final[dict[CaseKind, tuple[str, str, str]]] = {
    "refund": (
        "openRefund",
        "Give money back",
        "Money goes back the way it came; the goods stay with the customer.",
    ),
    "return": (
        "openReturn",
        "Take goods back",
        "What was paid for them goes back the way it came; credit and airtime end as flows say.",
    ),
    "withdrawal": (
        "openWithdrawal",
        "Withdraw from credit",
        "The customer keeps the goods, and repays the lender the credit and its interest.",
    ),
    "stop": (
        "openStop",
        "End airtime",
        "The SIM stops, as the flow says.",
    ),
}


def opening_of(kind: CaseKind, path: str) -> Install:
    """The installation of the route that opens a kind of case."""
    operation, summary, description = SUMMARIES[kind]

    def install(app: FastAPI, context: ApiContext) -> None:
        @app.post(
            f"/v1/checkouts/{{checkout}}/{path}",
            status_code=201,
            tags=["cases"],
            operation_id=operation,
            summary=summary,
            description=description,
            responses=answers(
                201,
                Case,
                "The case.",
                problems=(*CHANGED, *KEYED, *REFUSED),
                headers=("ETag", "Location"),
            ),
            openapi_extra={**takes(OpenedCase, required=False), **secured(*CUSTOMER_OR_SERVER)},
            response_model=None,
        )
        async def post(
            request: Request, checkout: str, if_match: IfMatch = None, idempotency_key: Key = None
        ) -> Response:
            caller = await context.guard.checkout(request, checkout, "refunds")
            sent = await read_object(request)
            wanted = _Request(
                caller=caller,
                kind=kind,
                body=parse(OpenedCase, sent),
                key=claim(request, caller, sent),
                expect=expected(request),
            )
            known = await context.load(checkout)
            case = await wanted.earlier(context)
            if case is None:
                known, case = await _open(context, wanted, known)
            return await case_answer(context, caller, known, case, 201)

    return install


class _Request(Record):
    """What somebody asks to have opened, under their Idempotency-Key and If-Match."""

    caller: Caller
    kind: CaseKind
    body: OpenedCase
    key: Claim | None
    expect: int | None

    async def earlier(self, context: ApiContext) -> str | None:
        """The case that the key made before."""
        record = await self.key.earlier(context.services.store) if self.key is not None else None
        return record.resource.rpartition("/")[2] if record is not None else None

    def command(self, plan: Plan, case: str) -> c.OpenCase:
        """The engine's command."""
        return c.OpenCase(digest=plan.digest, wish=_wish(self.body, acting(self.caller), case))


async def _open(context: ApiContext, wanted: _Request, known: Checkout) -> tuple[Checkout, str]:
    """The checkout with the new case, and its name: the next one, or a later one in a race."""
    services, plan = context.services, _flow(context, wanted, known)
    retailer = context.tenant(known.retailer)
    require_sandbox(retailer, reached(retailer, plan), livemode=known.livemode)
    for left in reversed(range(RACES)):
        case = next_name(wanted.kind, known.runs)
        key = wanted.key
        record = key.record(f"{known.id}/{case}", 201, services.clock) if key else None
        try:
            done = await services.engine.command(
                known.id, wanted.command(plan, case), expect=wanted.expect, idempotency=record
            )
        except KeyTaken:
            return await context.load(known.id), await wanted.earlier(context) or case
        except Rejected as refusal:
            made = await wanted.earlier(context)  # by the same request, sent twice at once
            known = await context.load(known.id)
            if made is not None:
                return known, made
            if refusal.code != "conflict" or not left:
                raise
        else:
            return done, case
    raise AssertionError("the last attempt answers or raises")


def _wish(body: OpenedCase, by: str, case: str) -> CaseWish:
    return CaseWish(
        by=by,
        case=case,
        reason=body.reason,
        amount=body.amount,
        lines=tuple(
            WantedLine(part=one.part, sku=one.sku, quantity=one.quantity, amount=one.amount)
            for one in body.lines
        ),
    )


def _flow(context: ApiContext, wanted: _Request, known: Checkout) -> Plan:
    """The flow that carries it out: the named one, else the only one that the caller may open."""
    kind, name, by = wanted.kind, wanted.body.flow, acting(wanted.caller)
    every = flows_of(context, sale_of(context, wanted.caller, known), kind)
    if not every:
        detail = f"The retailer has no flow for a {kind} of this checkout."
        raise Problem("case_not_offered", detail)
    mine = tuple(one for one in every if one.case is not None and by in one.case.by) or every
    chosen = tuple(one for one in every if one.name == name) if name is not None else mine
    if len(chosen) == 1:
        return chosen[0]
    names = tuple(one.name for one in mine)
    if name is None:
        raise wrong_field("flow", "required", f"is needed: several carry out a {kind}", names)
    raise wrong_field("flow", "unknown_flow", f"carries out no {kind} of this checkout", names)
