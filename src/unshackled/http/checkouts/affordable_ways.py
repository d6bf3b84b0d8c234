"""What a customer who was found unable to repay could take instead, named in the answer.

The rule knows the highest instalment, and the catalogue at hand has the plans. What a flow's
customer cannot change any more is not named.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from unshackled.domain.affordable_offers import AffordableOffer, affordable_offers
from unshackled.domain.checkout import Checkout
from unshackled.domain.codec import encode
from unshackled.domain.states import S
from unshackled.flow.plan.plan import Plan
from unshackled.flow.plan.sums import not_taken
from unshackled.http.services import Services
from unshackled.messages import say

Json = Any
CHANGE = "change_package"


def with_affordable_ways(
    services: Services, plan: Plan, checkout: Checkout, body: dict[str, Json]
) -> dict[str, Json]:
    """The resource with the plans and deposits that would be affordable, where it can change."""
    most = _most(checkout)
    if most is None or checkout.canceled is not None:
        return body
    step, instalment = most
    if not any(_changes_credit(action) for action in body["next_actions"]):
        return body
    offers = _offers(services, plan, checkout, instalment)
    if not offers:
        return body
    return {
        **body,
        "next_actions": [_action(action, offers) for action in body["next_actions"]],
        "messages": [_message(one, step, offers, checkout) for one in body["messages"]],
    }


def _most(checkout: Checkout) -> tuple[str, int] | None:
    """The step that found it unaffordable, and the highest instalment that fits."""
    for step, declines in checkout.private.declines.items():
        figures = declines[-1].figures
        if figures is not None and checkout.steps[step].state is S.DECLINED:
            return step, figures.most
    return None


def _changes_credit(action: Mapping[str, Json]) -> bool:
    changes = action.get("changes", ())
    return action["type"] == CHANGE and any(one["part"] == "credit" for one in changes)


def _offers(
    services: Services, plan: Plan, checkout: Checkout, most: int
) -> tuple[AffordableOffer, ...]:
    retailer = services.book.retailers.get(checkout.retailer)
    catalogue = services.catalogues.at_hand(checkout.account)
    if retailer is None or catalogue is None:
        return ()
    now = retailer.local(services.clock.now())
    seen = {"id": retailer.id, "currency": retailer.currency}
    return affordable_offers(
        checkout.selection,
        catalogue,
        most,
        rules=retailer.rules(now),
        now=now,
        taken=lambda priced: not any(not_taken(plan, priced, seen, retailer.amounts)),
    )


def _action(action: dict[str, Json], offers: Sequence[AffordableOffer]) -> dict[str, Json]:
    if not _changes_credit(action):
        return action
    patches = [
        {"package": {"credit": {"plan": one.plan, "deposit": one.deposit}}} for one in offers
    ]
    return {**action, "patches": [*patches, *action.get("patches", ())]}


def _message(
    message: dict[str, Json], step: str, offers: Sequence[AffordableOffer], checkout: Checkout
) -> dict[str, Json]:
    if message["path"] != f"$.steps.{step}":
        return message
    words = [
        say(checkout.locale, "affordable_offer", {**encode(one), "currency": checkout.currency})
        for one in offers
    ]
    told = say(checkout.locale, "affordable_offers", {"offers": "; ".join(words)})
    return {
        **message,
        "content": f"{message['content']} {told}",
        "params": {**message["params"], "offers": encode(offers)},
    }
