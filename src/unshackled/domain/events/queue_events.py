"""What happens to a checkout's place in the waiting room, in the past tense."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from msgspec.structs import replace

from unshackled.domain.checkout import Checkout
from unshackled.domain.events.event import Event
from unshackled.domain.waiting_room import QueuePlace


class CheckoutAdmitted(Event):
    """It is the customer's turn: the checkout begins, and so does its expiry."""

    type: ClassVar[str] = "checkout.admitted.v1"
    admit_at: datetime
    expires_at: datetime

    def fold(self, checkout: Checkout, at: datetime) -> Checkout:
        """The place is kept until the customer does something."""
        place = checkout.queue
        queue = replace(place, admitted_at=at) if place is not None else None
        return replace(checkout, queue=queue, expires_at=self.expires_at)


class QueuePlaceUsed(Event):
    """The customer, or a provider for them, is at work: they are inside for good."""

    type: ClassVar[str] = "queue_place.used.v1"

    def fold(self, checkout: Checkout, at: datetime) -> Checkout:
        """Nothing of the waiting room is left."""
        return replace(checkout, queue=None)


class QueuePlaceLapsed(Event):
    """The customer did nothing in their turn: what was begun is taken back, they go behind."""

    type: ClassVar[str] = "queue_place.lapsed.v1"

    def fold(self, checkout: Checkout, at: datetime) -> Checkout:
        """The place counts no more."""
        place = checkout.queue
        queue = replace(place, admitted_at=None, lapsed_at=at) if place is not None else None
        return replace(checkout, queue=queue)


class QueueJoined(Event):
    """The customer came back and has another place, behind the others."""

    type: ClassVar[str] = "queue.joined.v1"
    queue: QueuePlace
    expires_at: datetime

    def fold(self, checkout: Checkout, at: datetime) -> Checkout:
        """The new place."""
        return replace(checkout, queue=self.queue, expires_at=self.expires_at)
