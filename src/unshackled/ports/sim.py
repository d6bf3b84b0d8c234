"""SIM: a tariff goes live on a SIM profile."""

from __future__ import annotations

from datetime import date
from typing import Final, Protocol

from unshackled.domain.case import CaseRequest
from unshackled.domain.customer import Address, Contact, NumberChoice
from unshackled.domain.customer.number import SimType
from unshackled.domain.facts import CheckoutRef, Fact, added
from unshackled.domain.package import TariffLine
from unshackled.domain.personal import Personal
from unshackled.domain.records import Record
from unshackled.ports.call_context import Call
from unshackled.ports.operation import Delivery, effect
from unshackled.ports.outcome import Found, Outcome


class ActivateSim(Record, forbid_unknown_fields=False):
    """Which tariff for whom, on which kind of SIM, with a new number or an old one brought along.

    A card is sent to the `address`: a flow by which a customer can choose one asks for it.
    """

    checkout: CheckoutRef
    tariff: TariffLine
    contact: Contact
    number: NumberChoice | None
    address: Address | None = added(None)


class SimActivated(Record, Fact):
    """The line that went live.

    `msisdn` is the customer's number. One that is brought along is theirs from `port_date` on, and
    until then they have the `temporary_number`. With a code that gives the old number up,
    `port_date` is the day on which the old contract ends. `activation_code` is an eSIM's (SGP.22
    section 4.1): it works once, and a card has none. `iccid` is the number of the card or the
    profile. With `confirmation_needed` the telco tells the customer a code of its own beside it.
    """

    subscription: str
    msisdn: Personal[str]
    activation_code: Personal[str] | None = added(None)
    iccid: Personal[str] | None = added(None)
    sim: SimType = added("esim")
    confirmation_needed: bool = added(default=False)
    port_date: date | None = added(None)
    temporary_number: Personal[str] | None = added(None)


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

    @effect(
        carries=("tariff",),
        collects=("tariff_months",),
        delivers=Delivery(what="a SIM card", address="address", chosen_in="number"),
    )
    async def activate(self, request: ActivateSim, call: Call) -> Outcome[SimActivated]:
        """Activate the line and order its port; only after the pivot."""
        ...

    @effect(of_sale=("activate",))
    async def stop(self, request: StopSim, call: Call) -> Outcome[SimStopped]:
        """Close the line; one that is closed already is closed."""
        ...

    async def look_up(self, operation: str, call: Call) -> Found[object]:
        """What became of the effect under our reference."""
        ...


PORT: Final = Sim
