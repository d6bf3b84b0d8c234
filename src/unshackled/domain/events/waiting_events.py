"""What happens while a step waits for an answer, a customer or another try: it stays as it is."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from msgspec.structs import replace

from unshackled.domain.checkout import Checkout
from unshackled.domain.events.event import Event
from unshackled.domain.personal import Personal

Json = Any


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
