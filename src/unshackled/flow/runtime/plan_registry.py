"""Plans by digest, for ever: today's, and that of every flow that was ever stored.

A checkout is pinned to the digest of its flow, also when the file was edited since, and also once
it has ended: it is read, called back about and operated on by the plan it was begun with.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Final

from unshackled.domain.clock import Clock
from unshackled.errors import Unreadable, UnshackledError
from unshackled.flow.language.spec import ProviderSpec
from unshackled.flow.plan.plan import Plan
from unshackled.flow.plan.provider_config import Adapters
from unshackled.flow.plan.registry import FlowRegistry, compile_resolved
from unshackled.store.port import Store
from unshackled.store.stored_records import StoredFlow
from unshackled.telemetry import get_logger

CACHED_PLANS: Final = 200
# Whoever was given a plan a moment ago finds it again, however many others are asked for.
IN_USE: Final = timedelta(minutes=1)
log = get_logger(__name__)


class PlanRegistry:
    """Today's plans always, and the last `size` of those that were stored.

    A stored flow is compiled when it is first asked for, as it stands: the proofs of later
    versions are for files.
    """

    def __init__(
        self,
        book: FlowRegistry,
        adapters: Adapters,
        store: Store,
        clock: Clock,
        *,
        size: int = CACHED_PLANS,
    ) -> None:
        """Begin with today's."""
        self._book = book
        self._adapters = adapters
        self._store = store
        self._clock = clock
        self._kept = size
        self._today: Mapping[str, Plan] = dict(book.by_digest)
        self._stored: OrderedDict[str, tuple[Plan, float]] = OrderedDict()
        self._broken: dict[str, str] = {}
        self._compiling: dict[str, asyncio.Lock] = {}

    def by_digest(self, digest: str) -> Plan:
        """A plan that is at hand; raises `KeyError` for one that must be loaded first."""
        plan = self._today.get(digest)
        if plan is None:
            plan, _ = self._stored[digest]
            self._keep(digest, plan)
        return plan

    async def load(self, digest: str) -> Plan:
        """The plan that a checkout is pinned to, whenever it was begun.

        Raises `Unreadable` where this process cannot compile it: another version of the service
        may, so nothing of the checkout may be changed.
        """
        lock = self._compiling.setdefault(digest, asyncio.Lock())
        try:
            async with lock:
                try:
                    return self.by_digest(digest)
                except KeyError:
                    return await self._load(digest)
        finally:
            if not lock.locked():
                self._compiling.pop(digest, None)

    async def sync(self) -> None:
        """Store today's resolved flows, and say which of open checkouts cannot go on here."""
        now = self._clock.now()
        for plan in self._today.values():
            await self._store.put_flow(
                StoredFlow(
                    digest=plan.digest,
                    retailer=plan.retailer,
                    name=plan.name,
                    resolved=plan.resolved,
                    stored_at=now,
                )
            )
        for digest in (await self._store.open_digests())[: self._kept]:
            try:
                await self.load(digest)
            except Unreadable:  # said already; its checkouts wait, the others need not
                continue

    async def _load(self, digest: str) -> Plan:
        if digest in self._broken:
            raise Unreadable(self._broken[digest])
        stored = await self._store.flow(digest)
        if stored is None:
            log.error("plan.not_stored", digest=digest)
            raise Unreadable(f"the store does not have the flow {digest}")
        plan = self._compiled(stored)
        self._keep(digest, plan)
        return plan

    def _compiled(self, stored: StoredFlow) -> Plan:
        where = {"retailer": stored.retailer, "flow": stored.name, "digest": stored.digest}
        try:
            plan = compile_resolved(stored.resolved, self._book, self._adapters, orphaned=True)
        except (UnshackledError, LookupError, TypeError, ValueError) as error:
            reason = str(error)
            log.error("plan.unreadable", **where, reason=reason)  # noqa: TRY400 - the reason says it
            self._note(stored.digest, f"{stored.retailer}/{stored.name} {stored.digest}: {reason}")
            raise Unreadable(self._broken[stored.digest]) from error
        for provider, steps in gone(plan, self._providers(plan.retailer), self._adapters):
            log.error("plan.provider_gone", **where, provider=provider, steps=steps)
        return plan

    def _providers(self, retailer: str) -> Mapping[str, ProviderSpec]:
        known = self._book.retailers.get(retailer)
        return known.providers if known is not None else {}

    def _note(self, digest: str, reason: str) -> None:
        """What cannot be compiled once cannot be by this process: it is not tried again."""
        if len(self._broken) >= self._kept:
            del self._broken[next(iter(self._broken))]
        self._broken[digest] = reason

    def _keep(self, digest: str, plan: Plan) -> None:
        now = self._clock.monotonic()
        self._stored[digest] = plan, now
        self._stored.move_to_end(digest)
        while len(self._stored) > self._kept:
            oldest, (_, used) = next(iter(self._stored.items()))
            if now - used < IN_USE.total_seconds():
                return
            del self._stored[oldest]


def gone(
    plan: Plan, providers: Mapping[str, ProviderSpec], adapters: Adapters
) -> Iterator[tuple[str, list[str]]]:
    """The providers that a plan calls and its retailer's file has no more, with the steps."""
    found: dict[str, list[str]] = {}
    for step in plan.steps.values():
        operation = step.definition.operation
        if step.policy is None or operation is None:
            continue
        for name in step.policy.providers:
            spec = providers.get(name)
            if spec is None or not adapters.load(spec.adapter).offers(operation.key):
                found.setdefault(name, []).append(step.name)
    yield from found.items()
