"""What a customer agreed to: the evidence, without anything personal."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from unshackled.domain.checkout import Checkout
from unshackled.domain.events.event import Event


class ConsentGiven(Event):
    """The customer agreed to the sentence that a step showed; `wording` is its digest."""

    type: ClassVar[str] = "consent.given.v1"
    step: str
    wording: str

    def fold(self, checkout: Checkout, at: datetime) -> Checkout:
        """The step's output keeps it; this is for the log alone."""
        return checkout
