"""The engine's promises, checked against the backends' books and the event log."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from unshackled.domain.checkout import Checkout
from unshackled.domain.states import FINAL_STATUSES, State
from unshackled.flow.engine.runs.checkout_plans import CheckoutPlans
from unshackled.flow.plan.plan import Plan
from unshackled.proving.simulation import agreement_check as agreements
from unshackled.proving.simulation import case_check as case
from unshackled.proving.simulation import ledger_check as ledger
from unshackled.proving.simulation import money_check as money
from unshackled.proving.simulation.backend import OPERATIONS, SimulatedBackend, SimulatedEffect
from unshackled.store.stored_records import Change, EventRow


def violations(
    plans: CheckoutPlans, row: Change, effects: list[SimulatedEffect], events: list[EventRow]
) -> Iterator[str]:
    """Every broken promise of one checkout that has come to rest, in one line each."""
    checkout, plan = row.checkout, plans.sale
    if row.status not in FINAL_STATUSES or not row.settled:
        states = {name: str(state.state) for name, state in checkout.steps.items()}
        cases = {name: str(run.steps) for name, run in checkout.runs.items() if not run.over}
        yield f"did not come to rest: {row.status}, {states}, {cases}"
        return
    yield from _once(effects)
    yield from _standing(plans, checkout, effects)
    yield from money.violations(plan, checkout, effects)
    yield from case.violations(plans, checkout, effects, events)
    yield from agreements.violations(plans, checkout, effects)
    by_digest = {plan.digest: plan, **plans.cases}
    yield from ledger.violations(by_digest.__getitem__, checkout, effects)
    yield from _log(checkout, events)
    if checkout.digest != plan.digest:
        yield "its flow changed under it"


def _once(effects: list[SimulatedEffect]) -> Iterator[str]:
    """Nothing is done twice; one order, one agreement, one hard search."""
    for effect in effects:
        if effect.times > 1:
            yield f"{effect.operation} {effect.reference} was done {effect.times} times"
    searches = [effect for effect in effects if OPERATIONS[effect.operation].hard_search]
    if len(searches) > 1:
        yield f"{len(searches)} hard searches"


def _standing(
    plans: CheckoutPlans, checkout: Checkout, effects: list[SimulatedEffect]
) -> Iterator[str]:
    """What stands at the backends is what the passed steps say, and nothing else."""
    plan, wanted = plans.sale, dict(case.standing_of(plans, checkout))
    for step in plan.steps.values():
        state, operation = checkout.steps[step.name], step.definition.operation
        if operation is not None and operation.effect and state.state is State.PASSED:
            wanted[state.reference] = operation.key
    standing = {effect.reference: effect.operation for effect in effects if effect.stands}
    for reference, operation_key in standing.items():
        leaves = OPERATIONS[operation_key].leaves_nothing
        if reference not in wanted and not leaves:
            yield f"{operation_key} {reference} was left standing"
    gone = set(case.taken_back(plans, checkout))
    for passed, operation_key in wanted.items():
        if passed not in standing and passed not in gone:
            yield f"{operation_key} {passed} passed, but does not exist"
    yield from _whole(plan, checkout)
    if plan.pivot is not None:
        pivoted = checkout.steps[plan.pivot].state is State.PASSED
        if pivoted != (checkout.completed_at is not None):
            yield "completed and pivot disagree"
        if pivoted and checkout.canceled is not None:
            yield "completed and canceled"


def _whole(plan: Plan, checkout: Checkout) -> Iterator[str]:
    """What a completed checkout did by one route, it did at one provider."""
    served: dict[str, set[str | None]] = {}
    for step in plan.steps.values():
        state = checkout.steps[step.name]
        if step.policy is not None and step.policy.shared and state.state is State.PASSED:
            served.setdefault(step.policy.route, set()).add(state.provider)
    for route, providers in served.items():
        if checkout.completed_at is not None and len(providers) > 1:
            yield f"route {route} was served by {sorted(map(str, providers))}"


def _log(checkout: Checkout, events: list[EventRow]) -> Iterator[str]:
    """Events are whole: every version has its own, in order; one end of each kind at most."""
    places = [(event.version, event.index) for event in events]
    if any(later <= earlier for earlier, later in pairwise(places)):
        yield "events out of order"
    if {version for version, _ in places} != set(range(1, checkout.version + 1)):
        yield f"versions without events: {checkout.version} versions, {len(places)} events"
    for end in ("checkout.completed.v1", "checkout.canceled.v1"):
        count = sum(event.type == end for event in events)
        if count > 1:
            yield f"{end} happened {count} times"


def strays(backend: SimulatedBackend, known: set[str]) -> Iterator[str]:
    """No backend did anything for a checkout that does not exist."""
    for effect in backend.effects.values():
        if effect.checkout not in known:
            yield f"{effect.operation} was done for {effect.checkout}, which does not exist"
