"""A decision in the making: the events so far and the snapshot they lead to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from unshackled.domain.checkout import Checkout, StepState
from unshackled.domain.events import Event
from unshackled.domain.problems import ProviderProblem
from unshackled.domain.states import UNPAID, State
from unshackled.errors import UnshackledError
from unshackled.flow.plan import Plan, PlannedStep

PASSED_BY = frozenset({State.PASSED, State.SKIPPED})
BEFORE_SENT = frozenset({State.PENDING, State.READY, State.SKIPPED, State.DECLINED, State.UNDONE})
OVER = frozenset({State.PASSED, State.SKIPPED, State.DECLINED, State.FAILED, State.UNDONE})


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
    problems that no line was written about yet.
    """

    plan: Plan
    checkout: Checkout
    now: datetime
    customer: bool = False
    events: list[Event] = field(default_factory=list)
    settled_at: Checkout | None = None
    refusal: Rejected | None = None
    noted: list[tuple[str, ProviderProblem]] = field(default_factory=list)

    def note(self, step: str, problem: ProviderProblem, *, told: bool = False) -> None:
        """Keep a problem of a step for operators; it is no event, for events are the retailer's.

        It is stored with the events of the same decision.
        """
        self.checkout = self.checkout.with_problem(step, problem)
        if not told:
            self.noted.append((step, self.checkout.problems[step][-1]))

    def emit(self, *events: Event) -> None:
        """Add events and fold them."""
        for event in events:
            self.checkout = evolve(self.checkout, event, self.now)
            self.events.append(event)

    def state(self, step: str) -> StepState:
        """How a step stands now."""
        return self.checkout.steps[step]

    def settled(self, name: str) -> bool:
        """Whether what needs this step may go on."""
        step, state = self.plan.steps[name], self.checkout.steps[name].state
        if state in PASSED_BY:
            return True
        if step.best_effort and state in OVER:
            return True
        return state is State.DECLINED and step.on_decline == "skip"

    def needs_settled(self, step: PlannedStep) -> bool:
        """Whether everything the step needs is settled."""
        return all(self.settled(name) for name in step.needs)

    def upstream_settled(self, step: PlannedStep) -> bool:
        """Whether nothing that the step stands on lapsed or is being done again."""
        return all(self.settled(name) for name in step.ancestors)

    def changed(self) -> set[str] | None:
        """The steps that changed since all was at rest; None where more did than steps."""
        old, new = self.settled_at, self.checkout
        if old is None or new.package is not old.package or new.quote is not old.quote:
            return None
        if new.private.customer_ref != old.private.customer_ref:
            return None
        found = {name for name, state in new.steps.items() if state is not old.steps.get(name)}
        return None if self.plan.confirm in found else found

    @property
    def local_now(self) -> datetime:
        """Now, on the retailer's calendar and clock."""
        return self.plan.local(self.now)

    @property
    def confirmed(self) -> bool:
        """Whether the customer has said yes; without a `confirm` step there is nothing to say."""
        confirm = self.plan.confirm
        return confirm is not None and self.checkout.steps[confirm].state is State.PASSED

    @property
    def pivot_sent(self) -> bool:
        """Whether the point of no return is behind us: its write-ahead is committed."""
        pivot = self.plan.pivot
        if pivot is None:
            return False
        state = self.checkout.steps[pivot]
        held_back = state.state is State.IN_REVIEW and state.code == UNPAID
        return state.state not in BEFORE_SENT and not held_back

    @property
    def closed(self) -> bool:
        """Whether the customer can change nothing any more."""
        return self.checkout.canceled is not None or self.checkout.completed_at is not None
