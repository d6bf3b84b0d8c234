"""The promise that each customer has a way on, as a function: for tests and the simulation."""

from __future__ import annotations

from datetime import datetime

from unshackled.domain.checkout import Checkout
from unshackled.flow.engine.shown_messages import ShownMessage
from unshackled.flow.engine.status import CheckoutView, standing
from unshackled.flow.plan.plan import Plan


def silent(plan: Plan, checkout: Checkout, now: datetime) -> str | None:
    """What is wrong with what an open checkout tells its customer; None where it is well.

    At rest there is something to do, or a message that only the end is left. While others work
    there is something to do, or a message that says who works and until when: beyond the point of
    no return there may be no end to name. Each message that can be mended names actions there are.
    """
    if checkout.canceled is not None or checkout.completed_at is not None:
        return None
    return wrong_with(plan, standing(plan, checkout, now))


def wrong_with(plan: Plan, view: CheckoutView) -> str | None:
    """The same of how an open checkout stands."""
    if wrong := next(filter(None, (_unmended(view, one) for one in view.messages)), None):
        return wrong
    if any(action.type != "cancel" for action in view.next_actions):
        return None
    if view.settled:
        fatal = any(one.severity == "fatal" and one.actions for one in view.messages)
        return None if fatal else "it is at rest, and there is nothing to do and nothing said"
    if not any(_at_work(plan, one) for one in view.messages):
        return "it is not at rest, and nobody is said to be at work"
    return None


def _unmended(view: CheckoutView, message: ShownMessage) -> str | None:
    ids = {action.id for action in view.next_actions}
    if unknown := [name for name in message.actions if name not in ids]:
        return f"{message.code} names actions that there are not: {', '.join(unknown)}"
    ways = [name for name in message.actions if name != "cancel"]
    if message.severity == "recoverable" and not ways:
        return f"{message.code} at {message.path} can be mended, and names no action"
    return None


def _at_work(plan: Plan, message: ShownMessage) -> bool:
    if message.code == "waiting_room":
        return "until" in message.params
    step = plan.steps.get(message.path.removeprefix("$.steps."))
    if step is None or "who" not in message.params:
        return False
    return "until" in message.params or step.pivot or message.code == "undo_failed"
