"""Asks a candidate beside the provider that serves, and compares; no customer waits for it.

Queries are asked as they are. Effects are tried only where the candidate has a dry run of them.
"""

from __future__ import annotations

import asyncio
import hashlib
from base64 import b32encode
from collections.abc import Awaitable, Callable
from contextvars import Context
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any, Final

from unshackled.domain.clock import Clock
from unshackled.domain.records import Record, replace
from unshackled.errors import ProviderError
from unshackled.flow.language.policy import WHOLE, Policy, Shadow
from unshackled.ports import all_operations
from unshackled.ports.call_context import Call
from unshackled.routing.compare import compared
from unshackled.routing.tally import ParityTally
from unshackled.sdk import Adapter
from unshackled.store.side_tables.parity_counts import ProviderPair
from unshackled.telemetry import Where, get_logger, problem_of, tell_problem, whose

log = get_logger(__name__)
AT_ONCE: Final = 16
REMIND: Final = timedelta(minutes=5)

Send = Callable[[Call], Awaitable[Any]]


class Served(Record, kw_only=False):
    """A call as the engine made it, and what came of it."""

    retailer: str
    provider: str
    operation: str
    call: Call
    outcome: Any


class Candidate(Record):
    """How another provider is asked the same, and whether it may be asked now."""

    send: Send
    admitted: bool


def can_shadow(adapter: Adapter, operation: str) -> bool:
    """A query is asked; an effect is tried where the candidate can do so without doing it."""
    effect = all_operations()[operation].effect
    return adapter.offers(operation) and (not effect or operation in adapter.dry_runs)


@dataclass(slots=True)
class Pulse:
    """Whether a configured shadow runs: what should have been asked, and what was answered."""

    since: float
    shadow: Shadow
    wanted: int = 0
    answered_at: float | None = None
    told_at: float | None = None
    why: str = "nothing was answered"

    def idle(self, now: float) -> bool:
        """Whether it is configured and does not run."""
        last = self.since if self.answered_at is None else self.answered_at
        patience = self.shadow.alarm_after.total_seconds()
        return self.wanted >= self.shadow.alarm_calls and now - last >= patience


@dataclass(kw_only=True)
class Shadows:
    """Every shadow call of this process. `differed` hears of each comparison, by its pair."""

    clock: Clock
    random: Random
    tally: ParityTally
    differed: Callable[[ProviderPair, bool], None]
    _jobs: set[asyncio.Task[None]] = field(default_factory=set)
    _pulses: dict[tuple[str, str], Pulse] = field(default_factory=dict)

    def beside(
        self, policy: Policy, served: Served, candidate: Callable[[str], Candidate | None]
    ) -> None:
        """Ask whoever did not serve the same, where the policy has a shadow and it can be asked.

        `candidate` is how a provider of the route is asked, by its name.
        """
        shadow = policy.shadow
        if shadow is None:
            return
        # Where the candidate serves already, the first provider is asked what it would have said.
        turned = served.provider == shadow.candidate
        name = policy.providers[0] if turned else shadow.candidate
        other = candidate(name)
        if other is None:
            return
        pair = ProviderPair(
            retailer=served.retailer,
            route=policy.route,
            live=name if turned else served.provider,
            candidate=shadow.candidate,
            operation=served.operation,
        )
        able = other.send if other.admitted else None
        self.ask(pair, shadow, served.call, served.outcome, able, turned=turned)

    def ask(
        self,
        pair: ProviderPair,
        shadow: Shadow,
        call: Call,
        live: Any,
        send: Send | None,
        *,
        turned: bool = False,
    ) -> None:
        """Ask the candidate what was just answered; `send` None where it cannot be asked now.

        `turned`: the candidate was who answered, and the other one is asked.
        """
        if shadow.sample < WHOLE and self.random.random() * WHOLE >= shadow.sample:
            return
        pulse = self._pulse(pair, shadow)
        pulse.wanted += 1
        if send is None or len(self._jobs) >= AT_ONCE:
            pulse.why = "it is out, or its breaker is open" if send is None else "it is too slow"
            self.tally.add(pair, "skipped")
            return
        job = self._run(pair, shadow, _shadowed(call), live, send, turned=turned)
        # A context of its own: the deadline of the customer's call must not end it.
        task = asyncio.get_running_loop().create_task(job, context=Context())
        self._jobs.add(task)
        task.add_done_callback(self._jobs.discard)

    async def _run(
        self, pair: ProviderPair, shadow: Shadow, call: Call, live: Any, send: Send, *, turned: bool
    ) -> None:
        pulse = self._pulse(pair, shadow)
        try:
            answer = await send(call)
        except ProviderError as error:
            problem = problem_of(
                error,
                at=self.clock.now(),
                provider=pair.live if turned else pair.candidate,
                operation=pair.operation,
                kind="shadow",
            )
            tell_problem(log, None, Where(account=pair.retailer), problem)
            pulse.why = type(error).__name__
            self.tally.add(pair, "failed")
            return
        except Exception as error:  # noqa: BLE001 - a candidate's bug is its own
            log.warning("shadow.broken", candidate=pair.candidate, kind=type(error).__name__)
            pulse.why = type(error).__name__
            self.tally.add(pair, "failed")
            return
        pair_of = (answer, live) if turned else (live, answer)
        differences = compared(*pair_of, shadow)
        pulse.answered_at, pulse.wanted = self.clock.monotonic(), 0
        self.tally.add(pair, "differed" if differences else "agreed", differences)
        self.differed(pair, bool(differences))

    def _pulse(self, pair: ProviderPair, shadow: Shadow) -> Pulse:
        key = (pair.retailer, pair.route)
        return self._pulses.setdefault(key, Pulse(since=self.clock.monotonic(), shadow=shadow))

    def running(self, retailer: str, route: str) -> bool | None:
        """Whether a route's shadow runs; None while too little was served to say."""
        pulse = self._pulses.get((retailer, route))
        if pulse is None:
            return None
        if pulse.idle(self.clock.monotonic()):
            return False
        return True if pulse.answered_at is not None else None

    def alarm(self) -> list[tuple[str, str]]:
        """The shadows that are configured and do not run; each is logged, again and again."""
        now, found = self.clock.monotonic(), []
        for (retailer, route), pulse in self._pulses.items():
            if not pulse.idle(now):
                pulse.told_at = None
                continue
            found.append((retailer, route))
            if pulse.told_at is None or now - pulse.told_at >= REMIND.total_seconds():
                pulse.told_at = now
                log.error(
                    "shadow.not_running",
                    **whose(retailer),
                    route=route,
                    calls=pulse.wanted,
                    why=pulse.why,
                )
        return found

    async def settle(self) -> None:
        """Wait for what is under way."""
        while self._jobs:
            await asyncio.gather(*self._jobs, return_exceptions=True)

    async def close(self) -> None:
        """End what is under way: no request waits for it."""
        for job in self._jobs:
            job.cancel()
        await asyncio.gather(*self._jobs, return_exceptions=True)


def _shadowed(call: Call) -> Call:
    """The same call under a reference of its own, which calls no one back and does nothing."""
    own = hashlib.sha256(f"{call.reference}.shadow".encode()).digest()[:20]
    return replace(
        call,
        reference=b32encode(own).decode()[:26],
        callback_url="",
        handle=None,
        follows=None,
        dry_run=True,
    )
