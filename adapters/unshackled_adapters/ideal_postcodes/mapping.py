"""Between our address and Ideal Postcodes' JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from unshackled.sdk import Answer, Declined, Outcome, Passed
from unshackled.sdk.answers import UNREADABLE
from unshackled.sdk.envelope import has, object_of
from unshackled.sdk.ports import Address, AddressVerified
from unshackled_adapters.ideal_postcodes.matching import Premise, meant, premise

# The file covers the United Kingdom and the Crown dependencies.
COUNTRIES: Final = frozenset({"GB", "GG", "IM", "JE"})
# Delivery points: PAF, its aliases, its Welsh names, and the households behind one letter box.
# Not among them: what is not built yet (`nyb`), and what may have no UDPRN (`ab`).
DATASETS: Final = frozenset({"paf", "pafa", "pafw", "mr"})
NOT_FOUND: Final = Declined(code="address_not_found")

SUCCESS: Final = 2000
NO_POSTCODE: Final = 4040
# The key has no look-ups left (4020), or none for today or for our address (4021).
EXHAUSTED: Final = frozenset({4020, 4021})


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page of a postcode's premises; `total` counts those of every page."""

    read: int
    total: int
    premises: tuple[Premise, ...]


def page(data: Mapping[str, Any]) -> Page:
    """The delivery points of one page."""
    if data["code"] != SUCCESS:
        raise ValueError("code")
    rows = data["result"]
    points = tuple(premise(row) for row in rows if row["dataset"] in DATASETS)
    return Page(read=len(rows), total=int(data["total"]), premises=points)


def owns(answer: Answer) -> bool:
    """Whether they said it: the first three digits of their code are the status."""
    data = object_of(answer)
    return has(data, code=int, message=str) and data["code"] // 10 == answer.status


def code(body: bytes) -> int | None:
    """Their number for what is wrong; None where the body is not theirs."""
    try:
        found = json.loads(body)["code"]
    except UNREADABLE:
        return None
    return found if isinstance(found, int) else None


def verified(address: Address, premises: Sequence[Premise]) -> Outcome[AddressVerified]:
    """The one delivery point that the customer means."""
    point = meant(address, premises)
    return NOT_FOUND if point is None else Passed(output=AddressVerified(delivery_point=point))
