"""What a condition sees: `package`, `quote`, `retailer` and `steps.<name>.<field>`."""

from __future__ import annotations

from typing import Any, Final

from unshackled.domain.checkout import Checkout
from unshackled.domain.codec import encode
from unshackled.domain.memo import Memo
from unshackled.domain.package import Package
from unshackled.domain.quote import Quote
from unshackled.domain.states import ENDED
from unshackled.flow.plan.conditions import Condition
from unshackled.flow.plan.plan import PlannedStep


def present(data: dict[str, Any]) -> dict[str, Any]:
    """JSON without the keys that are None, so that `has(package.credit)` means what it says."""
    return {
        key: present(value) if isinstance(value, dict) else value
        for key, value in data.items()
        if value is not None
    }


# The JSON of packages and quotes, and what conditions came to.
_JSON: Final[Memo[dict[str, Any]]] = Memo()
_RESULTS: Final[Memo[bool | None]] = Memo()


def seen_as(fact: Package | Quote) -> dict[str, Any]:
    """A package or quote as conditions see it; not to be changed."""
    return _JSON.get(fact, make=lambda: present(encode(fact)))


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
        "package": seen_as(checkout.package),
        "quote": seen_as(checkout.quote),
        "retailer": {"id": checkout.retailer, "currency": checkout.currency},
        "steps": {name: output and present(output) for name, output in outputs.items()},
    }


def holds(checkout: Checkout, step: PlannedStep) -> bool | None:
    """Whether the step is to be done: True, False, or None while that is undecided."""
    if step.when is None:
        return True
    return _result(checkout, step.when)


def rule_holds(checkout: Checkout, condition: Condition) -> bool:
    """Whether a rule by which a provider is chosen applies."""
    return _result(checkout, condition) is True


def _result(checkout: Checkout, condition: Condition) -> bool | None:
    """What a condition comes to; evaluated once for all that it reads."""
    reads = condition.steps
    return _RESULTS.get(
        condition,
        checkout.retailer,
        checkout.currency,
        checkout.package,
        checkout.quote,
        *(checkout.steps[name] for name in reads),
        *(checkout.private.outputs.get(name) for name in reads),
        make=lambda: condition.evaluate(variables(checkout, reads)),
    )
