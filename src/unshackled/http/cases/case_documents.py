"""The documents of cases: what was shown and signed after the sale."""

from __future__ import annotations

from unshackled.domain.checkout import Checkout
from unshackled.flow.engine.draft import Draft
from unshackled.flow.engine.papers.checkout_papers import CheckoutPaper, papers_of
from unshackled.flow.engine.runs.run_views import view
from unshackled.http.cases.case_access import plan_of_case
from unshackled.http.context import ApiContext


async def case_papers(
    context: ApiContext, checkout: Checkout, case: str
) -> tuple[CheckoutPaper, ...]:
    """The documents of a case as they are now; the one 404 where there is no such case."""
    plan = await plan_of_case(context, checkout, case)
    services = context.services
    sale_plan = services.engine.plans.by_digest(checkout.digest)
    viewed = view(checkout, case, sale_plan)
    return papers_of(Draft(plan=plan, checkout=viewed, now=services.clock.now()))


async def papers_of_cases(context: ApiContext, checkout: Checkout) -> tuple[CheckoutPaper, ...]:
    """Those of every case, the oldest case first."""
    return tuple(
        [paper for case in checkout.runs for paper in await case_papers(context, checkout, case)]
    )
