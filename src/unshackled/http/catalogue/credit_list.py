"""The list of credit plans: as the providers of a retailer's flows can sell them."""

from __future__ import annotations

from collections.abc import Sequence

from unshackled.domain.catalogue import CreditPlan
from unshackled.domain.fitting import Chosen, Fitting, with_item
from unshackled.domain.package import Selection
from unshackled.domain.records import replace
from unshackled.domain.selection import SelectionFault
from unshackled.flow.engine.sellable import sold
from unshackled.flow.language.spec import Retailer
from unshackled.flow.plan.credit_offers import Market, OfferedCreditPlan, offered, untaken
from unshackled.flow.plan.plan import Plan
from unshackled.http.catalogue.item_list import ItemList, ListRequest, list_of
from unshackled.http.checkouts.create import wrong_field
from unshackled.http.checkouts.prices import NAMED_AT_MOST
from unshackled.http.context import ApiContext


def credit_plans_of(context: ApiContext, asker: ListRequest, flow: str | None) -> ItemList:
    """The plans that fit the choice in a flow, or in any flow that sells credit."""
    selling = _selling_credit(context, asker.tenant)
    if flow is not None and flow not in selling:
        allowed = tuple(selling)[:NAMED_AT_MOST]
        raise wrong_field("query.flow", "unknown_flow", "is not a flow that sells credit", allowed)
    flows = [selling[flow]] if flow is not None else list(selling.values())
    market = _market(context, asker)
    found = list_of(asker, "credit_plan", asker.catalogue.credit_plans)
    items, left_out = [], list(found.left_out)
    for plan in found.items:
        one = _offered(plan, found.chosen, asker.fitting, flows, market)
        if isinstance(one, OfferedCreditPlan):
            items.append(one)
        else:
            left_out.append((plan, one))
    return replace(found, items=tuple(items), left_out=tuple(left_out))


def _offered(
    plan: CreditPlan, chosen: Chosen, fitting: Fitting, flows: Sequence[Plan], market: Market
) -> OfferedCreditPlan | SelectionFault:
    """The plan within what providers take; or which sum of a package with it none of them does."""
    whole = fitting.completed(with_item(chosen, plan)) or Selection()
    goods = replace(whole, handset=chosen.handset, credit=None)
    found = offered(plan, goods, flows, market)
    if found is not None and (
        chosen.deposit is None or any(chosen.deposit in one for one in found.deposits)
    ):
        return found
    return next(untaken(whole, flows, market), _not_together(plan, whole, market))


def _not_together(plan: CreditPlan, whole: Selection, market: Market) -> SelectionFault:
    """Where each sum could be taken, but no deposit brings both about."""
    handset = market.catalogue.handset(whole.handset or "")
    params = {"title": plan.title, "other": handset.title if handset else plan.title}
    return SelectionFault(path="package.credit.plan", code="incompatible", params=params)


def _market(context: ApiContext, asker: ListRequest) -> Market:
    tenant = asker.tenant
    return Market(
        catalogue=asker.catalogue,
        now=tenant.local(context.services.clock.now()),
        rules=asker.fitting.judged.rules,
        retailer={"id": tenant.id, "currency": tenant.currency},
        of=tenant.amounts,
    )


def _selling_credit(context: ApiContext, tenant: Retailer) -> dict[str, Plan]:
    """The flows of a retailer that sell credit, by name."""
    plans = {name: context.services.book.plan(tenant.id, name) for name in tenant.flows}
    return {name: plan for name, plan in plans.items() if "credit" in sold(plan)}
