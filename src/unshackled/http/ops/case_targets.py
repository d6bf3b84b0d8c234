"""What an action of operators is about: the purchase of a checkout, or one of its cases.

In a list of targets the step of a case is written with its case before it: `refund-1/pay_back`.
"""

from __future__ import annotations

from unshackled.domain.checkout import Checkout
from unshackled.domain.runs import RunView
from unshackled.flow.engine.runs.run_views import view
from unshackled.flow.plan.plan import Plan
from unshackled.http.context import ApiContext
from unshackled.http.problems import Problem


async def target_of(
    context: ApiContext, checkout: Checkout, case: str | None
) -> tuple[Plan, Checkout]:
    """The plan and the checkout as the engine sees them for a case; of the purchase, itself.

    A problem for a case that the checkout does not have.
    """
    plans = context.services.engine.plans
    sale = plans.by_digest(checkout.digest)
    if case is None:
        return sale, checkout
    run = checkout.runs.get(case)
    if run is None:
        detail = "The checkout has no such case."
        raise Problem("unknown_case", detail, allowed=sorted(checkout.runs))
    return await plans.load(run.digest), view(checkout, case, sale)


async def targets_of(context: ApiContext, checkout: Checkout) -> list[tuple[str, Plan, RunView]]:
    """Every case of a checkout: its name, plan and view."""
    plans = context.services.engine.plans
    sale = plans.by_digest(checkout.digest)
    return [
        (name, await plans.load(run.digest), view(checkout, name, sale))
        for name, run in checkout.runs.items()
    ]


def written(case: str | None, step: str) -> str:
    """A step with its case, in one text."""
    return step if case is None else f"{case}/{step}"


def parts_of(text: str) -> tuple[str | None, str]:
    """The case, if any, and the step."""
    case, slash, step = text.rpartition("/")
    return (case, step) if slash else (None, step)
