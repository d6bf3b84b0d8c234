"""Between our values and LineDesk's orders and faults."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

from unshackled.sdk import (
    Absent,
    Answer,
    Call,
    Found,
    InDoubt,
    NotSent,
    Outcome,
    Passed,
    Pending,
    Refused,
    soap,
    xml,
)
from unshackled.sdk.esim import built_code, confirmation_needed, iccid_of
from unshackled.sdk.porting import departure_of, port_of
from unshackled.sdk.ports import ActivateSim, Address, NumberChoice, SimActivated
from unshackled.sdk.xml import Element
from unshackled_adapters.legacy_bss.settings import Settings

T = TypeVar("T")

DONE: Final = "COMPLETED"
UNDER_WAY: Final = frozenset({"RECEIVED", "VALIDATED", "AWAITING_PORT", "PROVISIONING"})
ENDED: Final = frozenset({"FAILED", "REJECTED", "CANCELLED"})

# Fault codes. DUPLICATE: an order has this external id already. BUSY: the only fault of the server
# of which the manual says that the message was turned away unread.
DUPLICATE: Final = "ORD-1409"
BUSY: Final = "SYS-0503"
CODE: Final = re.compile(r"[A-Z]{3}-[0-9]{4}")
# A message that was not let in: OASIS SOAP Message Security 1.0, section 12, and `wsu`.
NOT_LET_IN: Final = frozenset(
    {
        *("UnsupportedSecurityToken", "UnsupportedAlgorithm", "InvalidSecurity"),
        *("InvalidSecurityToken", "FailedAuthentication", "FailedCheck"),
        *("SecurityTokenUnavailable", "MessageExpired"),
    }
)

NAME_LENGTH: Final = 35
ORDER: Final = (
    "<SubmitOrderRequest><ExternalOrderId>{reference}</ExternalOrderId>"
    "<OrderType>{kind}</OrderType><Channel>{channel}</Channel><TariffCode>{tariff}</TariffCode>"
    "<SimType>{sim}</SimType><Customer><Forename>{given}</Forename><Surname>{family}</Surname>"
    "<Email>{email}</Email><ContactNumber>{phone}</ContactNumber></Customer>{ship}{port}"
    "</SubmitOrderRequest>"
)
PORT: Final = "<Port><Pac>{pac}</Pac><Msisdn>{msisdn}</Msisdn>{day}</Port>"
DAY: Final = "<RequestedDate>{day}</RequestedDate>"
SHIP: Final = (
    "<SendTo><Line1>{line1}</Line1><Line2>{line2}</Line2><Town>{town}</Town>"
    "<Postcode>{postcode}</Postcode></SendTo>"
)
SIM_TYPES: Final = {"esim": "ESIM", "physical": "USIM"}
FIND: Final = (
    "<FindOrdersRequest><ExternalOrderId>{reference}</ExternalOrderId></FindOrdersRequest>"
)


def order(request: ActivateSim, call: Call, settings: Settings) -> xml.Markup:
    """An order for one line, with a new number or one that is brought along.

    Raises `Refused` for what LineDesk has no field for: an old contract that a STAC would end, and
    a number without a PAC.
    """
    contact, port = request.contact, _port(request.number)
    kind = request.number.sim if request.number is not None else "esim"
    return xml.render(
        ORDER,
        reference=call.reference,
        kind="PORT_IN" if port else "NEW",
        sim=SIM_TYPES[kind],
        ship=_ship(request.address) if kind == "physical" else xml.Markup(),
        channel=settings.channel,
        tariff=settings.tariff_codes.get(request.tariff.sku, request.tariff.sku),
        given=contact.given_name[:NAME_LENGTH],
        family=contact.family_name[:NAME_LENGTH],
        email=contact.email,
        phone=contact.phone,
        port=port,
    )


def find(reference: str) -> xml.Markup:
    """The question for every order under our reference."""
    return xml.render(FIND, reference=reference)


def submitted(
    answer: Element, call: Call, settings: Settings, now: datetime
) -> Outcome[SimActivated]:
    """What became of an order that was just placed."""
    (made,) = orders_under(answer, call.reference)
    return _told(made, settings, now)


def line_outcome(
    answer: Element, call: Call, settings: Settings, now: datetime
) -> Found[SimActivated]:
    """What there is under our reference; raises `Refused` where it is more than one line."""
    orders = orders_under(answer, call.reference)
    if not orders:
        return Absent()
    alive = [one for one in orders if xml.text(one, "Status") not in ENDED]
    if len(alive) > 1:
        message = f"sim.activate: {len(alive)} orders under one reference"
        raise Refused(message, code="duplicate_orders")
    return _told((alive or orders)[-1], settings, now)


def _not_acted_on(side: str, code: str) -> bool:
    """A `Client` fault without one of LineDesk's codes may be that of a gateway before it."""
    return side in NOT_LET_IN or (side in soap.OF_THE_CALLER and bool(code or side != "Client"))


def owns(answer: Answer) -> bool:
    """Whether LineDesk said it: a fault with one of its codes, or one of its gate."""
    fault = soap.fault_of(answer)
    return fault is not None and bool(fault.side in NOT_LET_IN or CODE.fullmatch(fault.code))


def failure(action: str, fault: soap.Fault) -> NotSent | InDoubt | Refused:
    """Which of the three kinds of failure a fault is; what nobody documented is a doubt."""
    code = fault.code if CODE.fullmatch(fault.code) else ""
    message = f"LineDesk: {action} fault {code or 'without a code'}"
    if _not_acted_on(fault.side, code):
        return Refused(f"{message} ({fault.side})", code=code or fault.side)
    if fault.side == "Server" and code == BUSY:
        return NotSent(message, retry_after=_pause(fault))
    return InDoubt(message)


def moment(text: str, zone: str) -> datetime:
    """A local time without a zone, as UTC.

    In the hours that a change of clocks doubles or skips it is read as the later of the two.
    """
    at = datetime.fromisoformat(text)
    if at.tzinfo is not None:
        return at.astimezone(UTC)
    return max(at.replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC) for fold in (0, 1))


def _port(number: NumberChoice | None) -> xml.Markup:
    port = port_of(number)
    if departure_of(number) is not None or (port is not None and port.pac is None):
        raise Refused("LineDesk: knows numbers with a PAC alone", code="port_unsupported")
    if port is None:
        return xml.Markup()
    day = xml.Markup() if port.day is None else xml.render(DAY, day=port.day.isoformat())
    return xml.render(PORT, pac=port.pac, msisdn=port.number, day=day)


def _ship(address: Address | None) -> xml.Markup:
    """Where a card is sent to; without an address it comes with the goods."""
    if address is None:
        return xml.Markup()
    return xml.render(
        SHIP,
        line1=address.line1,
        line2=address.line2 or "",
        town=address.town,
        postcode=address.postcode,
    )


def orders_under(answer: Element, reference: str) -> list[Element]:
    """The orders of an answer; raises `ValueError` where one is not ours."""
    orders = xml.find_all(answer, "Order")
    if any(xml.text(one, "ExternalOrderId") != reference for one in orders):
        raise ValueError("ExternalOrderId: another one")
    return orders


def progress(
    element: Element,
    settings: Settings,
    now: datetime,
    *,
    operation: str,
    line: Callable[[Element], T],
) -> Outcome[T]:
    """How an order stands, with its `line` once it is done; raises `Refused` where it failed."""
    status = xml.text(element, "Status")
    if status in UNDER_WAY:
        wait = _wait(element, settings, now)
        return Pending(poll_after=wait, handle=xml.text(element, "OrderNumber"))
    if status in ENDED:
        code = _optional(element, "FailureCode")
        reason = code if CODE.fullmatch(code) else status.lower()
        raise Refused(f"{operation}: the order is {status} ({reason})", code=reason)
    if status != DONE:
        raise ValueError("Status: unknown")
    return Passed(output=line(element))


def _told(element: Element, settings: Settings, now: datetime) -> Outcome[SimActivated]:
    return progress(element, settings, now, operation="sim.activate", line=_line)


def _line(element: Element) -> SimActivated:
    card = xml.find(element, "Line/Esim") is None and bool(_optional(element, "Line/Iccid"))
    esim = None if card else _code(element)
    iccid, day = _optional(element, "Line/Iccid"), _optional(element, "Line/PortDate")
    temporary = _optional(element, "Line/TemporaryMsisdn")
    return SimActivated(
        subscription=xml.text(element, "Line/SubscriptionId"),
        msisdn=_e164(xml.text(element, "Line/Msisdn")),
        activation_code=esim,
        iccid=iccid_of(iccid) if iccid else None,
        sim="physical" if card else "esim",
        confirmation_needed=esim is not None and confirmation_needed(esim),
        port_date=date.fromisoformat(day) if day else None,
        temporary_number=_e164(temporary) if temporary else None,
    )


def _code(element: Element) -> str:
    return built_code(
        xml.text(element, "Line/Esim/SmdpAddress"),
        xml.text(element, "Line/Esim/MatchingId"),
        confirm=_optional(element, "Line/Esim/ConfirmationCode") == "true",
    )


def _wait(element: Element, settings: Settings, now: datetime) -> timedelta:
    """Until LineDesk expects the line, within what the settings allow."""
    expected = _optional(element, "ExpectedAt")
    wait = moment(expected, settings.time_zone) - now if expected else settings.poll_after
    return max(settings.poll_after, min(wait, settings.longest_wait))


def _e164(number: str) -> str:
    """A British number as LineDesk writes it, e.g. 07700 900123 or 447700900123, with its +44."""
    digits = number.replace(" ", "").removeprefix("+")
    if not (digits.isascii() and digits.isdecimal()):
        raise ValueError("Msisdn: not a number")
    return f"+{digits}" if digits.startswith("44") else f"+44{digits.removeprefix('0')}"


def _pause(fault: soap.Fault) -> timedelta | None:
    text = "" if fault.detail is None else _optional(fault.detail, "RetryAfterSeconds")
    return timedelta(seconds=int(text)) if re.fullmatch(r"[0-9]{1,4}", text) else None


def _optional(element: Element, path: str) -> str:
    found = xml.find(element, path)
    return "" if found is None else (found.text or "").strip()
