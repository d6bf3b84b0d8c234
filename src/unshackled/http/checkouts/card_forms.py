"""Where a form asks for a card: the payment provider's own page with its fields, for a frame."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from unshackled.domain.checkout import Checkout
from unshackled.domain.memo import Memo
from unshackled.flow.plan.plan import Plan
from unshackled.http.services import Services

Json = Any
FORM: Final = "payment_method"
PAYS: Final = frozenset({"payment.charge", "payment.authorise"})
_STEPS: Final[Memo[frozenset[str]]] = Memo(64)


def with_card_forms(
    services: Services, plan: Plan, checkout: Checkout, body: dict[str, Json]
) -> dict[str, Json]:
    """The resource; an action that asks for a card names the page of who takes the payment."""
    steps = _STEPS.get(plan, make=lambda: _asking(plan))
    for action in body["next_actions"]:
        if action["step"] in steps and action["type"] == "submit":
            page = _page(services, plan, checkout)
            if page is not None:
                action["card_form"] = page
    return body


def _asking(plan: Plan) -> frozenset[str]:
    """The steps whose form is a card."""
    return frozenset(one.name for one in plan.steps.values() if one.definition.detail == FORM)


def _page(services: Services, plan: Plan, checkout: Checkout) -> str | None:
    pages = (services.card_form(checkout.account, name) for name in _takers(plan))
    return next((page for page in pages if page is not None), None)


def _takers(plan: Plan) -> Iterator[str]:
    """Every provider that a payment may go to, the first choice first."""
    for step in plan.steps.values():
        if step.definition.detail in PAYS and step.policy is not None:
            yield from step.policy.providers


def frames(services: Services, account: str, plans: Mapping[str, Plan]) -> frozenset[str]:
    """The pages of cards that any of these flows may show."""
    found = (services.card_form(account, name) for plan in plans.values() for name in _takers(plan))
    return frozenset(page for page in found if page is not None)
