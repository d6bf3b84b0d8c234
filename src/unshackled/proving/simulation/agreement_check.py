"""Agreements and old devices, by the books of lenders and recyclers: nobody owes twice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from unshackled.domain.checkout import Checkout
from unshackled.domain.run_records import Run
from unshackled.flow.engine.runs.checkout_plans import CheckoutPlans
from unshackled.flow.plan.plan import Plan
from unshackled.ports.credit import AgreementStanding, SettlementDue
from unshackled.proving.simulation.backend import SimulatedEffect
from unshackled.testing.made_up import made_up

# What the simulated lender is owed of every old agreement.
FIGURE: Final[int] = made_up(AgreementStanding).settlement_figure


def violations(
    plans: CheckoutPlans, checkout: Checkout, effects: Sequence[SimulatedEffect]
) -> Iterator[str]:
    """Each broken promise about the agreements of a completed checkout at rest."""
    if checkout.completed_at is None:
        return
    done = [one for one in effects if one.stands]
    made = _count(done, "credit.activate")
    if made != (checkout.package.credit is not None):
        yield f"{made} agreements were made for one handset"
    yield from _over_with_the_goods(checkout, done)
    yield from _back_once(checkout, done)
    if SettlementDue in plans.sale.output_steps:
        yield from _old_one(plans.sale, done)


def _over_with_the_goods(checkout: Checkout, done: Sequence[SimulatedEffect]) -> Iterator[str]:
    """A credit that a case ended is over at its lender, and no other is."""
    ended = _count(done, "credit.end")
    ending = [name for name, run in checkout.runs.items() if _ends_credit(run)]
    if len(ending) != ended:
        yield f"{ending} end the agreement, its lender was told of {ended} ends"


def _back_once(checkout: Checkout, done: Sequence[SimulatedEffect]) -> Iterator[str]:
    """The lender has back what it lent, and its interest, from the retailer and the customer."""
    lent = sum(_amount(one, "amount") for one in done if one.operation == "credit.activate")
    ends = [one for one in done if one.operation == "credit.end"]
    back = sum(_amount(one, "lender") - _amount(one, "customer") for one in ends)
    for run in checkout.runs.values():
        for told in (state.output or {} for state in run.steps.values()):
            if "repaid_on" in told:
                back += told["amount"] - told["interest"]
    if back > lent:
        yield f"the lender has {back} back of {lent} that it lent"


def _ends_credit(run: Run) -> bool:
    """Whether it was carried out and gave something back to the lender, or withdrew from it."""
    if run.completed_at is None:
        return False
    money = next((one.output for one in run.steps.values() if "lender" in (one.output or {})), None)
    return run.opened.kind == "withdrawal" or bool((money or {}).get("lender"))


def _old_one(plan: Plan, done: Sequence[SimulatedEffect]) -> Iterator[str]:
    """The old agreement is paid off whole and once, so that only the new one is owed."""
    settled = sum(_amount(one, "amount") for one in done if one.operation == "credit.settle")
    paid_off = sum(_amount(one, "paid_off") for one in done if one.operation == "credit.activate")
    if settled + paid_off != FIGURE:
        yield f"{settled} + {paid_off} of an old agreement of {FIGURE} was paid off: {plan.name}"


def _count(done: Sequence[SimulatedEffect], operation: str) -> int:
    return sum(one.times for one in done if one.operation == operation)


def _amount(effect: SimulatedEffect, field: str) -> int:
    told: int | None = getattr(effect.outcome.output, field)  # type: ignore[union-attr]
    return (told or 0) * effect.times
