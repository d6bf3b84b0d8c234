"""What the routes of cases share: the sale with its plans, and how a case is answered."""

from __future__ import annotations

from starlette.responses import Response

from unshackled.domain.checkout import Checkout
from unshackled.flow.plan.cases.serving import serves
from unshackled.flow.plan.plan import Plan
from unshackled.http.auth.credentials import Caller
from unshackled.http.cases.case_shown import SaleView, case_body, case_row, possible_cases
from unshackled.http.context import ApiContext
from unshackled.http.problems import not_found
from unshackled.http.responses import answer, etag


def acting(caller: Caller) -> str:
    """Who opens or ends a case: the customer, or the retailer's server."""
    return "customer" if caller.kind == "customer" else "retailer"


def sale_of(context: ApiContext, caller: Caller, checkout: Checkout) -> SaleView:
    """The checkout with its plan, as the caller reads it now."""
    services = context.services
    plan = services.engine.plans.by_digest(checkout.digest)
    return SaleView(checkout=checkout, plan=plan, now=services.clock.now(), by=acting(caller))


async def plan_of_case(context: ApiContext, checkout: Checkout, case: str) -> Plan:
    """The plan of a case; the one 404 where there is no such case."""
    run = checkout.runs.get(case)
    if run is None:
        raise not_found()
    return await context.services.engine.plans.load(run.digest)


def flows_of(context: ApiContext, sale: SaleView, kind: str | None = None) -> tuple[Plan, ...]:
    """The retailer's case flows of today that are for this sale."""
    flows = context.services.book.cases_of(sale.checkout.retailer, kind)
    return tuple(one for one in flows if serves(one, sale.checkout, sale.plan))


async def case_answer(
    context: ApiContext, caller: Caller, checkout: Checkout, case: str, status: int = 200
) -> Response:
    """The case with the entity tag of its checkout."""
    plan = await plan_of_case(context, checkout, case)
    context.guard.remember(checkout)
    sale = sale_of(context, caller, checkout)
    headers = {"ETag": etag(checkout.version)}
    if status == 201:
        headers["Location"] = f"{sale.href}/{case}"
    return answer(case_body(sale, plan, case), status, headers=headers)


async def list_answer(context: ApiContext, caller: Caller, checkout: Checkout) -> Response:
    """All cases, and what the caller may open."""
    sale = sale_of(context, caller, checkout)
    rows = [
        case_row(sale, await plan_of_case(context, checkout, name), name) for name in checkout.runs
    ]
    possible = (
        [] if checkout.completed_at is None else possible_cases(sale, flows_of(context, sale))
    )
    body = {"currency": checkout.currency, "items": rows, "possible": list(possible)}
    return answer(body, headers={"ETag": etag(checkout.version)})
