"""Who serves each step: its own policy, the retailer's default, or the provider of the step before.

A step whose operation follows another is served by the provider of that earlier step; in a case
flow the earlier step may be one of the sale.
"""

from __future__ import annotations

from collections.abc import Mapping

from unshackled.domain.records import Record, replace
from unshackled.flow.language.diagnostics import Diagnostics, listed
from unshackled.flow.language.policy import Policy
from unshackled.flow.language.yaml_marks import SourceLocation
from unshackled.flow.plan.cases.sale_parts import tells_of
from unshackled.flow.plan.dag import Dag
from unshackled.flow.plan.parsed_step import ParsedStep
from unshackled.flow.plan.plan import FromStep, Source
from unshackled.ports import Operation
from unshackled.sdk import Adapter

# A provider whose adapter could not be loaded is None: that is a mistake already.
Offers = Mapping[str, Adapter | None]


def check_offer(
    operation: Operation, provider: str, offers: Offers, mark: SourceLocation, report: Diagnostics
) -> None:
    """Note it where a provider does not exist or does not offer the operation."""
    if provider not in offers:
        message = f"unknown provider {provider!r}: allowed are {listed(offers)}"
        report.add(mark, "unknown_provider", message)
        return
    adapter = offers[provider]
    if adapter is None:
        return
    if operation.capability not in adapter.ports:
        message = f"{provider} does not offer {operation.key}: it offers {listed(adapter.ports)}"
        report.add(mark, "provider_lacks_operation", message)
    elif not adapter.offers(operation.key) or (
        operation.effect and not operation.is_undo and operation.key not in adapter.doubt
    ):
        effects = [key for key in adapter.doubt if key.startswith(f"{operation.capability}.")]
        message = f"{provider} does not offer {operation.key}: its effects are {listed(effects)}"
        report.add(mark, "provider_lacks_operation", message)


class PolicyResolver(Record):
    """Finds the policy or the followed step of each step that calls a provider.

    An `orphaned` flow may name providers that its retailer's file has no more: it can be read, and
    only what would call them waits. `of_case` says that the flow carries out a case of a sale.
    """

    sketches: Mapping[str, ParsedStep]
    dag: Dag
    sources: Mapping[str, Mapping[str, Source]]
    offers: Offers
    defaults: Mapping[str, str]
    routes: Mapping[str, Policy]
    flow: str
    currency: str
    report: Diagnostics
    partial: bool = False
    orphaned: bool = False
    of_case: bool = False

    def follows(self) -> dict[str, str]:
        """The step that each following step follows."""
        found = {}
        for name in self.dag.order:
            operation = self.sketches[name].definition.operation
            if operation is not None and operation.follows is not None:
                earlier = self._followed(self.sketches[name], operation)
                if earlier is not None:
                    found[name] = earlier
        return found

    def _followed(self, step: ParsedStep, operation: Operation) -> str | None:
        key = f"{operation.capability}.{operation.follows}"
        able = [n for n in self.dag.order if self._calls(n, key)]
        before = [name for name in able if name in self.dag.ancestors[step.name]]
        if len(before) > 1:
            used = {s.step for s in self.sources[step.name].values() if isinstance(s, FromStep)}
            before = [name for name in before if name in used] or before
        if len(before) == 1:
            return before[0]
        if before:
            message = f"{step.name}: follows {listed(before)}; name one under `use`"
            self.report.add(step.node.mark, "two_followed", message)
        elif not self.partial and (able or not (self.of_case and tells_of(key))):
            hint = f"add {listed(able)} to its needs" if able else f"add a step `call: {key}`"
            message = (
                f"{step.name}: {operation.key} follows {key}, and none comes before it: {hint}"
            )
            self.report.add(step.node.mark, "follows_missing", message)
        return None

    def follows_sale(self, follows: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
        """The operations of the sale that steps follow which follow none of the case."""
        if not self.of_case:
            return {}
        found = {}
        for name, step in self.sketches.items():
            operation = step.definition.operation
            if operation is not None and name not in follows:
                names = operation.of_sale or (operation.follows,)
                found[name] = tuple(f"{operation.capability}.{one}" for one in names if one)
        return {name: keys for name, keys in found.items() if keys}

    def _calls(self, name: str, key: str) -> bool:
        operation = self.sketches[name].definition.operation
        return operation is not None and operation.key == key

    def policies(self) -> dict[str, Policy]:
        """Who serves each step that calls a provider of its own choice."""
        found = {}
        for name in self.dag.order:
            step = self.sketches[name]
            if step.definition.operation is not None:
                policy = self._policy(step, step.definition.operation)
                if policy is not None:
                    found[name] = policy
        return found

    def _policy(self, step: ParsedStep, operation: Operation) -> Policy | None:
        policy = step.spec.provider
        followed = operation.of_sale or ((operation.follows,) if operation.follows else ())
        if followed:
            if policy is not None:
                keys = " or ".join(f"{operation.capability}.{one}" for one in followed)
                message = (
                    f"{step.name}: {operation.key} is served by the provider of {keys}: "
                    "remove `provider`"
                )
                self.report.add(step.mark("provider"), "provider_of_follower", message)
            return None
        if policy is None and operation.capability in self.defaults:
            policy = Policy(how="single", providers=(self.defaults[operation.capability],))
        policy = policy and self._routed(step, policy)
        if policy is None and not step.whole:
            return None
        if policy is None:
            message = (
                f"{step.name}: nobody serves {operation.key}: write `provider`, or "
                f"{operation.capability} under `defaults`: providers are {listed(self.offers)}"
            )
            self.report.add(step.node.mark, "no_provider", message)
            return None
        self._offered(step, operation, policy)
        return policy

    def _routed(self, step: ParsedStep, policy: Policy) -> Policy:
        """The route that a name stands for; a policy of the step's own is a route of its own."""
        if policy.how == "single" and policy.shadow is None:
            return self.routes.get(policy.providers[0], policy)
        return policy if policy.route else replace(policy, route=f"{self.flow}.{step.name}")

    def _offered(self, step: ParsedStep, operation: Operation, policy: Policy) -> None:
        if self.orphaned:
            return
        mark = step.mark("provider")
        for provider in policy.providers:
            check_offer(operation, provider, self.offers, mark, self.report)
            self._takes_currency(step, operation, provider)
        if policy.shadow is not None:
            self._shadowed(step, operation, policy.shadow.candidate)

    def _takes_currency(self, step: ParsedStep, operation: Operation, provider: str) -> None:
        adapter = self.offers.get(provider)
        if adapter is None or not adapter.currencies or self.currency in adapter.currencies:
            return
        message = (
            f"{step.name}: {provider} cannot do {operation.key} in {self.currency}: "
            f"its currencies are {listed(adapter.currencies)}"
        )
        self.report.add(step.mark("provider"), "provider_lacks_currency", message)

    def _shadowed(self, step: ParsedStep, operation: Operation, candidate: str) -> None:
        """A query is asked of the candidate too; an effect only where it can be tried."""
        mark = step.mark("provider")
        if candidate not in self.offers:
            message = f"shadow: unknown provider {candidate!r}: allowed are {listed(self.offers)}"
            self.report.add(mark, "unknown_provider", message)
            return
        adapter = self.offers[candidate]
        policy = step.spec.provider
        own = policy is not None and policy.shadow is not None
        if adapter is None or not own:
            return
        if not operation.effect:
            check_offer(operation, candidate, self.offers, mark, self.report)
        elif operation.key not in adapter.dry_runs:
            message = (
                f"{step.name}: {candidate} has no dry run of {operation.key}, so nothing would be"
                f" compared: it has {listed(adapter.dry_runs)}"
            )
            self.report.add(mark, "shadow_idle", message)

    def followers_offered(self, follows: Mapping[str, str], policies: Mapping[str, Policy]) -> None:
        """Every provider of a followed step offers what follows it."""
        if self.orphaned:
            return
        for name, earlier in follows.items():
            step = self.sketches[name]
            operation = step.definition.operation
            root = earlier
            while root in follows:
                root = follows[root]
            for provider in policies[root].providers if root in policies else ():
                if operation is not None and provider in self.offers:
                    check_offer(operation, provider, self.offers, step.node.mark, self.report)
