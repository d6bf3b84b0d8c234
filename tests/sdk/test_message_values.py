"""What a message about a line says, and that no other message has its activation code."""

from __future__ import annotations

from datetime import date

import pytest

from unshackled.domain.customer import Contact
from unshackled.domain.facts import CheckoutRef
from unshackled.domain.records import replace
from unshackled.ports.call_context import Call
from unshackled.ports.notification import SendNotification
from unshackled.ports.sim import SimActivated
from unshackled.sdk.message_values import BLANK, NAMES, message_values
from unshackled.testing.samples import sample

CALL = Call(
    reference="R",
    checkout="chk_1",
    currency="GBP",
    locale="en-GB",
    callback_url="",
    return_url="",
    documents_url="https://checkout.example/v1/documents/t",
)
LINE = replace(sample(SimActivated), port_date=date(2026, 12, 8), temporary_number="+447700900001")
REQUEST = SendNotification(
    checkout=CheckoutRef(checkout="chk_1", retailer="northstar"),
    contact=sample(Contact),
    order=None,
    template="sim_ready",
    line=LINE,
)


def test_a_message_about_a_line_says_how_it_is_put_to_use() -> None:
    """Number, day of the port, ICCID, activation code, and where its QR code is."""
    values = message_values(REQUEST, CALL)
    assert values["phone_number"] == LINE.msisdn
    assert values["temporary_number"] == "+447700900001"
    assert values["port_date"] == "8 December 2026"
    assert values["iccid"] == LINE.iccid
    assert values["activation_code"] == LINE.activation_code
    assert values["sim_qr"] == "https://checkout.example/v1/documents/t/sim/qr.svg"
    assert set(values) <= set(NAMES)
    assert all(BLANK.fullmatch(f"{{{name}}}") for name in values)


@pytest.mark.parametrize("template", ["order_confirmation", "direct_debit_advance_notice"])
def test_no_other_message_has_the_code(template: str) -> None:
    """Who has it can put the line to use: it goes to the sender only where it is the subject."""
    values = message_values(replace(REQUEST, template=template), CALL)
    assert values.keys() <= {"given_name", "documents"}


def test_a_card_has_no_code_and_no_picture() -> None:
    """Only its number, and nothing where there is no page either."""
    card = replace(LINE, sim="physical", activation_code=None, port_date=None)
    values = message_values(replace(REQUEST, line=card), CALL)
    assert values.keys().isdisjoint({"activation_code", "sim_qr", "port_date"})
    assert values["iccid"] == LINE.iccid
    without = message_values(REQUEST, replace(CALL, documents_url=""))
    assert "sim_qr" not in without
