"""A case: what happens to a completed checkout afterwards, and what it is about."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from unshackled.domain.facts import Fact
from unshackled.domain.records import Record

# `trade_in`: inspection of a device after the sale; the flow itself opens it.
CaseKind = Literal["refund", "return", "withdrawal", "stop", "trade_in"]


class CaseLine(Record, Fact):
    """A part of the sale that a case is about.

    `amount` are the minor units of it that go back, 0 where no money does.
    """

    part: str
    sku: str | None
    quantity: int
    amount: int


class CaseRequest(Record, Fact):
    """What was asked when a case was opened.

    `case` is the name of its run, as in `refund-1`. `amount` is the sum of its lines in minor
    units. `reason` is one word of a fixed set. `opened_by` is retailer, customer, operator or flow.
    """

    case: str
    kind: CaseKind
    lines: tuple[CaseLine, ...]
    amount: int
    currency: str
    reason: str
    opened_at: datetime
    opened_by: str
