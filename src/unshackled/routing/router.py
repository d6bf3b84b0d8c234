"""The router of this process: what operators set, what was measured, and what comes of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any, Final

from unshackled.domain.clock import Clock
from unshackled.domain.records import Record, replace
from unshackled.errors import Conflict, ProviderError, StoreError, Undecided
from unshackled.flow.engine.route_choice import (
    UNTOUCHED,
    RankingInputs,
    RouteChoice,
    RouteRequest,
    RouteState,
    ranked,
    shares_of,
)
from unshackled.flow.language.policy import Policy
from unshackled.outbound import Shed
from unshackled.ports.call_context import Call
from unshackled.ports.outcome import Declined
from unshackled.routing.measures import Measures, ProviderCost
from unshackled.routing.settings_view import SettingsView
from unshackled.routing.shadow import Candidate, Served, Shadows
from unshackled.routing.tally import ParityTally
from unshackled.routing.watch import CutBackReason, Watch
from unshackled.store.side_tables import SideTables
from unshackled.store.side_tables.parity_counts import ProviderPair
from unshackled.store.side_tables.routing_settings import (
    RoutingSetting,
)
from unshackled.telemetry import get_logger, survive, whose

log = get_logger(__name__)
REFRESH_SECONDS: Final = 1.0
FLUSH_EVERY: Final = 5
CUT_BACK: Final = "cut-back"

Settle = Callable[[RoutingSetting, CutBackReason], Awaitable[None]]


class Routed(Record):
    """A retailer's route with the policy that the file has now."""

    retailer: str
    policy: Policy


@dataclass(kw_only=True)
class Router:
    """Ranks providers, watches candidates and runs shadows.

    `policies` are today's by retailer and route; `prices` what providers take. What operators set
    is in `settings`, read from the store every second.
    """

    tables: SideTables
    clock: Clock
    random: Random
    policies: Mapping[tuple[str, str], Policy]
    prices: Mapping[tuple[str, str], ProviderCost] = field(default_factory=dict)
    on_cut_back: Settle | None = None

    def __post_init__(self) -> None:
        self.settings = SettingsView(self.tables.routing_settings, self.clock)
        self.parity = self.tables.parity
        self.measures = Measures(self.clock)
        self.tally = ParityTally()
        self.shadows = Shadows(
            clock=self.clock, random=self.random, tally=self.tally, differed=self._compared
        )
        self._watches: dict[tuple[str, str, str], Watch] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def knows(self, retailer: str, provider: str) -> bool:
        """Whether a retailer's file has such a provider."""
        return (retailer, provider) in self.prices

    # Picking

    def rank(self, ask: RouteRequest) -> tuple[RouteChoice, ...]:
        """The candidates in the order in which they are tried."""
        policy = self.policies.get((ask.retailer, ask.policy.route))
        if policy is not None and policy.how == ask.policy.how:
            ask = replace(ask, policy=policy)
        return ranked(ask, self._board(ask))

    def _state(self, retailer: str, name: str) -> RouteState:
        """The settings of a route as a ranking wants them."""
        found = self.settings.route(retailer, name)
        return RouteState(weights=found.weights, closed=frozenset(found.closed))

    def _board(self, ask: RouteRequest) -> RankingInputs:
        state = self._state(ask.retailer, ask.policy.route) if ask.policy.route else UNTOUCHED
        if ask.policy.how != "best":
            return RankingInputs(state=state)
        scores = {
            name: self.measures.score(
                ask.retailer,
                name,
                ask.operation,
                price=self.prices.get((ask.retailer, name), ProviderCost()),
                amount=ask.amount,
            )
            for name in ask.candidates
        }
        return RankingInputs(state=state, scores=scores)

    # What came of it

    def answered(self, retailer: str, provider: str, operation: str, call: Call, out: Any) -> None:
        """A provider gave an outcome."""
        self.measures.note(retailer, provider, operation, good=not isinstance(out, Declined))
        self._called(retailer, provider, call, failed=False)

    def shadow(self, served: Served, candidate: Callable[[str], Candidate | None]) -> None:
        """Ask the other provider the same, where the route has a shadow."""
        policy = self.policies.get((served.retailer, served.call.route or ""))
        if policy is not None:
            self.shadows.beside(policy, served, candidate)

    def failed(
        self, retailer: str, provider: str, operation: str, call: Call, error: ProviderError
    ) -> None:
        """A provider gave no outcome; what we shed ourselves says nothing about it."""
        if isinstance(error, Shed | Undecided):
            return
        self.measures.note(retailer, provider, operation, good=False)
        self._called(retailer, provider, call, failed=True)

    def _called(self, retailer: str, provider: str, call: Call, *, failed: bool) -> None:
        watch = self._watch(retailer, call.route, provider)
        if watch is not None:
            watch.called(self.clock.monotonic(), failed=failed)
            self._judge(retailer, str(call.route), provider, watch)

    def _compared(self, pair: ProviderPair, differs: bool) -> None:  # noqa: FBT001 - a callback
        watch = self._watch(pair.retailer, pair.route, pair.candidate)
        if watch is not None:
            watch.compared(self.clock.monotonic(), differs=differs)
            self._judge(pair.retailer, pair.route, pair.candidate, watch)

    def _watch(self, retailer: str, route: str | None, provider: str) -> Watch | None:
        policy = self.policies.get((retailer, route or ""))
        if policy is None or policy.cut_back is None or provider == policy.providers[0]:
            return None
        watch = self._watches.setdefault((retailer, policy.route, provider), Watch())
        version = self.settings.entry(retailer, "route", policy.route).version
        if watch.version != version:  # somebody set it anew: what was before must not count again
            watch.forget()
            watch.version = version
        return watch

    def _judge(self, retailer: str, route: str, provider: str, watch: Watch) -> None:
        policy = self.policies[retailer, route]
        if policy.cut_back is None or self.share(retailer, route, provider) <= 0:
            return
        verdict = watch.verdict(policy.cut_back, self.clock.monotonic())
        if verdict is None:
            return
        watch.forget()
        task = asyncio.get_running_loop().create_task(
            self._cut_back(retailer, policy, provider, verdict)
        )
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def share(self, retailer: str, route: str, provider: str) -> float:
        """The percent that a provider of a split has now."""
        policy = self.policies[retailer, route]
        weights = self.shares(retailer, policy)
        return weights.get(provider, 0.0)

    def shares(self, retailer: str, policy: Policy) -> dict[str, float]:
        """The percent of every provider of a split."""
        return shares_of(policy, self.settings.route(retailer, policy.route).weights)

    async def _cut_back(
        self, retailer: str, policy: Policy, provider: str, verdict: CutBackReason
    ) -> None:
        """Give the candidate's share to the first provider, and tell everybody."""
        reason = f"{provider}: {verdict}"
        log.error("route.cut_back", **whose(retailer), route=policy.route, why=reason)
        try:
            await self.settings.refresh()
            entry = self.settings.entry(retailer, "route", policy.route)
            shares = self.shares(retailer, policy)
            moved = shares.get(provider, 0.0)
            if moved <= 0:
                return
            first = policy.providers[0]
            weights = {**shares, provider: 0.0, first: shares.get(first, 0.0) + moved}
            settings = replace(self.settings.route(retailer, policy.route), weights=weights)
            changed = await self.settings.put(entry, settings, by=CUT_BACK, reason=reason)
            if self.on_cut_back is not None:
                await self.on_cut_back(changed, verdict)
        except Conflict:
            log.info("route.cut_back_elsewhere", **whose(retailer), route=policy.route)
        except StoreError as error:
            log.warning("route.cut_back_failed", route=policy.route, error=str(error))

    # Living

    async def run(self) -> None:
        """Follow what is set, write parity down, and tell of shadows that do not run; for ever."""
        rounds = 0
        while True:
            await self.clock.sleep(REFRESH_SECONDS)
            rounds += 1
            await survive("routing", self._round(flush=rounds % FLUSH_EVERY == 0))

    async def _round(self, *, flush: bool) -> None:
        """Shadows that do not run are reported while the store is unavailable, too."""
        self.shadows.alarm()
        await self.settings.refresh()
        if flush:
            await self.flush()

    async def flush(self) -> None:
        """Write down what was compared; raises `StoreUnavailable`, and then keeps it."""
        taken = self.tally.take()
        try:
            await self.parity.add(taken.counted(), self.clock.now())
        except StoreError:
            self.tally.put_back(taken)
            raise

    async def settle(self) -> None:
        """Wait for shadows and cut-backs under way."""
        await self.shadows.settle()
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def close(self) -> None:
        """End the shadows, finish the cut-backs, and write down what was counted."""
        await self.shadows.close()
        await self.settle()
        try:
            await self.flush()
        except StoreError as error:
            log.warning("routing.store_away", error=str(error))

    def all_shares(self) -> Iterator[tuple[str, str, str, float]]:
        """(retailer, route, provider, percent) of every split."""
        for (retailer, route), policy in self.policies.items():
            if policy.how == "split":
                for provider, percent in self.shares(retailer, policy).items():
                    yield retailer, route, provider, percent

    def all_shadows(self) -> Iterator[tuple[str, str, str, float]]:
        """(retailer, route, candidate, 1 or 0) of every shadow that had something to ask."""
        for (retailer, route), policy in self.policies.items():
            running = self.shadows.running(retailer, route)
            if policy.shadow is not None and running is not None:
                yield retailer, route, policy.shadow.candidate, float(running)

    def routes(self) -> Iterator[Routed]:
        """Every route, by retailer and name."""
        for (retailer, _), policy in sorted(self.policies.items()):
            yield Routed(retailer=retailer, policy=policy)
