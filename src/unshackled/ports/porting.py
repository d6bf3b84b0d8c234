"""Porting: a number that is brought along, asked about before the sale and followed after it.

The port itself is ordered with the line (`sim.activate`): a telco takes both in one order, so that
no line is without its number because a second call was lost.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Final, Protocol

from unshackled.domain.customer import NumberChoice
from unshackled.domain.facts import Fact, added
from unshackled.domain.personal import Personal
from unshackled.domain.records import Record
from unshackled.ports.call_context import Call
from unshackled.ports.operation import query
from unshackled.ports.outcome import Outcome
from unshackled.ports.sim import SimActivated


class CheckPorting(Record, forbid_unknown_fields=False):
    """Which number is to be brought along, or given up, by which code."""

    number: NumberChoice


class PortingChecked(Record, Fact):
    """The code is good for the number; `code_expires` is its last day, `network` who gave it."""

    code_expires: date | None = added(None)
    network: str | None = added(None)


class AskPortCompletion(Record, forbid_unknown_fields=False):
    """Which line is waited for."""

    line: SimActivated


class PortCompleted(Record, Fact):
    """The number is on the new line, or its old contract has ended."""

    msisdn: Personal[str]
    completed_at: datetime


class Porting(Protocol):
    """What the networks know of a number."""

    @query(declinable=True)
    async def check(self, request: CheckPorting, call: Call) -> Outcome[PortingChecked]:
        """Can it be brought along? `pac_invalid`, `pac_expired` or `pac_number_mismatch` if not."""
        ...

    @query(waits=True)
    async def completion(self, request: AskPortCompletion, call: Call) -> Outcome[PortCompleted]:
        """Is it done? Pending until the day of the port."""
        ...


PORT: Final = Porting
