"""What a customer who does all that is asked sends for each action."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from unshackled.domain.checkout import Checkout
from unshackled.domain.codec import encode
from unshackled.flow import commands as c
from unshackled.flow.plan import Plan
from unshackled.flow.status import NextAction
from unshackled.testing.made_up import made_up


def command_for(plan: Plan, action: NextAction, checkout: Checkout) -> c.Command | None:
    """The command that does what is asked; None when a page has nothing to send for it."""
    if action.type == "confirm":
        return c.Complete(quote_id=checkout.quote.id)
    body = _body(plan, action)
    return None if body is None else c.Submit(step=action.step, body=body)


def _body(plan: Plan, action: NextAction) -> Mapping[str, Any] | None:
    output = plan.steps[action.step].definition.output
    if action.type == "submit" and output is not None:
        body: Mapping[str, Any] = encode(made_up(output))
        return body
    if action.type == "show":
        return {"shown": action.document["digest"]}
    if action.type == "choose" and action.options:
        return {"option": action.options[0]["id"]}
    return {} if action.type in ("retry", "renew") else None
