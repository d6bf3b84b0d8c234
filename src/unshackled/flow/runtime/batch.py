"""One turn of a checkout: what was decided, what one append will hold, what is sent after it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from msgspec.structs import replace

from unshackled.domain.bounds import cut
from unshackled.domain.checkout import Checkout, reference_of
from unshackled.domain.events.checkout_events import (
    CheckoutCompleted,
    CheckoutCreated,
    InputReceived,
    PackageChanged,
)
from unshackled.domain.events.event import Event
from unshackled.domain.events.privacy_events import PersonalErased
from unshackled.domain.events.step_events import StepPassed, StepStarted
from unshackled.domain.events.waiting_events import StepPending
from unshackled.domain.provider_problem import ProviderProblem
from unshackled.flow.engine import commands as c
from unshackled.flow.engine.attention import attention_of
from unshackled.flow.engine.decide import Decision, create, decide
from unshackled.flow.engine.doubt import lease_from, retry_at, way_out
from unshackled.flow.engine.draft import Rejected
from unshackled.flow.engine.due import Work, due
from unshackled.flow.engine.route_choice import RouteChoice, RouteRequest, ask_of, servers
from unshackled.flow.engine.size_limits import require_room
from unshackled.flow.engine.status import status_of
from unshackled.flow.engine.vendor_problems import first_trace
from unshackled.flow.plan.personal_data.device_holding import claims_of, step_claims
from unshackled.flow.plan.personal_data.retention_law import look_at
from unshackled.flow.plan.personal_data.search_terms import found_by, tells_the_same
from unshackled.flow.plan.plan import Plan, PlannedStep
from unshackled.flow.plan.sums import moving, sum_of, takers
from unshackled.flow.runtime.provider_caller import ProviderCaller
from unshackled.store.stored_records import Change, EventRow, IdempotencyRecord
from unshackled.telemetry import current_trace_id

# Events that may change what a checkout is found by, whatever the step.
TELLING: Final = frozenset({CheckoutCreated, CheckoutCompleted, PackageChanged, PersonalErased})
BY_STEP: Final = (StepPassed, InputReceived)


@dataclass(slots=True, kw_only=True)
class QueuedCommand:
    """A command on its way into a checkout, and who waits for it.

    `expect` is the version an If-Match names; `begin` creates the checkout.
    """

    command: c.Command | None = None
    begin: CheckoutCreated | None = None
    expect: int | None = None
    idempotency: IdempotencyRecord | None = None
    done: asyncio.Future[Checkout] | None = None
    context: Context = field(default_factory=copy_context)

    def fail(self, error: Exception) -> None:
        """Tell who waits that it was not done."""
        if self.done is not None and not self.done.done():
            self.done.set_exception(error)

    def succeed(self, checkout: Checkout) -> None:
        """Tell who waits that it is committed."""
        if self.done is not None and not self.done.done():
            self.done.set_result(checkout)


@dataclass(slots=True, kw_only=True)
class CommandBatch:
    """Decides commands onto a snapshot, one after the other; nothing is sent before the commit.

    `loaded` says that the snapshot was read for this turn, not remembered; `taken_claims` are
    devices that another checkout was found to hold in this turn.
    """

    plan: Plan
    caller: ProviderCaller
    checkout: Checkout | None
    busy: frozenset[tuple[Any, ...]] = frozenset()
    loaded: bool = False
    taken_claims: frozenset[str] = frozenset()
    events: list[Event] = field(default_factory=list)
    taken: list[QueuedCommand] = field(default_factory=list)
    refused: list[tuple[QueuedCommand, Rejected]] = field(default_factory=list)
    to_send: list[Work] = field(default_factory=list)
    context: Context | None = None
    idempotency: IdempotencyRecord | None = None
    looked: tuple[Checkout, datetime | None] | None = None
    refusal: Rejected | None = None
    noted: list[tuple[str, ProviderProblem]] = field(default_factory=list)
    base: Checkout | None = field(init=False)

    def __post_init__(self) -> None:
        """Remember what it began with."""
        self.base = self.checkout

    def take(self, item: QueuedCommand) -> None:
        """One item; a rejection changes nothing, and is answered once the snapshot is current."""
        before, known = self.checkout, len(self.events)
        try:
            if item.begin is not None:
                decision = create(self.plan, item.begin, self.caller.clock.now())
                self.checkout = decision.checkout
                self.events.extend(decision.events)
            elif item.command is not None:
                self._require(item.expect)
                self.apply(item.command)
            require_room(self.checkout, item.command, self.plan)
        except Rejected as rejection:
            self.checkout = before
            del self.events[known:]
            self.refused.append((item, rejection))
            return
        self.context = item.context
        if self.refusal is not None:
            self.refused.append((item, self.refusal))
            return
        self.taken.append(item)
        self.idempotency = item.idempotency or self.idempotency

    @property
    def writes(self) -> bool:
        """Whether there is something to append; else no compare-and-swap proves the snapshot."""
        return bool(self.events) or self.idempotency is not None

    def answer(self, checkout: Checkout) -> None:
        """Tell everybody who waits."""
        for item in self.taken:
            item.succeed(checkout)
        self.refuse()

    def refuse(self) -> None:
        """Tell who asked for what cannot be."""
        for item, rejection in self.refused:
            item.fail(rejection)

    def _require(self, version: int | None) -> None:
        if version is not None and self.checkout is not None and version != self.checkout.version:
            raise Rejected(
                "version_mismatch", "If-Match names another version than the present one"
            )

    def apply(self, command: c.Command) -> bool:
        """Decide one command; whether anything came of it."""
        if self.checkout is None:
            return False
        decision = self.decision(self.checkout, command)
        self.refusal = decision.refusal
        self.checkout = decision.checkout
        self.events.extend(decision.events)
        self.noted.extend(decision.noted)
        return bool(decision.events)

    def decision(self, checkout: Checkout, command: c.Command) -> Decision:
        """What a command leads to."""
        return decide(self.plan, checkout, command, self.caller.clock.now())

    def prepare(self) -> None:
        """Write ahead what became due; what needs no write-ahead is only noted for sending."""
        for _ in range(len(self.plan.steps) + 1):
            if self.checkout is None:
                return
            works, wake_at = due(self.plan, self.checkout, self.caller.clock.now())
            self.looked = self.checkout, wake_at
            noted = {work.key for work in self.to_send} | self.busy
            fresh = [work for work in works if work.key not in noted]
            changed = [self._prepare(self.checkout, work) for work in fresh]
            if not any(changed):
                return

    def wake_at(self, checkout: Checkout) -> datetime | None:
        """When the runner must look again, as `prepare` saw it last."""
        if self.looked is not None and self.looked[0] is checkout:
            return self.looked[1]
        return due(self.plan, checkout, self.caller.clock.now())[1]

    def _prepare(self, checkout: Checkout, work: Work) -> bool:
        if work.what == "call":
            return self._prepare_call(checkout, work)
        if work.what == "doubt":
            return self._prepare_doubt(checkout, work)
        self.to_send.append(work)
        return False

    def _prepare_call(self, checkout: Checkout, work: Work) -> bool:
        step = self.plan.steps[work.step]
        able = self._takers(checkout, step, work.candidates)
        if not able and self._beyond(checkout, step):
            return self.apply(c.NotTaken(step=work.step, generation=work.generation))
        ask = ask_of(self.plan, checkout, step, able)
        picks = self._picks(checkout, work, ask)
        if ask is not None and ask.pinned and picks and picks[0].provider != ask.current:
            return self._move(checkout, work, str(ask.current)) or self._unreachable(checkout, work)
        if not picks:
            return self._unreachable(checkout, work)
        picked = replace(work, provider=picks[0].provider, why=picks[0].why)
        if step.is_effect:
            if self._is_taken(checkout, step):
                return self.apply(c.DeviceTaken(step=work.step, generation=work.generation))
            return self._write_ahead(picked)
        self.to_send.append(picked)
        return False

    def _is_taken(self, checkout: Checkout, step: PlannedStep) -> bool:
        """Whether another checkout holds the step's device."""
        if not self.taken_claims:
            return False
        return step in self.plan.claiming and not self.taken_claims.isdisjoint(
            step_claims(checkout, step)
        )

    def _takers(
        self, checkout: Checkout, step: PlannedStep, names: Sequence[str]
    ) -> tuple[str, ...]:
        """Those of the providers that take the step's sum of money, where it has one."""
        operation = step.definition.operation
        if operation is None or operation.moves is None:
            return tuple(names)
        return takers(
            names,
            moving(self.plan, step),
            checkout.currency,
            sum_of(operation.moves, checkout.package, checkout.quote),
            lambda name: self.caller.backends.ranges(checkout.account, name),
        )

    def _beyond(self, checkout: Checkout, step: PlannedStep) -> bool:
        """Whether the step's sum of money is one that no provider of it takes."""
        names = servers(checkout, step, step.policy) if step.policy is not None else ()
        return bool(names) and not self._takers(checkout, step, names)

    def _picks(
        self, checkout: Checkout, work: Work, ask: RouteRequest | None
    ) -> Sequence[RouteChoice]:
        backends = self.caller.backends
        if ask is not None:
            return backends.picks(ask)
        able = [name for name in work.candidates if backends.admits(checkout.account, name)]
        return [RouteChoice(name, "follows") for name in able]

    def _move(self, checkout: Checkout, work: Work, provider: str) -> bool:
        down = provider in checkout.steps[work.step].down
        return self.apply(
            c.Reroute(
                step=work.step,
                generation=work.generation,
                provider=provider,
                reason="out_of_reach" if down else "taken_out",
            )
        )

    def _unreachable(self, checkout: Checkout, work: Work) -> bool:
        step, attempt = self.plan.steps[work.step], checkout.steps[work.step].attempt
        now, random = self.caller.clock.now(), self.caller.random
        return self.apply(
            c.Unreachable(
                step=work.step,
                generation=work.generation,
                code="provider_unavailable",
                retry_at=retry_at(step, attempt, now, random),
                problems=tuple(self._turned_away(checkout, work, step)),
            )
        )

    def _turned_away(
        self, checkout: Checkout, work: Work, step: PlannedStep
    ) -> Iterator[ProviderProblem]:
        """Why each provider that could serve the step is not asked."""
        operation, state = step.definition.operation, checkout.steps[work.step]
        begun = self.context.run(current_trace_id) if self.context is not None else None
        for provider in work.candidates:
            why = self.caller.backends.turned_away(checkout.account, provider)
            yield ProviderProblem(
                at=self.caller.clock.now(),
                outcome="unreachable",
                code=why or "disabled",
                provider=provider,
                operation=operation.key if operation else "",
                reference=reference_of(
                    checkout.id, checkout.run, step.name, state.generation, provider
                ),
                trace_id=begun or first_trace(checkout),
                attempt=state.attempt + 1,
            )

    def _prepare_doubt(self, checkout: Checkout, work: Work) -> bool:
        operation = self.plan.steps[work.step].definition.operation
        if operation is None:
            return False
        doubt = self.caller.backends.doubt(checkout.account, work.provider or "", operation.key)
        state, now = checkout.steps[work.step], self.caller.clock.now()
        way = way_out(
            doubt,
            since=state.first_sent_at or now,
            now=now,
            wanted=checkout.canceled is None,
            refused=state.code == "refused",
        )
        if way == "resend":
            return self._write_ahead(replace(work, what="call"))
        if way == "manual":
            return self.apply(c.Escalate(step=work.step, reference=work.reference or ""))
        self.to_send.append(work)
        return False

    def _write_ahead(self, work: Work) -> bool:
        lease = lease_from(self.caller.clock.now(), self.plan.steps[work.step].timeout)
        start = c.Start(
            step=work.step,
            generation=work.generation,
            provider=work.provider or "",
            send_by=lease.send_by,
            give_up_at=lease.give_up_at,
            why=work.why,
        )
        known = len(self.events)
        self.apply(start)
        new = self.events[known:]
        if any(isinstance(event, StepStarted) and event.step == work.step for event in new):
            self.to_send.append(replace(work, reference=None))
        return bool(new)

    def change(self, checkout: Checkout, wake_at: datetime | None) -> Change:
        """The one append of this turn, with `checkout` as its new snapshot."""
        status, settled = status_of(self.plan, checkout, checkout.updated_at)
        rows = [
            EventRow(
                checkout=checkout.id,
                retailer=checkout.account,
                version=checkout.version,
                index=index,
                type=event.type,
                at=checkout.updated_at,
                data=cut(event.public()),
            )
            for index, event in enumerate(self.events)
        ]
        return Change(
            checkout=checkout,
            expected=checkout.version - 1,
            events=rows,
            status=status,
            settled=settled,
            wake_at=wake_at,
            references=list(_references(self.events)),
            idempotency=self.idempotency,
            attention=attention_of(checkout),
            lookups=self._lookups(checkout),
            erase_at=look_at(self.plan, checkout) if settled else None,
            claims=self._claims(checkout),
        )

    def _claims(self, checkout: Checkout) -> tuple[str, ...] | None:
        """The devices that the checkout holds now, where these are not those of before."""
        if not self.plan.claiming:
            return None
        claims = claims_of(self.plan, checkout)
        before = claims_of(self.plan, self.base) if self.base is not None else ()
        return claims if claims != before else None

    def _lookups(self, checkout: Checkout) -> Mapping[str, Sequence[str]] | None:
        """All that the checkout can be found by, where that is not what it was before."""
        if not self._tells_who():
            return None
        if self.base is not None and tells_the_same(self.plan, self.base, checkout):
            return None
        return found_by(self.plan, checkout)

    def _tells_who(self) -> bool:
        """Whether an event may change what the checkout is found by."""
        for event in self.events:
            kind = event.__class__
            if kind in TELLING:
                return True
            if isinstance(event, BY_STEP) and event.step in self.plan.searched:
                return True
        return False


def _references(events: Iterable[Event]) -> Iterator[str]:
    """What a callback may name from now on."""
    for event in events:
        if isinstance(event, StepStarted | StepPending) and event.reference is not None:
            yield event.reference
