"""Opening a case: decided under the same compare-and-swap as all else of its checkout."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from unshackled.domain.case_opening import CaseRefused, opening
from unshackled.domain.case_terms import CaseTerms
from unshackled.domain.checkout import Checkout
from unshackled.domain.codec import encode
from unshackled.domain.events.case_events import CaseOpened
from unshackled.flow.engine import commands as c
from unshackled.flow.engine.decide import Decision
from unshackled.flow.engine.draft import Draft, Rejected, evolve
from unshackled.flow.engine.runs.checkout_plans import CheckoutPlans
from unshackled.flow.engine.runs.run_views import view, whole_of
from unshackled.flow.engine.settle import settle
from unshackled.flow.engine.vendor_problems import noted_where
from unshackled.flow.plan.cases.serving import serves
from unshackled.flow.plan.plan import Plan
from unshackled.flow.plan.sale_money import sale_money

# Cases of one checkout, so that its snapshot has a bound.
MOST_CASES: Final = 20


def open_case(
    plans: CheckoutPlans, checkout: Checkout, command: c.OpenCase, now: datetime
) -> Decision:
    """The new run and all that follows at once; raises `Rejected` where it may not be opened."""
    plan = plans.cases[command.digest]
    opened = _opened(plans.sale, plan, checkout, command, now)
    whole = evolve(checkout, opened, now)
    draft = Draft(plan=plan, checkout=view(whole, opened.case.case, plans.sale), now=now)
    settle(draft)
    return Decision(
        events=(opened, *draft.events),
        checkout=whole_of(draft.checkout),
        noted=noted_where(draft),
    )


def _opened(
    sale: Plan, plan: Plan, checkout: Checkout, command: c.OpenCase, now: datetime
) -> CaseOpened:
    terms = _terms(plan)
    if checkout.erasure is not None and checkout.erasure.whole:
        raise Rejected("personal_data_erased", "what a case would need of the sale was erased")
    if len(checkout.runs) >= MOST_CASES:
        message = f"a checkout has {MOST_CASES} cases at most"
        raise Rejected("too_many_cases", message, most=MOST_CASES)
    if not serves(plan, checkout, sale):
        raise Rejected("case_not_offered", f"{plan.name} is for other sales")
    money = sale_money(sale, checkout)
    try:
        case = opening(checkout, money, terms, command.wish, sale.local(now))
    except CaseRefused as refusal:
        raise _rejected(refusal) from None
    return CaseOpened(
        run=case.case, flow=plan.name, digest=plan.digest, case=case, steps=tuple(plan.steps)
    )


def _terms(plan: Plan) -> CaseTerms:
    if plan.case is None:
        raise Rejected("step_not_due", f"{plan.name} is no flow of a case")
    return plan.case


def _rejected(refusal: CaseRefused) -> Rejected:
    """The refusal with what is allowed and until when, for the answer."""
    more = {"case": refusal.case, "openers": list(refusal.openers)}
    return Rejected(
        refusal.code,
        str(refusal),
        possible=encode(refusal.allowed),
        **{name: one for name, one in more.items() if one},
    )
