"""A step begins to wait for an answer or a customer, and what happens meanwhile."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, ClassVar

from msgspec.structs import replace

from unshackled.domain.checkout import Checkout, StepState
from unshackled.domain.events.event import Event
from unshackled.domain.events.step_events import OUT_OF_FLIGHT, StepEvent
from unshackled.domain.personal import Personal
from unshackled.domain.states import State

Json = Any


class StepPending(StepEvent):
    """The backend works on it: a callback comes, or we ask at `next_at`.

    `due_by` is when it promised its answer. A query has had no write-ahead: its `provider` and
    `reference` are known from here on.
    """

    type: ClassVar[str] = "step.pending.v1"
    to: ClassVar[State] = State.WAITING_PROVIDER
    next_at: datetime
    deadline_at: datetime
    handle: str | None = None
    due_by: datetime | None = None
    provider: str | None = None
    reference: str | None = None

    def changes(self, state: StepState, at: datetime) -> Mapping[str, Any]:
        """When to ask, and when to stop waiting."""
        return {
            **OUT_OF_FLIGHT,
            "next_at": self.next_at,
            "deadline_at": self.deadline_at,
            "due_by": self.due_by,
            "handle": self.handle or state.handle,
            "provider": self.provider or state.provider,
            "reference": self.reference or state.reference,
            "first_sent_at": state.first_sent_at or at,
        }


class InformationWanted(StepEvent):
    """The provider wants to know more of the customer before it decides, e.g. `employer`."""

    type: ClassVar[str] = "step.information_wanted.v1"
    to: ClassVar[State] = State.WAITING_CUSTOMER
    wanted: tuple[str, ...]
    next_at: datetime
    deadline_at: datetime
    handle: str | None = None

    def changes(self, state: StepState, at: datetime) -> Mapping[str, Any]:
        """What, and until when."""
        return {
            **OUT_OF_FLIGHT,
            "wanted": self.wanted,
            "next_at": self.next_at,
            "deadline_at": self.deadline_at,
            "handle": self.handle or state.handle,
        }


class InformationGiven(StepEvent):
    """The customer told what the provider wanted to know: it is on its way there."""

    type: ClassVar[str] = "step.information_given.v1"
    to: ClassVar[State] = State.WAITING_PROVIDER
    next_at: datetime
    deadline_at: datetime

    def changes(self, state: StepState, at: datetime) -> Mapping[str, Any]:
        """Sent at `next_at`, and until it was taken."""
        return {
            **OUT_OF_FLIGHT,
            "next_at": self.next_at,
            "deadline_at": self.deadline_at,
            "supplying": True,
        }


class StepRedirected(StepEvent):
    """The customer goes to the provider's page and comes back."""

    type: ClassVar[str] = "step.redirected.v1"
    to: ClassVar[State] = State.WAITING_CUSTOMER
    url: Personal[str]
    expires_at: datetime
    next_at: datetime
    deadline_at: datetime
    handle: str | None = None

    def changes(self, state: StepState, at: datetime) -> Mapping[str, Any]:
        """When the page expires, and when we ask by ourselves."""
        return {
            **OUT_OF_FLIGHT,
            "expires_at": self.expires_at,
            "next_at": self.next_at,
            "deadline_at": self.deadline_at,
            "handle": self.handle or state.handle,
        }

    def fold(self, checkout: Checkout, at: datetime) -> Checkout:
        """The link is for this customer only."""
        return StepEvent.fold(self, checkout, at).with_private("links", self.step, self.url)


class LookUpDelayed(Event):
    """Asking brought nothing new: ask again at `next_at`. The step stays where it is.

    `returned` is the query of the customer's browser, where that is why; `due_by` another moment
    that the provider promises now.
    """

    type: ClassVar[str] = "look_up.delayed.v1"
    step: str
    next_at: datetime
    returned: Personal[Json] = None
    due_by: datetime | None = None

    def fold(self, checkout: Checkout, at: datetime) -> Checkout:
        """Only the timer moves; what the browser brought is kept until the step has ended."""
        moved = checkout.with_step(self.step, next_at=self.next_at)
        if self.due_by is not None:
            moved = moved.with_step(self.step, due_by=self.due_by, late=self.due_by <= at)
        return moved.with_private("returns", self.step, self.returned) if self.returned else moved


class PromiseMoved(Event):
    """What was bought is promised for another day than before, e.g. that the goods leave.

    Days are those of the retailer's calendar. The moment itself is in the `LookUpDelayed` beside
    it; this one is for who has to be told.
    """

    type: ClassVar[str] = "step.promise_moved.v1"
    step: str
    before: date
    day: date

    def fold(self, checkout: Checkout, at: datetime) -> Checkout:
        """Nothing moves: the step waits on."""
        return checkout


class StepLate(Event):
    """The moment that its provider promised has passed: a person should look. The step waits on."""

    type: ClassVar[str] = "step.late.v1"
    step: str
    due_by: datetime

    def fold(self, checkout: Checkout, at: datetime) -> Checkout:
        """It is told once."""
        return checkout.with_step(self.step, late=True)


class StepHurried(Event):
    """An operator wants the next try, look-up or undo (`reference`) now. The step stays."""

    type: ClassVar[str] = "step.hurried.v1"
    step: str
    reference: str | None = None

    def fold(self, checkout: Checkout, at: datetime) -> Checkout:
        """Only the timer moves."""
        if self.reference is None:
            return checkout.with_step(self.step, next_at=at)
        undo = replace(checkout.undos[self.reference], next_at=at)
        return replace(checkout, undos={**checkout.undos, self.reference: undo})


class PageRenewed(Event):
    """The page has another address now; the step still waits for the customer."""

    type: ClassVar[str] = "page.renewed.v1"
    step: str
    url: Personal[str]
    expires_at: datetime
    next_at: datetime
    handle: str | None = None

    def fold(self, checkout: Checkout, at: datetime) -> Checkout:
        """The old link is forgotten."""
        handle = self.handle or checkout.steps[self.step].handle
        changed = checkout.with_step(
            self.step, expires_at=self.expires_at, next_at=self.next_at, handle=handle
        )
        return changed.with_private("links", self.step, self.url)
