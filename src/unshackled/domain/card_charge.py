"""What the card of a sale may be charged later, without the customer: how much at most."""

from __future__ import annotations

from unshackled.domain.customer import CardChargeConsent
from unshackled.domain.facts import Fact
from unshackled.domain.records import Record


class CardChargeLimit(Record, Fact):
    """The most that may come of an old device that is worth less or stays away; minor units."""

    most: int
    currency: str


def allowed_on_card(
    charge: int, limit: CardChargeLimit | None, consent: CardChargeConsent | None
) -> int:
    """What of a sum the card is charged: all of it, or nothing.

    Nothing without the customer's yes, and nothing beyond what they said it to.
    """
    agreed = limit is not None and consent is not None and consent.given
    return charge if agreed and limit is not None and charge <= limit.most else 0
