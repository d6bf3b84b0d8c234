"""What a completed checkout came to: lines, deliveries, trade-ins, agreements and their numbers.

They are read from the outputs of passed steps by their type, whatever a flow calls its steps.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final, Literal

from pydantic import Field

from unshackled.domain.checkout import Checkout
from unshackled.domain.facts import Fact
from unshackled.domain.personal import fields_of
from unshackled.domain.records import Record
from unshackled.domain.states import State
from unshackled.flow.plan.plan import Plan
from unshackled.http.described import Described
from unshackled.ports.credit import CreditActivated
from unshackled.ports.delivery import DeliverySlot
from unshackled.ports.mandate import MandateSetUp
from unshackled.ports.sim import SimActivated
from unshackled.ports.trade_in import TradeInAccepted

Json = Any


class Line(Described):
    """A line that went live; what was erased is null."""

    subscription: str | None
    msisdn: str | None = Field(description="The telephone number (E.164).")
    activation_code: str | None = Field(
        description="Of an eSIM: `LPA:…` (SGP.22, section 4.1), which works once; null for a card."
        " As a QR code it is at the link `sim_qr`."
    )
    iccid: str | None = Field(
        default=None, description="The number of the card or profile, 19 or 20 digits."
    )
    sim: Literal["esim", "physical"] | None = Field(
        default=None, description="`esim` is loaded, `physical` is a card."
    )
    confirmation_needed: bool | None = Field(
        default=None,
        description="Whether the phone asks for a confirmation code, which the telco tells.",
    )
    port_date: date | None = Field(
        default=None,
        description="The day on which the number is brought along, or the old contract ends.",
    )
    temporary_number: str | None = Field(
        default=None, description="The number until that day, where it is another one."
    )


class Section(Record, kw_only=False):
    """A list of the answer, the fact that an entry is made of, and its fields by our names."""

    name: str
    fact: type[Fact]
    fields: Mapping[str, str]


SECTIONS: Final = (
    Section(
        "lines",
        SimActivated,
        {name: name for name in fields_of(SimActivated)},
    ),
    Section(
        "deliveries",
        DeliverySlot,
        {"slot": "id", "starts": "starts", "ends": "ends", "price": "price"},
    ),
    Section("trade_ins", TradeInAccepted, {"number": "trade_in", "amount": "amount"}),
    Section("credit_agreements", CreditActivated, {"number": "agreement"}),
    Section("mandates", MandateSetUp, {"number": "mandate"}),
)


def fulfilment(plan: Plan, checkout: Checkout) -> dict[str, list[dict[str, Json]]] | None:
    """What is there so far; None before the order. What was erased is null."""
    if checkout.completed_at is None:
        return None
    found: dict[str, list[dict[str, Json]]] = {section.name: [] for section in SECTIONS}
    for step in plan.steps.values():
        section = _section(step.definition.output)
        output = checkout.output(step.name)
        passed = checkout.steps[step.name].state is State.PASSED
        if section is not None and output is not None and passed:
            entry = {ours: output.get(theirs) for ours, theirs in section.fields.items()}
            found[section.name].append(entry)
    return found


def line_of(plan: Plan, checkout: Checkout) -> Mapping[str, Json] | None:
    """The line that went live, where there is one."""
    found = fulfilment(plan, checkout)
    return next(iter(found["lines"]), None) if found is not None else None


def _section(output: type | None) -> Section | None:
    known = (one for one in SECTIONS if output is not None and issubclass(output, one.fact))
    return next(known, None)
