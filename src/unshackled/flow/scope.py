"""What a condition sees: `package`, `quote`, `retailer` and `steps.<name>.<field>`."""

from __future__ import annotations

from typing import Any

from unshackled.domain.checkout import Checkout
from unshackled.domain.codec import encode
from unshackled.domain.states import ENDED
from unshackled.flow.conditions import Condition
from unshackled.flow.plan import PlannedStep


def present(data: dict[str, Any]) -> dict[str, Any]:
    """JSON without the keys that are None, so that `has(package.credit)` means what it says."""
    return {
        key: present(value) if isinstance(value, dict) else value
        for key, value in data.items()
        if value is not None
    }


def variables(checkout: Checkout, reads: frozenset[str]) -> dict[str, Any]:
    """The variables of a condition that reads these steps.

    An ancestor that is not settled yet is absent; one that ended without output is None.
    """
    outputs = {
        name: checkout.output(name)
        for name in reads
        if checkout.steps[name].state in ENDED or checkout.output(name) is not None
    }
    return {
        "package": present(encode(checkout.package)),
        "quote": present(encode(checkout.quote)),
        "retailer": {"id": checkout.retailer, "currency": checkout.currency},
        "steps": {name: output and present(output) for name, output in outputs.items()},
    }


def holds(checkout: Checkout, step: PlannedStep) -> bool | None:
    """Whether the step is to be done: True, False, or None while that is undecided."""
    if step.when is None:
        return True
    return step.when.evaluate(variables(checkout, step.when.steps))


def rule_holds(checkout: Checkout, condition: Condition) -> bool:
    """Whether a rule by which a provider is chosen applies."""
    return condition.evaluate(variables(checkout, condition.steps)) is True
