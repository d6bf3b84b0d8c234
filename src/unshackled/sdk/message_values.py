"""What a message to a customer may say of a checkout, in the words of the customer's locale."""

from __future__ import annotations

import re
from typing import Final

from unshackled.domain.case import CaseRequest
from unshackled.domain.schedule import PaymentSchedule, ScheduledPayment
from unshackled.messages import case_news, day_in_words, money_in_words, say, thing
from unshackled.ports.call_context import Call
from unshackled.ports.notification import SendNotification
from unshackled.ports.sim import SimActivated
from unshackled.ports.trade_in_rules import still_owed, trade_in_news

# The values that a text may ask for; all but the first only where the request has them.
NAMES: Final = (
    "given_name",
    "order",
    "mandate",
    "first_payment_date",
    "first_payment_amount",
    "payments",
    "payments_count",
    "documents",
    "promised_date",
    "phone_number",
    "temporary_number",
    "port_date",
    "iccid",
    "activation_code",
    "sim_qr",
    "case",
    "case_kind",
    "case_amount",
    "case_news",
    "trade_in_news",
)
# Messages that are about a line. Who has its activation code can put it to use: no other has it.
ABOUT_LINES: Final = frozenset({"sim_ready", "number_moved"})
BLANK: Final = re.compile(r"\{(" + "|".join(NAMES) + r")\}")
# A text with no other blanks, as the pattern of a setting.
BLANKS: Final = r"^([^{}]|" + "|".join(rf"\{{{name}\}}" for name in NAMES) + ")+$"


def message_values(request: SendNotification, call: Call) -> dict[str, str]:
    """Texts by name.

    `payments` has a line for each payment, its day and amount: the advance notice of a Direct
    Debit. `case_news` is a whole sentence about a case: that it began, is done, or was ended, and
    what the customer can do then; `trade_in_news` one about an old device that was looked at.
    """
    values = {"given_name": request.contact.given_name}
    if call.documents_url:
        values["documents"] = call.documents_url
    if request.order is not None:
        values["order"] = request.order.order
    if request.mandate is not None:
        values["mandate"] = request.mandate.mandate
    if request.schedule is not None and request.schedule.payments:
        values |= _of_schedule(request.schedule, call)
    stock = request.stock
    if day := request.dispatch_on or (stock.promised if stock is not None else None):
        values["promised_date"] = day_in_words(call.locale, day)
    if request.line is not None and request.template in ABOUT_LINES:
        values |= _of_line(request.line, call)
    if request.case is not None:
        values |= _of_case(request.case, request.case_news, call)
    news = trade_in_news(request.regraded, request.outcome)
    if news:
        values["trade_in_news"] = " ".join(say(call.locale, *one) for one in news)
    if request.not_charged is not None:
        values["trade_in_news"] = say(call.locale, *still_owed(request.not_charged))
    return values


def _of_line(line: SimActivated, call: Call) -> dict[str, str]:
    """How a SIM is put to use; `sim_qr` is where its QR code is, which works once."""
    shown = bool(line.activation_code and call.documents_url)
    told = {
        "phone_number": line.msisdn,
        "temporary_number": line.temporary_number,
        "port_date": day_in_words(call.locale, line.port_date) if line.port_date else None,
        "iccid": line.iccid,
        "activation_code": line.activation_code,
        "sim_qr": f"{call.documents_url}/sim/qr.svg" if shown else None,
    }
    return {name: value for name, value in told.items() if value}


def _of_case(case: CaseRequest, news: str | None, call: Call) -> dict[str, str]:
    found = {
        "case": case.case,
        "case_kind": thing(call.locale, f"case.{case.kind}"),
        "case_amount": money_in_words(call.locale, case.currency, case.amount),
    }
    if news is not None:
        amounts = (case.amount, case.currency)
        found["case_news"] = case_news(call.locale, news, case.kind, *amounts)
    return found


def _of_schedule(schedule: PaymentSchedule, call: Call) -> dict[str, str]:
    first = schedule.payments[0]
    return {
        "first_payment_date": day_in_words(call.locale, first.due),
        "first_payment_amount": money_in_words(call.locale, call.currency, first.amount),
        "payments": "\n".join(_line(payment, call) for payment in schedule.payments),
        "payments_count": str(len(schedule.payments)),
    }


def _line(payment: ScheduledPayment, call: Call) -> str:
    day = day_in_words(call.locale, payment.due)
    return f"{day}: {money_in_words(call.locale, call.currency, payment.amount)}"
