"""Where a checkout stands, as reports see it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from unshackled.domain.states import UNSUCCESSFUL, State
from unshackled.store.side_tables.journeys import Journey, Track

# Where a checkout stands, by what keeps it: a "no" first, then its customer, then a provider.
ORDER: Final[Mapping[State, int]] = {
    State.IN_REVIEW: 0,
    State.WAITING_CUSTOMER: 1,
    State.IN_DOUBT: 2,
    State.WAITING_PROVIDER: 2,
    State.RUNNING: 2,
    State.READY: 2,
    State.UNDOING: 3,
    State.UNDO_FAILED: 3,
    State.UNDONE: 3,
    State.PENDING: 4,
}


def standing(journey: Journey) -> tuple[str, str]:
    """The step that keeps the checkout, and its provider; both empty when none does.

    A decline or a failure keeps it until another step opens, which says that the flow goes on
    without it. Else it is the first step, in the order of the flow, that waits for the
    customer, or then for anybody; or the next one to come.
    """
    ranked = [
        (rank, number, name)
        for number, (name, track) in enumerate(journey.steps.items())
        if (rank := _rank(journey, track)) is not None
    ]
    if not ranked:
        return "", ""
    _, _, name = min(ranked)
    return name, journey.steps[name].provider


def _rank(journey: Journey, track: Track) -> int | None:
    if track.state in UNSUCCESSFUL:
        return 0 if track.moved > journey.opened else None
    return ORDER.get(track.state)
