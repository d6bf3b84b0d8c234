"""A new checkout's place in the waiting room, and how callers read it."""

from __future__ import annotations

import math
from datetime import datetime
from typing import Any

from unshackled.domain.account import account_of
from unshackled.domain.checkout import Checkout
from unshackled.domain.events.checkout_events import CheckoutCreated
from unshackled.domain.records import replace
from unshackled.domain.waiting_room import UNUSED_FOR
from unshackled.flow.runtime.room_admission import Admission


def holder_of(customer_ref: str | None, key: str | None) -> str | None:
    """Whose a place is: a customer's, in however many tabs, else an Idempotency-Key's."""
    if customer_ref is not None:
        return f"customer:{customer_ref}"
    return f"key:{key}" if key is not None else None


async def queued(
    admission: Admission | None, begin: CheckoutCreated, key: str | None
) -> CheckoutCreated:
    """The beginning with its place, where it has to wait: expiry and quote count from its turn."""
    if admission is None:
        return begin
    account = account_of(begin.retailer, livemode=begin.livemode)
    holder = holder_of(begin.customer_ref, key)
    place = await admission.place(account, begin.retailer, holder)
    if place is None:
        return begin
    wait = place.admit_at - place.joined_at
    quote = replace(begin.quote, valid_until=begin.quote.valid_until + wait)
    return replace(begin, queue=place, quote=quote, expires_at=begin.expires_at + wait)


def queue_body(checkout: Checkout, now: datetime) -> dict[str, Any] | None:
    """The place as customers and retailers read it; None for a checkout that need not wait."""
    place = checkout.queue
    if place is None or checkout.canceled is not None:
        return None
    state = "waiting" if place.waiting else "lapsed" if place.lapsed_at else "admitted"
    waits = state == "waiting"
    kept = place.admitted_at if place.admitted_at is not None else place.admit_at
    return {
        "state": state,
        "position": place.position(now) if waits else 0,
        "admit_at": place.admit_at,
        "wait_seconds": max(0, math.ceil((place.admit_at - now).total_seconds())) if waits else 0,
        "use_by": None if state == "lapsed" else kept + UNUSED_FOR,
    }
