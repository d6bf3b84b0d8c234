"""The stand-in LineDesk's orders and the lines that come of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from unshackled.sdk import xml
from unshackled.sdk.xml import Element, Markup

PAC: Final = re.compile(r"[A-Z]{3}[0-9]{6}")
# Codes that were given out once: the losing network refuses them when it is asked, later.
SPENT: Final = re.compile(r"ZZZ[0-9]{6}")
WITHDRAWN: Final = "withdrawn"
LONDON: Final = ZoneInfo("Europe/London")

# The module that keeps orders is older than the one at the door, and so is its namespace.
ORDER: Final = (
    '<o:Order xmlns:o="urn:linedesk:order:4"><o:OrderNumber>{number}</o:OrderNumber>'
    "<o:ExternalOrderId>{reference}</o:ExternalOrderId><o:Status>{status}</o:Status>"
    "<o:ReceivedAt>{received}</o:ReceivedAt><o:ExpectedAt>{expected}</o:ExpectedAt>"
    "<o:AccountName>{name}</o:AccountName>{rest}</o:Order>"
)
FAILURE: Final = "<o:FailureCode>{code}</o:FailureCode>"
LINE: Final = (
    "<o:Line><o:SubscriptionId>{subscription}</o:SubscriptionId><o:Msisdn>{msisdn}</o:Msisdn>"
    "{port}<o:Iccid>{iccid}</o:Iccid>{esim}</o:Line>"
)
ESIM: Final = (
    "<o:Esim><o:SmdpAddress>smdp.linedesk.example</o:SmdpAddress>"
    "<o:MatchingId>{matching}</o:MatchingId></o:Esim>"
)
PORT: Final = "<o:PortDate>{day}</o:PortDate>"


class Refusal(Exception):
    """A fault of the caller."""


@dataclass(frozen=True, kw_only=True)
class Order:
    """What was asked for."""

    reference: str
    name: str
    pac: str | None
    msisdn: str | None
    card: bool = False
    day: str | None = None


@dataclass(kw_only=True)
class Line:
    """One order; its line is live from `ready` on."""

    number: int
    order: Order
    received: datetime
    ready: datetime

    @property
    def order_number(self) -> str:
        """LineDesk's own number."""
        return f"LD{self.number:08d}"

    @property
    def failure(self) -> str | None:
        """Why it fails in the end, if it does."""
        return "PRT-2204" if self.order.pac and SPENT.fullmatch(self.order.pac) else None

    def document(self, *, received: bool, now: datetime) -> Markup:
        """What LineDesk tells about it; `received` is its very first word."""
        status = "RECEIVED" if received else self._status(now)
        rest = Markup()
        if status == "COMPLETED":
            rest = self._line()
        if status == "FAILED":
            rest = xml.render(FAILURE, code=self.failure)
        return written(
            number=self.order_number,
            reference=self.order.reference,
            status=status,
            times=(local(self.received), local(self.ready)),
            name=self.order.name,
            rest=rest,
        )

    @property
    def subscription(self) -> str:
        """LineDesk's number of the line."""
        return f"S{self.number:09d}"

    @property
    def msisdn(self) -> str:
        """The number that came along, or one that is kept for drama."""
        return self.order.msisdn or f"07700900{self.number % 1000:03d}"

    def _status(self, now: datetime) -> str:
        if now < self.ready:
            return "AWAITING_PORT" if self.order.pac else "PROVISIONING"
        return "FAILED" if self.failure else "COMPLETED"

    def _line(self) -> Markup:
        esim = xml.render(ESIM, matching=f"UNSHACKLED-{self.number:06d}")
        day = self.order.day
        return xml.render(
            LINE,
            subscription=self.subscription,
            msisdn=self.msisdn,
            port=xml.render(PORT, day=day) if day else Markup(),
            iccid=profile_number(self.number),
            esim=Markup() if self.order.card else esim,
        )


def checked(element: Element) -> Order:
    """What a message orders; raises `Refusal` where LineDesk would not take it."""
    kind, tariff = xml.text(element, "OrderType"), xml.text(element, "TariffCode")
    if tariff == WITHDRAWN:
        raise Refusal("ORD-1201")
    port = xml.find(element, "Port")
    if (kind == "PORT_IN") != (port is not None):
        raise Refusal("ORD-1101")
    pac = None if port is None else xml.text(port, "Pac")
    if pac is not None and not PAC.fullmatch(pac):
        raise Refusal("ORD-1103")
    day = None if port is None else xml.find(port, "RequestedDate")
    return Order(
        card=xml.text(element, "SimType") == "USIM",
        day=None if day is None else day.text,
        reference=xml.text(element, "ExternalOrderId"),
        name=f"{xml.text(element, 'Customer/Forename')} {xml.text(element, 'Customer/Surname')}",
        pac=pac,
        msisdn=None if port is None else xml.text(port, "Msisdn"),
    )


def profile_number(number: int) -> str:
    """An ICCID of 19 digits: 8944, LineDesk's own, and a check digit (Luhn)."""
    body = f"894422{number:012d}"
    doubled = [int(one) * (2 - place % 2) for place, one in enumerate(reversed(body))]
    return f"{body}{-sum(one - 9 if one > 9 else one for one in doubled) % 10}"


def written(
    *,
    number: str,
    reference: str,
    status: str,
    times: tuple[str, str],
    name: str,
    rest: Markup,
) -> Markup:
    """An order as LineDesk writes it; `times` are when it was received and is expected."""
    received, expected = times
    return xml.render(
        ORDER,
        number=number,
        reference=reference,
        status=status,
        received=received,
        expected=expected,
        name=name,
        rest=rest,
    )


def local(at: datetime) -> str:
    """British local time to the second, as it is on the office wall."""
    return at.astimezone(LONDON).strftime("%Y-%m-%dT%H:%M:%S")
