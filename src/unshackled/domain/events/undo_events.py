"""Taking effects back: what can happen to an undo, and to the step it belongs to."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar, Final

from msgspec.structs import replace

from unshackled.domain.checkout import Checkout, Reversal, StepState, UndoState
from unshackled.domain.events.event import Event
from unshackled.domain.events.step_events import OUT_OF_FLIGHT, StepEvent
from unshackled.domain.personal import Personal
from unshackled.domain.states import State, move

Json = Any

# The code of an attempt that its provider answered without settling the undo.
UNDECIDED: Final = "Undecided"


def _without(checkout: Checkout, reference: str) -> Checkout:
    undos = {key: undo for key, undo in checkout.undos.items() if key != reference}
    return replace(checkout, undos=undos).with_private("undos", reference, None)


def _moving_back(checkout: Checkout, reference: str, output: Json, at: datetime) -> Checkout:
    """Keep what an effect moved that is being taken back; one that was back is not any more."""
    known, undo = checkout.reversals.get(reference), checkout.undos[reference]
    if known is not None:
        return checkout.with_reversal(reference, replace(known, reversed_at=None))
    amount = output.get("amount") if isinstance(output, Mapping) else None
    if not isinstance(amount, int) or not amount:
        return checkout
    state = checkout.steps[undo.step]
    passed_at = state.updated_at if state.reference == reference and state.output else None
    reversal = Reversal(
        step=undo.step, provider=undo.provider, amount=amount, moved_at=passed_at or at
    )
    return checkout.with_reversal(reference, reversal)


def _reversed(checkout: Checkout, reference: str | None, at: datetime) -> Checkout:
    """The money of an effect is back."""
    known = checkout.reversals.get(reference or "")
    if known is None or reference is None:
        return checkout
    return checkout.with_reversal(reference, replace(known, reversed_at=at))


class UndoDue(Event):
    """An effect must be taken back; the intent is committed before the first attempt.

    With `goal` the step goes to `undoing` and afterwards to the goal; without one the effect is a
    stray and its step stays as it is.
    """

    type: ClassVar[str] = "undo.due.v1"
    step: str
    reference: str
    provider: str
    reason: str
    give_up_at: datetime
    goal: State | None = None
    handle: str | None = None
    held: bool = False
    output: Personal[Json] = None

    def fold(self, checkout: Checkout, at: datetime) -> Checkout:
        """Open the undo, and move its step unless it is a stray."""
        undo = UndoState(
            step=self.step,
            provider=self.provider,
            handle=self.handle,
            goal=self.goal,
            give_up_at=self.give_up_at,
            next_at=at,
            since=at,
        )
        opened = replace(checkout, undos={**checkout.undos, self.reference: undo})
        opened = opened.with_private("undos", self.reference, self.output)
        opened = _moving_back(opened, self.reference, self.output, at)
        if self.goal is None:
            return opened
        moved = move(self.step, checkout.steps[self.step].state, State.UNDOING)
        changes: Mapping[str, Any] = {
            **OUT_OF_FLIGHT,
            "state": moved,
            "updated_at": at,
            "held": self.held,
        }
        return opened.with_step(self.step, **changes).with_private("links", self.step, None)


class UndoDelayed(Event):
    """An attempt to undo gave no answer; it is repeated at `next_at`."""

    type: ClassVar[str] = "undo.delayed.v1"
    step: str
    reference: str
    code: str
    next_at: datetime

    def fold(self, checkout: Checkout, at: datetime) -> Checkout:
        """One attempt more."""
        undo = checkout.undos[self.reference]
        since = undo.undecided_since or (at if self.code == UNDECIDED else None)
        later = replace(
            undo, attempts=undo.attempts + 1, next_at=self.next_at, undecided_since=since
        )
        return replace(checkout, undos={**checkout.undos, self.reference: later})


class UndoFailed(Event):
    """The undo stopped: an operator owns it now; it never blocks the others."""

    type: ClassVar[str] = "undo.failed.v1"
    step: str
    reference: str
    code: str

    def fold(self, checkout: Checkout, at: datetime) -> Checkout:
        """A visible state with an owner."""
        undo = checkout.undos[self.reference]
        failed = replace(undo, failed=True)
        changed = replace(checkout, undos={**checkout.undos, self.reference: failed})
        if undo.goal is None:
            return changed
        moved = move(self.step, checkout.steps[self.step].state, State.UNDO_FAILED)
        return changed.with_step(self.step, state=moved, code=self.code, updated_at=at)


class UndoRetried(Event):
    """A failed undo is sent again: by an operator, or with the `output` that it was lacking."""

    type: ClassVar[str] = "undo.retried.v1"
    step: str
    reference: str
    give_up_at: datetime
    output: Personal[Json] = None

    def fold(self, checkout: Checkout, at: datetime) -> Checkout:
        """Open again, with a new deadline."""
        undo = replace(
            checkout.undos[self.reference],
            failed=False,
            next_at=at,
            give_up_at=self.give_up_at,
            since=at,
            undecided_since=None,
        )
        changed = replace(checkout, undos={**checkout.undos, self.reference: undo})
        if self.output is not None:
            changed = changed.with_private("undos", self.reference, self.output)
            changed = _moving_back(changed, self.reference, self.output, at)
        if undo.goal is None:
            return changed
        moved = move(self.step, checkout.steps[self.step].state, State.UNDOING)
        return changed.with_step(self.step, state=moved, updated_at=at)


class StrayUndone(Event):
    """An effect of a superseded generation was taken back."""

    type: ClassVar[str] = "stray.undone.v1"
    step: str
    reference: str

    def fold(self, checkout: Checkout, at: datetime) -> Checkout:
        """The undo is closed."""
        return _reversed(_without(checkout, self.reference), self.reference, at)


class StepUndone(StepEvent):
    """The step's effect was taken back, or never happened."""

    type: ClassVar[str] = "step.undone.v1"
    to: ClassVar[State] = State.UNDONE
    reference: str | None

    def changes(self, state: StepState, at: datetime) -> Mapping[str, Any]:
        """Nothing is left of it; without a reference it never even happened."""
        sent = state.sent and self.reference is not None
        return {**OUT_OF_FLIGHT, "output": None, "valid_until": None, "sent": sent}

    def fold(self, checkout: Checkout, at: datetime) -> Checkout:
        """Close the undo and forget the output."""
        moved = StepEvent.fold(self, checkout, at).with_private("outputs", self.step, None)
        moved = moved.with_private("requests", self.step, None)
        moved = _without(moved, self.reference) if self.reference else moved
        return _reversed(moved, self.reference, at)
