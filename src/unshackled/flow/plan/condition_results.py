"""What conditions come to for a checkout, evaluated once for all that they read."""

from __future__ import annotations

from typing import Final

from unshackled.domain.checkout import Checkout
from unshackled.domain.memo import Memo
from unshackled.flow.plan.conditions import Condition
from unshackled.flow.plan.plan import PlannedStep

_RESULTS: Final[Memo[bool | None]] = Memo()


def holds(checkout: Checkout, step: PlannedStep) -> bool | None:
    """Whether the step is to be done: True, False, or None while that is undecided."""
    if step.when is None:
        return True
    return _result(checkout, step.when)


def rule_holds(checkout: Checkout, condition: Condition) -> bool:
    """Whether a rule by which a provider is chosen applies."""
    return _result(checkout, condition) is True


def _result(checkout: Checkout, condition: Condition) -> bool | None:
    reads, vocabulary = condition.steps, condition.vocabulary
    return _RESULTS.get(
        condition,
        *vocabulary.read(checkout),
        *(checkout.steps[name] for name in reads),
        *(checkout.private.outputs.get(name) for name in reads),
        make=lambda: condition.evaluate(vocabulary.of(checkout, reads)),
    )
