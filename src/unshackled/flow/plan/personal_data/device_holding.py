"""The devices that a checkout holds: one device is one trade-in of an account, in all checkouts.

A step holds its device from its write-ahead on: one whose operation declares that it `claims` it,
for the old device of the package too; in a flow without such a step, the pivot holds that one. What
was declined, taken back or never sent holds nothing, so a checkout that ends without an order lets
go by itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from unshackled.domain.checkout import Checkout
from unshackled.domain.states import STANDING, State
from unshackled.flow.plan.plan import Plan, PlannedStep


def claims_of(plan: Plan, checkout: Checkout) -> tuple[str, ...]:
    """All that the checkout holds now, e.g. `imei 490154203237518`."""
    found = (
        claim
        for step in plan.claiming
        if _holds(checkout, step)
        for claim in step_claims(checkout, step)
    )
    return tuple(dict.fromkeys(found))


def step_claims(checkout: Checkout, step: PlannedStep) -> tuple[str, ...]:
    """What a step holds once it was sent."""
    numbers = map(_digits, _imeis(checkout, step))
    return tuple(f"imei {number}" for number in numbers if number)


def _holds(checkout: Checkout, step: PlannedStep) -> bool:
    state = checkout.steps[step.name]
    standing = state.state in STANDING or state.state is State.UNDO_FAILED
    return standing and state.reference is not None


def _imeis(checkout: Checkout, step: PlannedStep) -> Iterator[Any]:
    operation, traded = step.definition.operation, checkout.package.trade_in
    yield traded.imei if traded is not None else None
    if operation is None or operation.claims is None:
        return
    sent = checkout.private.requests.get(step.name)
    if sent is not None:
        yield (sent.get(operation.claims) or {}).get("imei")
    else:
        yield getattr(getattr(step.build(checkout), operation.claims), "imei", None)


def _digits(imei: object) -> str:
    """The number alone; nothing of one that was erased."""
    return "".join(filter(str.isdigit, str(imei or "")))
