"""What holds in every store, whatever it is made of."""

from __future__ import annotations

from typing import Final

from unshackled.store.stored_records import Change

FINAL: Final = frozenset({"canceled", "completed"})


def require_sound(change: Change) -> None:
    """Raise `ValueError` for a change that would break the compare-and-swap or the event log."""
    checkout = change.checkout
    if checkout.version <= change.expected:
        raise ValueError(f"{checkout.id}: version {checkout.version} is not after what it replaces")
    for event in change.events:
        if (event.checkout, event.version) != (checkout.id, checkout.version):
            raise ValueError(f"{checkout.id}: {event.id} is an event of another change")
    if len({event.index for event in change.events}) < len(change.events):
        raise ValueError(f"{checkout.id}: two events have one index")


def is_ended(change: Change) -> bool:
    """Whether nothing will happen any more, so that its flow need not be at hand.

    `settled` alone is not enough: an open checkout that waits for its customer is settled too.
    """
    return change.settled and change.status in FINAL
