"""A decision in the making: the events so far and the snapshot they lead to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from unshackled.domain.checkout import Checkout, StepState
from unshackled.domain.events.event import Event
from unshackled.domain.provider_problem import ProviderProblem
from unshackled.domain.states import CLOSED, OVER, SUCCESSFUL, UNPAID, UNSENT, S
from unshackled.errors import UnshackledError
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
    """The snapshot after one event."""
    return event.fold(checkout, at)


@dataclass(slots=True)
class Draft:
    """What `decide` works on: emitting an event moves the snapshot at once.

    `settled_at` is the snapshot that an earlier decision brought to rest, if there is one;
    `refusal` says that the command is not carried out although what it led to is kept. `noted` are
    problems that no line was written about yet. `whole` looks at every step in every round of
    `settle`: that comes to the same and costs more.

    `confirmed`: the customer has said yes; without a `confirm` step there is nothing to say.
    `pivot_sent`: the point of no return is behind us, its write-ahead is committed.
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
    confirmed: bool = field(init=False)
    pivot_sent: bool = field(init=False)
    _earlier: set[str] | None = field(init=False, default=None)
    _later: set[str] | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        """Nothing has changed yet of what is at rest; of anything else everything has."""
        self._later = set() if self.settled_at is self.checkout else None
        self._stand()

    def note(self, step: str, problem: ProviderProblem, *, logged_already: bool = False) -> None:
        """Keep a problem of a step for operators; it is no event, for events are the retailer's.

        It is stored with the events of the same decision. `logged_already`: its line was written
        where it happened.
        """
        self.checkout = self.checkout.with_problem(step, problem)
        if not logged_already:
            self.noted.append((step, self.checkout.problems[step][-1]))

    def emit(self, *events: Event) -> None:
        """Add events and fold them."""
        for event in events:
            before = self.checkout
            self.checkout = evolve(before, event, self.now)
            self.events.append(event)
            self._touch(before)

    def state(self, step: str) -> StepState:
        """How a step stands now."""
        return self.checkout.steps[step]

    def settled(self, name: str) -> bool:
        """Whether what needs this step may go on."""
        step, state = self.plan.steps[name], self.checkout.steps[name].state
        if state in SUCCESSFUL:
            return True
        if step.best_effort and state in OVER:
            return True
        return state is S.DECLINED and step.on_decline == "skip"

    def needs_settled(self, step: PlannedStep) -> bool:
        """Whether everything the step needs is settled."""
        return all(map(self.settled, step.needs))

    def upstream_settled(self, step: PlannedStep) -> bool:
        """Whether nothing that the step stands on lapsed or is being done again."""
        return all(map(self.settled, step.ancestors))

    def look_again(self) -> None:
        """A new round: what changed in the one before, or changes in it, is to be looked at."""
        self._earlier, self._later = self._later, set()

    def touched(self, step: str) -> bool:
        """Whether a step, or what it stands on, changed since the round before began."""
        if self.whole or self._earlier is None or self._later is None:
            return True
        return step in self._earlier or step in self._later

    def _touch(self, before: Checkout) -> None:
        """Note what an event changed, with all that stands on it."""
        old, new, plan = before, self.checkout, self.plan
        if new.steps is not old.steps:
            self._stand()
            for name, state in new.steps.items():
                if state is not old.steps[name] and self._later is not None:
                    self._later |= {name, *plan.steps[name].descendants}
                    if name in (plan.confirm, plan.pivot):
                        self._later = None
        if (
            new.package is not old.package
            or new.quote is not old.quote
            or new.canceled is not old.canceled
            or new.completed_at is not old.completed_at
        ):
            self._later = None

    def _stand(self) -> None:
        """Whether the yes and the point of no return are behind us."""
        steps, confirm, pivot = self.checkout.steps, self.plan.confirm, self.plan.pivot
        self.confirmed = confirm is not None and steps[confirm].state is S.PASSED
        self.pivot_sent = pivot is not None and _is_sent(steps[pivot])

    def in_question(self) -> Iterator[tuple[PlannedStep, StepState]]:
        """The steps that a customer may have something to do, or to read, about.

        Not those that are done or not wanted, and not those that just wait for others.
        """
        for step in self.plan.steps.values():
            state = self.checkout.steps[step.name]
            waits = state.state is S.PENDING and state.code is None and not state.held
            if not waits and state.state not in CLOSED:
                yield step, state

    @property
    def local_now(self) -> datetime:
        """Now, on the retailer's calendar and clock."""
        return self.plan.local(self.now)

    @property
    def closed(self) -> bool:
        """Whether the customer can change nothing any more."""
        return self.checkout.canceled is not None or self.checkout.completed_at is not None


def _is_sent(state: StepState) -> bool:
    held_back = state.state is S.IN_REVIEW and state.code == UNPAID
    return state.state not in UNSENT and not held_back
