"""What can happen to a step that a person looks at, without that person."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from unshackled.domain.checkout import Checkout, StepState
from unshackled.domain.events.step_events import StepEvent
from unshackled.domain.personal import Personal
from unshackled.domain.states import RECOVERED, State

Json = Any


class StepRecovered(StepEvent):
    """A provider says that the effect is there, after it had failed or was said to have failed.

    `was` is the code of the review till now. The review stays: messages may come in any order, so
    that a person decides which word counts; what the provider says is kept for them.
    """

    type: ClassVar[str] = "step.recovered.v1"
    to: ClassVar[State] = State.IN_REVIEW
    was: str
    output: Json = None
    personal: Personal[Json] = None
    provider: str | None = None
    valid_until: datetime | None = None

    def changes(self, state: StepState, at: datetime) -> Mapping[str, Any]:
        """There is an effect behind the review now; its deadline stays."""
        return {
            "code": RECOVERED,
            "output": self.output,
            "provider": self.provider or state.provider,
            "valid_until": self.valid_until,
        }

    def fold(self, checkout: Checkout, at: datetime) -> Checkout:
        """The personal part of what came goes where it can be erased."""
        moved = StepEvent.fold(self, checkout, at)
        return moved.with_private("outputs", self.step, self.personal or None)
