"""Trade-in: what an old device is worth, and the promise to take it."""

from __future__ import annotations

from datetime import datetime
from typing import Final, Protocol

from unshackled.domain.case import CaseRequest
from unshackled.domain.customer import DeviceReturn
from unshackled.domain.facts import Fact
from unshackled.domain.records import AbstractRecord, Record
from unshackled.ports.amount_ranges import ReportsAmount, apart
from unshackled.ports.call_context import Call, Undo
from unshackled.ports.operation import effect, query, undoes
from unshackled.ports.outcome import Found, Outcome, Undone


class ValueDevice(Record, forbid_unknown_fields=False):
    """The device as its owner describes it."""

    device: DeviceReturn


class DeviceValued(Record, Fact):
    """The valuation and its amount in minor units."""

    valuation: str
    amount: int


class AcceptTradeIn(Record, forbid_unknown_fields=False):
    """Take the device at the valuation."""

    device: DeviceReturn
    valuation: DeviceValued


class TradeInAccepted(AbstractRecord, ReportsAmount):
    """The trade-in's number, which goes on the return parcel, and its value in minor units."""

    trade_in: str
    amount: int

    def differs(self, request: object) -> str | None:
        """Another value than the device was valued at."""
        if not isinstance(request, AcceptTradeIn):
            return None
        return apart({"amount": request.valuation.amount}, {"amount": self.amount})


class AskInspection(Record, forbid_unknown_fields=False):
    """Which trade-in is waited for, and what it was accepted at."""

    case: CaseRequest
    accepted: TradeInAccepted | None = None


class DeviceInspected(Record, Fact):
    """What the device turned out to be worth, in minor units, now that somebody looked at it.

    `grade` is one word of the buyer's; `estimate` what it was accepted at, where that is told.
    """

    trade_in: str
    grade: str
    amount: int
    inspected_at: datetime
    estimate: int | None = None
    currency: str | None = None


class TradeIn(Protocol):
    """A buyer of used devices."""

    @query(declinable=True)
    async def value(self, request: ValueDevice, call: Call) -> Outcome[DeviceValued]:
        """Value the device; `device_blocked` on a network, police or insurance hit."""
        ...

    @effect(undo="cancel", declinable=True, follows="value", carries=("trade_in",), claims="device")
    async def accept(self, request: AcceptTradeIn, call: Call) -> Outcome[TradeInAccepted]:
        """Promise to take the device at its value."""
        ...

    @undoes()
    async def cancel(self, request: Undo[TradeInAccepted], call: Call) -> Undone:
        """Cancel the trade-in."""
        ...

    @query(declinable=True, waits=True, of_sale=("accept",))
    async def inspect(self, request: AskInspection, call: Call) -> Outcome[DeviceInspected]:
        """What is the device worth? Pending until it was looked at; `not_returned` if none came."""
        ...

    async def look_up(self, operation: str, call: Call) -> Found[object]:
        """What became of the effect under our reference."""
        ...


PORT: Final = TradeIn
