"""Delivery: when the parcel can come."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final, Protocol

from unshackled.domain.customer import Address
from unshackled.domain.facts import Fact, added
from unshackled.domain.quote import BringsLines, QuoteLine
from unshackled.domain.records import AbstractRecord, Record
from unshackled.ports.call_context import Call
from unshackled.ports.operation import query
from unshackled.ports.outcome import Outcome


class FindSlots(Record, forbid_unknown_fields=False):
    """Where the parcel goes; a slot that was picked counts `valid_for`, where that is said."""

    address: Address
    valid_for: timedelta | None = added(None)


class DeliverySlot(AbstractRecord, BringsLines):
    """One slot to choose; `price` in minor units, paid today."""

    id: str
    starts: datetime
    ends: datetime
    price: int

    def quote_lines(self) -> tuple[QuoteLine, ...]:
        """Its price, where it has one."""
        if not self.price:
            return ()
        return (
            QuoteLine(part="delivery", title="Delivery", due_today=self.price, total=self.price),
        )


class SlotsFound(Record, Fact):
    """The slots on offer."""

    options: tuple[DeliverySlot, ...]


class DeliveryPort(Protocol):
    """A carrier."""

    @query(declinable=True, counts_for="valid_for")
    async def slots(self, request: FindSlots, call: Call) -> Outcome[SlotsFound]:
        """The slots of the next days; `not_deliverable` where nobody goes."""
        ...


PORT: Final = DeliveryPort
