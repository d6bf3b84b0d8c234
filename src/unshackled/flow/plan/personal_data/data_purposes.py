"""What a customer's data is needed for once an order is placed, by the fact that it is.

A fact that is not named, such as the own fields of a flow, is taken to be part of the contract.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Final

from unshackled.domain.checkout import Checkout
from unshackled.domain.customer import (
    BankAccount,
    CreditSearchConsent,
    IncomeAndOutgoings,
    NumberChoice,
    PaymentMethod,
)
from unshackled.domain.erasure import CONTRACT, LAW
from unshackled.domain.facts import Fact
from unshackled.flow.plan.plan import FromStep, Plan, PlannedStep

EVERYTHING: Final = frozenset({CONTRACT, LAW})
# A card's token was charged, a number was brought along: both are of no more use. An account is
# debited while the contract runs. What a credit was decided on is part of its records (CONC 5.2A).
PURPOSES: Final[Mapping[type[Fact], frozenset[str]]] = {
    PaymentMethod: frozenset(),
    NumberChoice: frozenset(),
    BankAccount: frozenset({CONTRACT}),
    IncomeAndOutgoings: frozenset({LAW}),
    CreditSearchConsent: frozenset({LAW}),
}
# Facts that are records of a credit alone.
OF_CREDIT: Final = (IncomeAndOutgoings, CreditSearchConsent)


def not_needed(plan: Plan, checkout: Checkout, reasons: Collection[str]) -> Iterator[str]:
    """The steps whose data serves none of the `reasons` of retention duties."""
    for step in plan.steps.values():
        if has_data(checkout, step.name) and purposes_of(checkout, step).isdisjoint(reasons):
            yield step.name


def has_data(checkout: Checkout, step: str) -> bool:
    """Whether anything personal of a step is stored."""
    private = checkout.private
    return bool(private.inputs.get(step) or private.outputs.get(step))


def purposes_of(checkout: Checkout, step: PlannedStep) -> frozenset[str]:
    """Which reasons of retention need the data of a step."""
    shape = step.definition.output
    if shape is None:
        return EVERYTHING
    if issubclass(shape, OF_CREDIT) and checkout.package.credit is None:
        return frozenset()
    known = (needed for fact, needed in PURPOSES.items() if issubclass(shape, fact))
    return next(known, EVERYTHING)


def lacks_data(step: PlannedStep, checkout: Checkout) -> bool:
    """Whether the step's request cannot be made any more: what it is made of was erased."""
    erasure = checkout.erasure
    if erasure is None or step.definition.request is None:
        return False
    sources = [one.step for one in step.sources.values() if isinstance(one, FromStep)]
    return erasure.whole or not set(sources).isdisjoint(erasure.steps)
