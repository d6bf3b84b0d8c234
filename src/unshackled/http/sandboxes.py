"""What a test key needs: a sandbox of every provider that its checkout could reach."""

from __future__ import annotations

from collections.abc import Iterable

from unshackled.flow.language.spec import Retailer
from unshackled.flow.plan.plan import Plan
from unshackled.http.problems import Problem


def reached(retailer: Retailer, plan: Plan) -> tuple[str, ...]:
    """Every provider that a checkout of this plan may call: by its steps, for prices, for news."""
    of_steps = [
        name
        for step in plan.steps.values()
        if step.policy is not None
        for name in step.policy.providers
    ]
    of_news = [rule.provider for rule in retailer.notifications]
    return tuple(dict.fromkeys([*of_steps, *retailer.providers_of("catalogue"), *of_news]))


def require_sandbox(retailer: Retailer, providers: Iterable[str], *, livemode: bool) -> None:
    """A problem naming the providers that a test key cannot reach, and so must not begin with."""
    missing = () if livemode else retailer.without_sandbox(providers)
    if missing:
        detail = (
            "A test key reaches sandboxes only, and these providers have none in the flow file."
        )
        raise Problem("no_sandbox", detail, providers=list(missing))
