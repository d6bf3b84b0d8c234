"""What happens to a case as a whole; events of its steps are those of any step, with its run."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from msgspec.structs import replace

from unshackled.domain.case import CaseKind, CaseRequest
from unshackled.domain.checkout import Cancellation, Checkout, StepState
from unshackled.domain.events.event import Event
from unshackled.domain.facts import added
from unshackled.domain.runs import Run


class CaseOpened(Event):
    """A case was opened on a completed checkout, with a flow of its own."""

    type: ClassVar[str] = "case.opened.v1"
    flow: str
    digest: str
    case: CaseRequest
    steps: tuple[str, ...]

    def fold(self, checkout: Checkout, at: datetime) -> Checkout:
        """One run more, at its beginning."""
        run = Run(
            flow=self.flow,
            digest=self.digest,
            opened=self.case,
            steps={name: StepState(updated_at=at) for name in self.steps},
        )
        return replace(checkout, runs={**checkout.runs, self.case.case: run})


class CaseCompleted(Event):
    """Its pivot passed: from here on everything of it is finished, nothing taken back.

    `amount` is what goes back, in minor units of `currency`. `sale_flow` is the flow of the sale:
    its own events may have been deleted by now.
    """

    type: ClassVar[str] = "case.completed.v1"
    kind: CaseKind
    pivot: str
    amount: int
    currency: str
    sale_flow: str | None = added(None)

    def fold(self, checkout: Checkout, at: datetime) -> Checkout:
        """Completed, once."""
        return replace(checkout, completed_at=at)


class CaseCanceled(Event):
    """It ended without its pivot; `by` is customer, retailer, flow or operator."""

    type: ClassVar[str] = "case.canceled.v1"
    kind: CaseKind
    code: str
    by: str

    def fold(self, checkout: Checkout, at: datetime) -> Checkout:
        """The cancellation is final."""
        return replace(checkout, canceled=Cancellation(code=self.code, by=self.by, at=at))
