"""What a step asks the router: who may serve it, and what ties this checkout to one of them."""

from __future__ import annotations

from unshackled.domain.checkout import Checkout, RouteStanding, bucket_of
from unshackled.domain.states import STANDING
from unshackled.flow.engine.ranking import Ask
from unshackled.flow.language.policy import Policy
from unshackled.flow.plan.condition_variables import rule_holds
from unshackled.flow.plan.plan import Plan, PlannedStep


def candidates(checkout: Checkout, step: PlannedStep, policy: Policy) -> tuple[str, ...]:
    """Who may serve the step in this round."""
    state = checkout.steps[step.name]
    left = policy.left((*state.tried, *state.down))
    return tuple(name for name in servers(checkout, step, policy) if name in left)


def servers(checkout: Checkout, step: PlannedStep, policy: Policy) -> tuple[str, ...]:
    """Who may serve the step in any round."""
    if policy.how != "by":
        return policy.providers
    for rule, condition in zip(policy.rules, step.rules, strict=True):
        if condition is None or rule_holds(checkout, condition):
            return rule.providers
    return ()


def ask_of(plan: Plan, checkout: Checkout, step: PlannedStep, names: tuple[str, ...]) -> Ask | None:
    """The step's question; None for a step that follows another and so has no choice."""
    policy, operation = step.policy, step.definition.operation
    if policy is None or operation is None:
        return None
    standing = checkout.routes.get(policy.route, RouteStanding())
    generation = checkout.steps[step.name].generation
    return Ask(
        retailer=checkout.account,
        operation=operation.key,
        policy=policy,
        candidates=names,
        bucket=bucket_of(policy.route, str(checkout.bucket)),
        kept=standing.provider,
        held=bool(holding(plan, checkout, policy.route, standing.provider)),
        left=standing.left,
        chance=bucket_of(f"{policy.route}.chance", f"{checkout.id}:{generation}"),
        amount=checkout.quote.due_today,
    )


def holding(
    plan: Plan, checkout: Checkout, route: str, provider: str | None
) -> tuple[PlannedStep, ...]:
    """The steps of a route whose effects stand at a provider, in the order of the flow."""
    if not route or provider is None:
        return ()
    return tuple(
        step
        for step in plan.steps.values()
        if step.policy is not None
        and step.policy.route == route
        and step.undo is not None
        and checkout.steps[step.name].provider == provider
        and checkout.steps[step.name].state in STANDING
    )
