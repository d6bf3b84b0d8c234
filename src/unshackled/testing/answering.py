"""What a customer who does all that is asked sends for each action."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from unshackled.domain.checkout import Checkout
from unshackled.domain.codec import encode
from unshackled.domain.pricing import quote_of
from unshackled.domain.records import replace
from unshackled.flow.engine import commands as c
from unshackled.flow.engine.status import CustomerAction
from unshackled.flow.plan.plan import Plan, PlannedStep
from unshackled.testing.customer import fill, on_offer
from unshackled.testing.made_up import made_up


def command_for(plan: Plan, action: CustomerAction, checkout: Checkout) -> c.Command | None:
    """The command that does what is asked; None when a page has nothing to send for it."""
    if action.type == "confirm":
        return c.Complete(quote_id=checkout.quote.id)
    if action.type == "change_package" and action.patches:
        return _leaving_out(checkout, action.patches[0]["package"])
    if action.step is None:
        return None
    body = _body(plan.steps[action.step], action)
    return None if body is None else c.Submit(step=action.step, body=body)


def _leaving_out(checkout: Checkout, parts: Mapping[str, Any]) -> c.Command:
    """The package without some of its parts; the price is another one."""
    gone = dict.fromkeys(parts)
    picked: dict[str, Any] = {name: () if name == "accessories" else None for name in parts}
    package, old = replace(checkout.package, **gone), checkout.quote
    quote = quote_of(package, old.currency, quote_id=f"{old.id}x", valid_until=old.valid_until)
    return c.ChangePackage(
        selection=replace(checkout.selection, **picked), package=package, quote=quote
    )


def _body(step: PlannedStep, action: CustomerAction) -> Mapping[str, Any] | None:
    output = step.definition.output
    if action.type == "submit" and action.document is not None:
        return {"given": True, "wording": action.document["digest"]}
    if action.type == "submit" and step.definition.action is None:
        return fill(action.schema or {})  # type: ignore[no-any-return]
    if action.type == "submit" and output is not None:
        body: Mapping[str, Any] = on_offer(encode(made_up(output)), action.schema or {})
        return body
    if action.type == "show":
        return {"shown": action.document["digest"]}
    if action.type == "choose" and action.options:
        return {"option": action.options[0]["id"]}
    return {} if action.type in ("retry", "renew") else None
