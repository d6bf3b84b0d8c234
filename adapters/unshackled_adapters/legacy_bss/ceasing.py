"""Between our lines that end and LineDesk's orders that cease them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

from unshackled.sdk import Absent, Call, Found, Outcome, Refused, xml
from unshackled.sdk.ports import SimActivated, SimStopped, StopSim
from unshackled.sdk.xml import Element
from unshackled_adapters.legacy_bss import mapping
from unshackled_adapters.legacy_bss.settings import Settings

CEASE: Final = (
    "<CeaseLineRequest><ExternalOrderId>{reference}</ExternalOrderId>"
    "<Channel>{channel}</Channel><SubscriptionId>{subscription}</SubscriptionId>"
    "</CeaseLineRequest>"
)


def order(request: StopSim, call: Call, settings: Settings) -> xml.Markup:
    """An order that ceases the line of the sale; raises `Refused` where nobody knows it."""
    sold = request.activated or (call.follows.output if call.follows is not None else None)
    if not isinstance(sold, SimActivated):
        raise Refused("LineDesk: the sale has no line", code="no_line")
    return xml.render(
        CEASE,
        reference=call.reference,
        channel=settings.channel,
        subscription=sold.subscription,
    )


def submitted(
    answer: Element, call: Call, settings: Settings, now: datetime
) -> Outcome[SimStopped]:
    """What became of an order that was just placed."""
    (made,) = mapping.orders_under(answer, call.reference)
    return _stopped(made, settings, now)


def outcome(answer: Element, call: Call, settings: Settings, now: datetime) -> Found[SimStopped]:
    """What there is under our reference: ceased by two orders, a line is ceased."""
    orders = mapping.orders_under(answer, call.reference)
    if not orders:
        return Absent()
    ceased = [one for one in orders if xml.text(one, "Status") not in mapping.ENDED]
    return _stopped((ceased or orders)[0], settings, now)


def _stopped(element: Element, settings: Settings, now: datetime) -> Outcome[SimStopped]:
    return mapping.progress(element, settings, now, operation="sim.stop", line=_line)


def _line(element: Element) -> SimStopped:
    return SimStopped(
        subscription=xml.text(element, "Line/SubscriptionId"),
        ends_on=date.fromisoformat(xml.text(element, "Line/CeasedOn")),
    )
