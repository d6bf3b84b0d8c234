"""What becomes of a customer's data, without any of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar, Final

from msgspec.structs import replace

from unshackled.domain.checkout import Checkout, StepsPrivate
from unshackled.domain.erasure import Erasure, RetentionDuty
from unshackled.domain.events.event import Event

# What only served the way to the end.
PASSING: Final = ("offers", "requests", "links", "returns", "declines")


def has_passing(private: StepsPrivate) -> bool:
    """Whether there is anything that only served the way to the end."""
    return any(getattr(private, part) for part in PASSING)


class PersonalErased(Event):
    """Personal data was erased for good: that of `steps`, or without `duties` all there was.

    `by` says who asked for it: retailer, operator or clock. `duties` say what keeps the rest, and
    until when.
    """

    type: ClassVar[str] = "personal.erased.v1"
    by: str
    reason: str
    steps: tuple[str, ...] = ()
    duties: tuple[RetentionDuty, ...] = ()

    def fold(self, checkout: Checkout, at: datetime) -> Checkout:
        """What only served the way to the end goes too: links, options, requests of calls."""
        erasure = Erasure(
            at=at, by=self.by, reason=self.reason, steps=self.steps, duties=self.duties
        )
        passing: Mapping[str, Any] = {part: {} for part in PASSING}
        runs = {name: replace(one, **passing) for name, one in checkout.private.runs.items()}
        left = replace(checkout.private, return_url=None, runs=runs, **passing)
        return replace(checkout, private=left, erasure=erasure).scrubbed()
