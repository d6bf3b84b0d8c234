"""SIM: a tariff goes live on a SIM profile."""

from __future__ import annotations

from datetime import date
from typing import Final, Protocol

from unshackled.domain.case import CaseRequest
from unshackled.domain.customer import Contact, NumberChoice
from unshackled.domain.facts import CheckoutRef, Fact
from unshackled.domain.package import TariffLine
from unshackled.domain.personal import Personal
from unshackled.domain.records import Record
from unshackled.ports.call_context import Call
from unshackled.ports.operation import effect
from unshackled.ports.outcome import Found, Outcome


class ActivateSim(Record, forbid_unknown_fields=False):
    """Which tariff for whom, with a new number or an old one brought along."""

    checkout: CheckoutRef
    tariff: TariffLine
    contact: Contact
    number: NumberChoice | None


class SimActivated(Record, Fact):
    """The line that went live; `activation_code` is an eSIM code (SGP.22 section 4.1)."""

    subscription: str
    msisdn: Personal[str]
    activation_code: Personal[str]


class StopSim(Record, forbid_unknown_fields=False):
    """Which line is closed, and in which case."""

    case: CaseRequest
    activated: SimActivated | None = None


class SimStopped(Record, Fact):
    """The line that was closed, and its last day, where it is told."""

    subscription: str
    ends_on: date | None = None


class Sim(Protocol):
    """A telco's activation."""

    @effect(carries=("tariff",), collects=("tariff_months",))
    async def activate(self, request: ActivateSim, call: Call) -> Outcome[SimActivated]:
        """Activate the line; only after the pivot."""
        ...

    @effect(of_sale=("activate",))
    async def stop(self, request: StopSim, call: Call) -> Outcome[SimStopped]:
        """Close the line; one that is closed already is closed."""
        ...

    async def look_up(self, operation: str, call: Call) -> Found[object]:
        """What became of the effect under our reference."""
        ...


PORT: Final = Sim
