"""A replica of the version before cases, in the same cluster: it never loses them."""

from __future__ import annotations

from typing import Any

import msgspec
import orjson
import pytest

from unshackled.domain.checkout import Checkout, Private
from unshackled.domain.events.queue_events import QueuePlaceUsed
from unshackled.domain.personal import merge
from unshackled.domain.records import replace
from unshackled.domain.runs import StepsPrivate
from unshackled.domain.waiting_room import QueuePlace
from unshackled.errors import Unreadable
from unshackled.store.snapshot import dump
from unshackled.testing.made_up_checkouts import checkout_of, run_of

# What that version read and wrote, and the fields that it knew.
NEWEST = 3
FIELDS: Any = [
    one for one in msgspec.structs.fields(Checkout) if one.name not in ("runs", "queue", "private")
]
WITH_CASE = checkout_of(
    runs={"refund-1": run_of()},
    private=Private(runs={"refund-1": StepsPrivate(inputs={"account": {"name": "Haigh"}})}),
)


def read_before(public: bytes, personal: bytes, newest: int = NEWEST) -> dict[str, Any]:
    """`snapshot.parse` as it was in that version: the number first, then every field."""
    known = orjson.loads(public)
    number = known.pop("format", 1)
    if not isinstance(number, int) or not 1 <= number <= newest:
        raise Unreadable(f"a snapshot of format {number!r}: this version reads up to {newest}")
    whole = merge(known, orjson.loads(personal))
    strange = set(whole) - {one.name for one in FIELDS} - {"private"}
    if strange:
        raise Unreadable(f"a snapshot with fields that this version does not know: {strange}")
    return whole


def test_it_goes_on_with_every_checkout_that_has_no_case() -> None:
    """Such a snapshot has neither another number nor another field, so a rolling deploy goes on."""
    plain = replace(checkout_of(), completed_at=checkout_of().created_at)
    whole = read_before(*dump(plain))
    assert whole["id"] == plain.id
    assert set(whole["private"]) <= {one.name for one in msgspec.structs.fields(Private)} - {"runs"}


def test_it_refuses_a_checkout_with_a_case() -> None:
    """By the number alone, before it looks at a field: what it does not know it never writes."""
    with pytest.raises(Unreadable, match="format 4: this version reads up to 3"):
        read_before(*dump(WITH_CASE))
    with pytest.raises(Unreadable, match="runs"):
        read_before(*dump(WITH_CASE), newest=4)


def test_a_checkout_keeps_the_number_once_its_cases_are_over() -> None:
    """Written back without them by anybody, they would be lost: so nobody of before reads it."""
    done = replace(WITH_CASE.runs["refund-1"], completed_at=checkout_of().created_at)
    with pytest.raises(Unreadable):
        read_before(*dump(replace(WITH_CASE, runs={"refund-1": done})))


def test_it_refuses_a_checkout_in_the_waiting_room_and_goes_on_with_it_afterwards() -> None:
    """It would begin it at once, whatever its place; once the turn is used nothing of it is left.

    A version that knew cases refuses it by the number too.
    """
    now = checkout_of().created_at
    place = QueuePlace(admit_at=now, joined_at=now, per_minute=50)
    for newest in (3, 4):
        for queue in (place, replace(place, admitted_at=now), replace(place, lapsed_at=now)):
            with pytest.raises(Unreadable, match=f"format 5: this version reads up to {newest}"):
                read_before(*dump(replace(checkout_of(), queue=queue)), newest=newest)
    used = QueuePlaceUsed().fold(replace(checkout_of(), queue=place), now)
    assert read_before(*dump(used))["id"] == used.id
