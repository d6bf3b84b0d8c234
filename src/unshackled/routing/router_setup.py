"""Builds a process's router from the flows that are loaded and the store."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from random import Random

from unshackled.domain.account import accounts_of
from unshackled.domain.clock import Clock
from unshackled.flow.language.policy import Policy
from unshackled.flow.language.spec import Retailer
from unshackled.flow.plan.registry import FlowRegistry
from unshackled.routing.measures import ProviderCost
from unshackled.routing.router import Router
from unshackled.routing.watch import CutBackReason
from unshackled.store.side_tables import Retention, SideTables, parity_counts
from unshackled.store.side_tables.audit_log import AuditRecord
from unshackled.store.side_tables.routing_settings import RoutingSetting


def router_of(
    book: FlowRegistry,
    tables: SideTables,
    *,
    clock: Clock,
    random: Random,
    new_id: Callable[[], str],
) -> Router:
    """A router of today's routes and prices, whose cut-backs are in the audit log."""
    audit = tables.audit_log

    async def write_down(entry: RoutingSetting, verdict: CutBackReason) -> None:
        """A cut-back is in the audit log like a person's action."""
        key, at = f"aud_{new_id()}", entry.changed_at or clock.now()
        await audit.begin(
            AuditRecord(
                id=key,
                at=at,
                operator=entry.changed_by,
                action="cut_back",
                retailer=entry.retailer,
                subject=entry.name,
                reason=entry.reason,
                detail={"what": verdict.what, "percent": round(verdict.percent, 1)},
            )
        )
        await audit.end(key, "done", at=at)

    return Router(
        tables=tables,
        clock=clock,
        random=random,
        policies=routes_of(book),
        prices={
            (account, name): ProviderCost(fixed=spec.cost.fixed, percent=spec.cost.percent)
            for retailer in book.retailers.values()
            for name, spec in retailer.providers.items()
            for account in _accounts(retailer, (name,))
        },
        on_cut_back=write_down,
    )


def retention_of(tables: SideTables) -> Retention:
    """What is counted of shadows is deleted in time."""
    return Retention(table=tables.parity, keep=parity_counts.RETENTION)


def routes_of(book: FlowRegistry) -> dict[tuple[str, str], Policy]:
    """Every route by account and name; test keys have those that reach sandboxes only."""
    return {
        (account, name): policy
        for (retailer, name), policy in _written(book).items()
        for account in _accounts(book.retailers[retailer], policy.providers)
    }


def _accounts(retailer: Retailer, providers: Iterable[str]) -> tuple[str, ...]:
    """The accounts that could use these providers."""
    live, test = accounts_of(retailer.id)
    return (live,) if retailer.without_sandbox(providers) else (live, test)


def _written(book: FlowRegistry) -> dict[tuple[str, str], Policy]:
    """Every route by retailer and name: those of the files, and those of single steps."""
    named = {
        (retailer.id, name): policy
        for retailer in book.retailers.values()
        for name, policy in retailer.routes.items()
    }
    of_steps = {
        (plan.retailer, step.policy.route): step.policy
        for plan in book.by_digest.values()
        for step in plan.steps.values()
        if step.policy is not None and step.policy.route
    }
    return {**of_steps, **named}
