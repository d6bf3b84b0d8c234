"""A decision in the making: the events so far and the snapshot they lead to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import compress
from operator import is_not
from typing import Any

from unshackled.domain.case import CaseRequest
from unshackled.domain.checkout import Checkout, StepState
from unshackled.domain.events.case_events import CaseCanceled
from unshackled.domain.events.checkout_events import CheckoutCanceled
from unshackled.domain.events.event import Event
from unshackled.domain.provider_problem import ProviderProblem
from unshackled.domain.records import replace
from unshackled.domain.runs import RunView
from unshackled.domain.states import S
from unshackled.errors import UnshackledError
from unshackled.flow.engine.progress import Progress, progress
from unshackled.flow.plan.plan import Plan, PlannedStep


class Rejected(UnshackledError):
    """A command that may not be carried out now; nothing was changed.

    `code` is the problem type, `errors` are fields of a submission, `details` go into the answer.
    """

    def __init__(
        self, code: str, message: str, *, errors: Iterable[Any] = (), **details: Any
    ) -> None:
        """Keep what the answer needs."""
        super().__init__(message)
        self.code = code
        self.errors = tuple(errors)
        self.details = details


def evolve(checkout: Checkout, event: Event, at: datetime) -> Checkout:
    """The snapshot after one event; what was erased is never written back by a later one."""
    after = event.fold(checkout, at)
    return after if after.erasure is None else after.scrubbed()


@dataclass(slots=True)
class Draft:
    """What `decide` works on: emitting an event moves the snapshot at once.

    `settled_at` is the snapshot that an earlier decision brought to rest, if there is one;
    `refusal` says that the command is not carried out although what it led to is kept. `noted` are
    problems that no line was written about yet. `whole` looks at every step in every round of
    `settle`: that comes to the same and costs more. `progress` is what the steps come to now.
    `case` is what it is about where the checkout is the view of a case run.
    """

    plan: Plan
    checkout: Checkout
    now: datetime
    customer: bool = False
    events: list[Event] = field(default_factory=list)
    settled_at: Checkout | None = None
    refusal: Rejected | None = None
    noted: list[tuple[str, ProviderProblem]] = field(default_factory=list)
    whole: bool = False
    progress: Progress = field(init=False)
    case: CaseRequest | None = field(init=False, default=None)
    _touched: set[str] | None = field(init=False, default=None)
    _later: set[str] | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        """Nothing has changed yet of what is at rest; of anything else everything has."""
        self.progress = progress(self.plan, self.checkout.steps)
        if isinstance(self.checkout, RunView):
            self.case = self.checkout.case  # and what its sale gave may have changed
        elif self.settled_at is self.checkout:
            self._later = set()

    def note(self, step: str, problem: ProviderProblem, *, logged_already: bool = False) -> None:
        """Keep a problem of a step for operators; it is no event, for events are the retailer's.

        It is stored with the events of the same decision. `logged_already`: its line was written
        where it happened.
        """
        self.checkout = self.checkout.with_problem(step, problem)
        if not logged_already:
            self.noted.append((step, self.checkout.problems[step][-1]))

    def emit(self, *events: Event) -> None:
        """Add events and fold them; those of a case say whose they are."""
        before = self.checkout
        if self.case is not None:
            events = tuple([replace(event, run=self.case.case) for event in events])
        for event in events:
            self.checkout = evolve(self.checkout, event, self.now)
        self.events.extend(events)
        self._touch(before)

    def cancel(self, code: str, by: str) -> None:
        """End the checkout without an order, or the case before its pivot."""
        if self.case is None:
            self.emit(CheckoutCanceled(code=code, by=by))
        else:
            self.emit(CaseCanceled(kind=self.case.kind, code=code, by=by))

    def state(self, step: str) -> StepState:
        """How a step stands now."""
        return self.checkout.steps[step]

    def settled(self, name: str) -> bool:
        """Whether what needs this step may go on."""
        return name not in self.progress.unsettled

    def needs_settled(self, step: PlannedStep) -> bool:
        """Whether everything the step needs is settled."""
        return self.progress.unsettled.isdisjoint(step.needs)

    def upstream_settled(self, step: PlannedStep) -> bool:
        """Whether nothing that the step stands on lapsed or is being done again."""
        return self.progress.unsettled.isdisjoint(step.ancestors)

    def look_again(self) -> None:
        """A new round: what changed in the one before, or changes in it, is to be looked at."""
        self._touched = None if self.whole or self._later is None else {*self._later}
        self._later = set()

    def touched(self, step: str) -> bool:
        """Whether a step, or what it stands on, changed since the round before began."""
        return self._touched is None or step in self._touched

    def touched_steps(self) -> Iterator[PlannedStep]:
        """The steps that changed, or stand on what did, in the order of the flow.

        What changes on the way is among them where its turn is still to come.
        """
        if self._touched is not None and not self._touched:
            return
        for name, step in self.plan.steps.items():
            if self._touched is None or name in self._touched:
                yield step

    def _touch(self, before: Checkout) -> None:
        """Note what events changed, with all that stands on it."""
        old, new, plan = before, self.checkout, self.plan
        everything = (
            new.package is not old.package
            or new.quote is not old.quote
            or new.canceled is not old.canceled
            or new.completed_at is not old.completed_at
            or new.queue is not old.queue
        )
        if new.steps is not old.steps:
            self.progress = progress(plan, new.steps)
            for name in _changed(old.steps, new.steps):
                everything = everything or name in (plan.confirm, plan.pivot)
                self._note_change({name, *plan.steps[name].descendants})
        if everything:
            self._touched = self._later = None

    def _note_change(self, names: set[str]) -> None:
        """These steps are to be looked at in this round and in the next."""
        for noted in (self._touched, self._later):
            if noted is not None:
                noted.update(names)

    def in_question(self) -> Iterator[tuple[PlannedStep, StepState]]:
        """The steps that a customer may have something to do, or to read, about.

        Not those that are done or not wanted, and not those that just wait for others.
        """
        for step in self.progress.unfinished:
            state = self.checkout.steps[step.name]
            waits = state.state is S.PENDING and state.code is None and not state.held
            if not waits and state.state is not S.UNDONE:
                yield step, state

    @property
    def confirmed(self) -> bool:
        """Whether the customer has said yes."""
        return self.progress.confirmed

    @property
    def pivot_sent(self) -> bool:
        """Whether the point of no return is behind us."""
        return self.progress.pivot_sent

    @property
    def local_now(self) -> datetime:
        """Now, on the retailer's calendar and clock."""
        return self.plan.local(self.now)

    @property
    def closed(self) -> bool:
        """Whether the customer can change nothing any more."""
        return self.checkout.canceled is not None or self.checkout.completed_at is not None


def _changed(old: Mapping[str, StepState], new: Mapping[str, StepState]) -> Iterable[str]:
    """The steps that are not the same any more; an event keeps their order."""
    return compress(new, map(is_not, new.values(), old.values()))
