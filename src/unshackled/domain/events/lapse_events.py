"""What happens when something stops counting before it is used."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from msgspec.structs import replace

from unshackled.domain.checkout import Checkout, StepState
from unshackled.domain.events.event import Event
from unshackled.domain.events.step_events import StepEvent
from unshackled.domain.states import State, move


class RenewalRequested(Event):
    """The customer is back: what lapsed while they were away is done again. The step stays."""

    type: ClassVar[str] = "renewal.requested.v1"
    step: str

    def fold(self, checkout: Checkout, at: datetime) -> Checkout:
        """It waits for the customer no more; where it is being taken back it follows on that."""
        return checkout.with_step(self.step, held=False)


class StepLapsed(StepEvent):
    """What arrived had ended already: it is taken back, and asked for anew at `next_at`.

    The new attempt has a generation and so a reference of its own: under the old one a backend
    would only repeat what it answered. `down` are providers that are not asked in this round.
    """

    type: ClassVar[str] = "step.lapsed.v1"
    to: ClassVar[State] = State.READY
    code: str
    next_at: datetime
    down: tuple[str, ...] = ()

    def fold(self, checkout: Checkout, at: datetime) -> Checkout:
        """The same try goes on, with its count and its bound, under another reference."""
        old = checkout.steps[self.step]
        fresh = StepState(
            state=move(self.step, old.state, self.to),
            generation=old.generation + 1,
            attempt=old.attempt,
            digest=old.digest,
            code=self.code,
            tried=old.tried,
            down=self.down,
            lapses=old.lapses + 1,
            next_at=self.next_at,
            ready_at=old.ready_at,
            updated_at=at,
        )
        past = checkout.past_with(self.step)
        changed = replace(checkout, steps={**checkout.steps, self.step: fresh}, past=past)
        for part in ("requests", "links", "returns"):
            changed = changed.with_private(part, self.step, None)
        return changed
