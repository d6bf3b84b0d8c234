"""What became of messages to the customer after they were sent; nothing personal is in it."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Final

from msgspec.structs import replace

from unshackled.domain.checkout import Checkout
from unshackled.domain.events.event import Event

# Of how many messages it is remembered that they did not arrive.
REMEMBERED: Final = 50


class MessageUndelivered(Event):
    """A message that a provider had taken did not reach the customer.

    `code` is our word, `vendor_code` the provider's own. It was sent by `step`, or as `template`
    by a rule of the retailer's `notifications`.
    """

    type: ClassVar[str] = "message.undelivered.v1"
    reference: str
    provider: str
    code: str
    vendor_code: str | None = None
    step: str | None = None
    template: str | None = None

    def fold(self, checkout: Checkout, at: datetime) -> Checkout:
        """The message is remembered: the same report once more is no news."""
        known = (*checkout.undelivered, self.reference)[-REMEMBERED:]
        return replace(checkout, undelivered=known)
