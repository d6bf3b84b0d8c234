"""What one piece of due work needs before it is sent: who serves it, and its write-ahead."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextvars import Context
from dataclasses import dataclass
from typing import Protocol

from msgspec.structs import replace

from unshackled.domain.checkout import Checkout, reference_of
from unshackled.domain.events.event import Event
from unshackled.domain.events.step_events import StepStarted
from unshackled.domain.provider_problem import ProviderProblem
from unshackled.flow.engine import commands as c
from unshackled.flow.engine.doubt import lease_from, retry_at, way_out
from unshackled.flow.engine.due import Work
from unshackled.flow.engine.route_choice import RouteChoice, RouteRequest, ask_of, servers
from unshackled.flow.engine.vendor_problems import first_trace
from unshackled.flow.plan.personal_data.device_holding import step_claims
from unshackled.flow.plan.plan import Plan, PlannedStep
from unshackled.flow.plan.sums import moving, sum_of, takers
from unshackled.flow.runtime.provider_caller import ProviderCaller
from unshackled.telemetry import current_trace_id


class Turn(Protocol):
    """The turn that the work is part of."""

    caller: ProviderCaller
    context: Context | None
    taken_claims: frozenset[str]
    events: list[Event]
    to_send: list[Work]

    def apply(self, command: c.Command) -> bool:
        """Decide one command; whether anything came of it."""
        ...


@dataclass(slots=True, kw_only=True)
class WorkPreparation:
    """Prepares the due work of one run: `checkout` is the purchase, or the view of a case."""

    turn: Turn
    plan: Plan
    checkout: Checkout
    run: str | None = None

    def prepare(self, work: Work) -> bool:
        """Write ahead, or note for sending; whether the checkout is another one for it."""
        if work.what == "call":
            return self._call(work)
        if work.what == "doubt":
            return self._doubt(work)
        self.turn.to_send.append(work)
        return False

    def _apply(self, command: c.Command) -> bool:
        """Decide it on the run that is prepared."""
        return self.turn.apply(command if self.run is None else replace(command, run=self.run))

    def _call(self, work: Work) -> bool:
        step = self.plan.steps[work.step]
        if self._is_gone(step, work.candidates):
            return self._apply(c.Unserved(step=work.step, generation=work.generation))
        able = self._takers(step, work.candidates)
        if not able and self._beyond(step):
            return self._apply(c.NotTaken(step=work.step, generation=work.generation))
        return self._pick(work, step, able)

    def _pick(self, work: Work, step: PlannedStep, able: tuple[str, ...]) -> bool:
        """Let one of those that take it serve the step, or say that none can."""
        ask = ask_of(self.plan, self.checkout, step, able)
        picks = self._picks(work, ask)
        if ask is not None and ask.pinned and picks and picks[0].provider != ask.current:
            return self._move(work, str(ask.current)) or self._unreachable(work)
        if not picks:
            return self._unreachable(work)
        picked = replace(work, provider=picks[0].provider, why=picks[0].why)
        if step.is_effect:
            if self._is_taken(step):
                return self._apply(c.DeviceTaken(step=work.step, generation=work.generation))
            return self._write_ahead(picked)
        self.turn.to_send.append(picked)
        return False

    def _is_gone(self, step: PlannedStep, names: Sequence[str]) -> bool:
        """Whether the provider that did it for the sale is no more, or cannot do what follows."""
        operation, account = step.definition.operation, self.checkout.account
        if not step.follows_sale or operation is None:
            return False
        offers = self.turn.caller.backends.offers
        return not any(offers(account, name, operation.key) for name in names)

    def _is_taken(self, step: PlannedStep) -> bool:
        """Whether another checkout holds the step's device."""
        if not self.turn.taken_claims:
            return False
        return step in self.plan.claiming and not self.turn.taken_claims.isdisjoint(
            step_claims(self.checkout, step)
        )

    def _takers(self, step: PlannedStep, names: Sequence[str]) -> tuple[str, ...]:
        """Those of the providers that take the step's sum of money, where it has one."""
        operation = step.definition.operation
        if operation is None or operation.moves is None or self.run is not None:
            return tuple(names)  # a case moves what it is about, never the sums of the sale
        return takers(
            names,
            moving(self.plan, step),
            self.checkout.currency,
            sum_of(operation.moves, self.checkout.package, self.checkout.quote),
            lambda name: self.turn.caller.backends.ranges(self.checkout.account, name),
        )

    def _beyond(self, step: PlannedStep) -> bool:
        """Whether the step's sum of money is one that no provider of it takes."""
        names = servers(self.checkout, step, step.policy) if step.policy is not None else ()
        return bool(names) and not self._takers(step, names)

    def _picks(self, work: Work, ask: RouteRequest | None) -> Sequence[RouteChoice]:
        backends = self.turn.caller.backends
        if ask is not None:
            return backends.picks(ask)
        able = [name for name in work.candidates if backends.admits(self.checkout.account, name)]
        return [RouteChoice(name, "follows") for name in able]

    def _move(self, work: Work, provider: str) -> bool:
        down = provider in self.checkout.steps[work.step].down
        return self._apply(
            c.Reroute(
                step=work.step,
                generation=work.generation,
                provider=provider,
                reason="out_of_reach" if down else "taken_out",
            )
        )

    def _unreachable(self, work: Work) -> bool:
        step, attempt = self.plan.steps[work.step], self.checkout.steps[work.step].attempt
        now, random = self.turn.caller.clock.now(), self.turn.caller.random
        return self._apply(
            c.Unreachable(
                step=work.step,
                generation=work.generation,
                code="provider_unavailable",
                retry_at=retry_at(step, attempt, now, random),
                problems=tuple(self._turned_away(work, step)),
            )
        )

    def _turned_away(self, work: Work, step: PlannedStep) -> Iterator[ProviderProblem]:
        """Why each provider that could serve the step is not asked."""
        operation, state = step.definition.operation, self.checkout.steps[work.step]
        begun = self.turn.context.run(current_trace_id) if self.turn.context is not None else None
        for provider in work.candidates:
            why = self.turn.caller.backends.turned_away(self.checkout.account, provider)
            yield ProviderProblem(
                at=self.turn.caller.clock.now(),
                outcome="unreachable",
                code=why or "disabled",
                provider=provider,
                operation=operation.key if operation else "",
                reference=reference_of(
                    self.checkout.id, self.checkout.run, step.name, state.generation, provider
                ),
                trace_id=begun or first_trace(self.checkout),
                attempt=state.attempt + 1,
            )

    def _doubt(self, work: Work) -> bool:
        operation = self.plan.steps[work.step].definition.operation
        if operation is None:
            return False
        doubt = self.turn.caller.backends.doubt(
            self.checkout.account, work.provider or "", operation.key
        )
        state, now = self.checkout.steps[work.step], self.turn.caller.clock.now()
        way = way_out(
            doubt,
            since=state.first_sent_at or now,
            now=now,
            wanted=self.checkout.canceled is None,
            refused=state.code == "refused",
        )
        if way == "resend":
            return self._write_ahead(replace(work, what="call"))
        if way == "manual":
            return self._apply(c.Escalate(step=work.step, reference=work.reference or ""))
        self.turn.to_send.append(work)
        return False

    def _write_ahead(self, work: Work) -> bool:
        lease = lease_from(self.turn.caller.clock.now(), self.plan.steps[work.step].timeout)
        start = c.Start(
            step=work.step,
            generation=work.generation,
            provider=work.provider or "",
            send_by=lease.send_by,
            give_up_at=lease.give_up_at,
            why=work.why,
        )
        known = len(self.turn.events)
        self._apply(start)
        new = self.turn.events[known:]
        if any(self._begins(event, work) for event in new):
            self.turn.to_send.append(replace(work, reference=None))
        return bool(new)

    def _begins(self, event: Event, work: Work) -> bool:
        mine = isinstance(event, StepStarted) and event.step == work.step
        return mine and event.run == self.run
