"""A checkout as reports see it: what its events said, as far as later ones are counted by it.

Nothing personal is in it, because nothing personal is in an event.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from typing import Any

from unshackled.domain.records import Record, replace
from unshackled.domain.states import State

Position = tuple[int, int]


class Track(Record, forbid_unknown_fields=False):
    """How one step stands, in its present generation.

    `moved` is the position of its last move; `ready_at` and `asked_at` begin the spans that are
    measured, None once they were; `unreachable` are the providers that could not be reached,
    `tried` those that declined and were passed over; `counted` says what of this step counts once
    a checkout and was counted.
    """

    state: State = State.PENDING
    provider: str = ""
    code: str = ""
    moved: Position = (0, 0)
    ready_at: datetime | None = None
    asked_at: datetime | None = None
    unreachable: tuple[str, ...] = ()
    tried: tuple[str, ...] = ()
    counted: tuple[str, ...] = ()


class PurchaseValue(Record, forbid_unknown_fields=False):
    """What is bought and for how much, in minor units; `parts` are those of the package."""

    due_today: int = 0
    total_payable: int = 0
    credit: int = 0
    trade_in: int = 0
    parts: tuple[str, ...] = ()


class Journey(Record, forbid_unknown_fields=False):
    """One checkout up to the event at `position` (its version and index), which came `at`.

    `steps` are in the order of the flow; `providers` who serves a step, the first one first.
    `opened` is the position at which a step last became ready; `waiting` is the (step, provider)
    it is counted as waiting at, None once it ended.
    """

    checkout: str
    retailer: str
    flow: str
    digest: str
    began_at: datetime
    at: datetime
    position: Position
    price: PurchaseValue = field(default_factory=PurchaseValue)
    steps: Mapping[str, Track] = field(default_factory=dict)
    providers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    opened: Position = (0, 0)
    waiting: tuple[str, str] | None = None
    ended: bool = False

    def track(self, step: str) -> Track:
        """How a step stands; one that no event named stands at its beginning."""
        return self.steps.get(step) or Track()

    def with_track(self, step: str, **changes: Any) -> Journey:
        """The same journey with one step changed."""
        changed = replace(self.track(step), **changes)
        return replace(self, steps={**self.steps, step: changed})
