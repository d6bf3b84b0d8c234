"""One turn of a checkout: what was decided, what one append will hold, what is sent after it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from unshackled.domain.bounds import cut
from unshackled.domain.case_opening import CaseWish
from unshackled.domain.checkout import Checkout
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
from unshackled.flow.engine.decide import Decision, create
from unshackled.flow.engine.draft import Rejected
from unshackled.flow.engine.due import Work
from unshackled.flow.engine.runs.checkout_plans import CheckoutPlans
from unshackled.flow.engine.runs.run_decisions import decide_in
from unshackled.flow.engine.runs.run_work import all_over, due_in, moving_runs
from unshackled.flow.engine.size_limits import require_room
from unshackled.flow.engine.status import status_of
from unshackled.flow.plan.personal_data.device_holding import claims_of
from unshackled.flow.plan.personal_data.retention_law import look_at
from unshackled.flow.plan.personal_data.search_terms import found_by, tells_the_same
from unshackled.flow.plan.plan import Plan
from unshackled.flow.runtime.preparation import WorkPreparation
from unshackled.flow.runtime.provider_caller import ProviderCaller
from unshackled.store.stored_records import Change, EventRow, IdempotencyRecord
from unshackled.telemetry import Where, get_logger, whose

# Events that may change what a checkout is found by, whatever the step.
TELLING: Final = frozenset({CheckoutCreated, CheckoutCompleted, PackageChanged, PersonalErased})
BY_STEP: Final = (StepPassed, InputReceived)
# Why a case that the flow opens is none of this sale.
NOT_FOR_IT: Final = frozenset({"case_not_offered", "case_nothing_left"})
log = get_logger(__name__)
# The plans of a retailer's case flows that the flow itself opens.
CaseFlows = Callable[[str], Sequence[Plan]]


def no_case_flows(retailer: str) -> Sequence[Plan]:
    """Nothing is opened by itself."""
    return ()


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
    devices that another checkout was found to hold in this turn. `case_flows` gives the plans of
    today by which the flow itself opens cases once the order is placed.
    """

    plans: CheckoutPlans
    caller: ProviderCaller
    checkout: Checkout | None
    busy: frozenset[tuple[Any, ...]] = frozenset()
    loaded: bool = False
    taken_claims: frozenset[str] = frozenset()
    case_flows: CaseFlows = no_case_flows
    events: list[Event] = field(default_factory=list)
    taken: list[QueuedCommand] = field(default_factory=list)
    refused: list[tuple[QueuedCommand, Rejected]] = field(default_factory=list)
    to_send: list[Work] = field(default_factory=list)
    context: Context | None = None
    idempotency: IdempotencyRecord | None = None
    looked: tuple[Checkout, datetime | None] | None = None
    refusal: Rejected | None = None
    noted: list[tuple[Where, ProviderProblem]] = field(default_factory=list)
    base: Checkout | None = field(init=False)
    plan: Plan = field(init=False)

    def __post_init__(self) -> None:
        """Remember what it began with."""
        self.base = self.checkout
        self.plan = self.plans.sale

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
        before = self.checkout
        decision = self.decision(before, command)
        self.refusal = decision.refusal
        self.checkout = decision.checkout
        self.events.extend(decision.events)
        self.noted.extend(decision.noted)
        if before.completed_at is None and decision.checkout.completed_at is not None:
            self._open_cases(decision.checkout)
        return bool(decision.events)

    def _open_cases(self, checkout: Checkout) -> None:
        """What the flow itself opens once the order is placed, e.g. the look at an old device."""
        for plan in self.case_flows(checkout.retailer):
            self.plans = self.plans.with_case(plan)
            wish = CaseWish(by="flow", reason="other")
            try:
                self.apply(c.OpenCase(digest=plan.digest, wish=wish))
            except Rejected as refused:
                if refused.code not in NOT_FOR_IT:
                    told = {"checkout": checkout.id, "flow": plan.name, "code": refused.code}
                    log.warning("case.not_opened", **whose(checkout.account), **told)

    def decision(self, checkout: Checkout, command: c.Command) -> Decision:
        """What a command leads to."""
        return decide_in(self.plans, checkout, command, self.caller.clock.now())

    def pass_time(self) -> None:
        """Let time pass in the purchase, where no command did, and in every case that moves."""
        if not self.taken:
            self.apply(c.Tick())
        if self.checkout is not None and self.checkout.runs:
            for run in [*moving_runs(self.checkout)]:
                self.apply(c.Tick(run=run))

    def prepare(self) -> None:
        """Write ahead what became due; what needs no write-ahead is only noted for sending."""
        for _ in range(self._most_rounds()):
            if self.checkout is None:
                return
            works, wake_at = due_in(self.plans, self.checkout, self.caller.clock.now())
            self.looked = self.checkout, wake_at
            noted = {work.key for work in self.to_send} | self.busy
            fresh = [work for work in works if work.key not in noted]
            changed = [self._prepare(work) for work in fresh]
            if not any(changed):
                return

    def _most_rounds(self) -> int:
        """Each round begins a step at least, of the purchase or of a case."""
        mine = len(self.plan.steps) + 1
        if self.checkout is None or not self.checkout.runs:
            return mine
        return mine + sum(len(run.steps) for run in self.checkout.runs.values())

    def _prepare(self, work: Work) -> bool:
        if self.checkout is None:
            return False
        plan, seen = self.plan, self.checkout
        if work.run is not None:
            plan, seen = self.plans.of(seen, work.run), self.plans.view_of(seen, work.run)
        return WorkPreparation(turn=self, plan=plan, checkout=seen, run=work.run).prepare(work)

    def wake_at(self, checkout: Checkout) -> datetime | None:
        """When the runner must look again, as `prepare` saw it last."""
        if self.looked is not None and self.looked[0] is checkout:
            return self.looked[1]
        return due_in(self.plans, checkout, self.caller.clock.now())[1]

    def change(self, checkout: Checkout, wake_at: datetime | None) -> Change:
        """The one append of this turn, with `checkout` as its new snapshot."""
        status, settled = status_of(self.plan, checkout, checkout.updated_at)
        settled = settled and (not checkout.runs or all_over(checkout))
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
            told = isinstance(event, BY_STEP) and event.step in self.plan.searched
            if told and event.run is None:
                return True
        return False


def _references(events: Iterable[Event]) -> Iterator[str]:
    """What a callback may name from now on."""
    for event in events:
        if isinstance(event, StepStarted | StepPending) and event.reference is not None:
            yield event.reference
