"""Between our values and the lender's JSON about agreements that end; amounts are minor units."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Final

from unshackled.sdk import Call, Outcome, Passed, Pending
from unshackled.sdk.answers import day_of, moment
from unshackled.sdk.ports import CreditEnded, CreditRepaid, CreditStatement, EndCredit
from unshackled.sdk.texts import word

Json = Mapping[str, Any]

# Why the lender does not end an agreement (409), any other code is about us.
REASONS: Final = {
    "withdrawal_too_late": "withdrawal_too_late",
    "already_settled": "agreement_settled",
}
# How often a repayment is asked for.
ASK_AGAIN: Final = timedelta(hours=12)


def ending(request: EndCredit, call: Call) -> dict[str, Any]:
    """The body that ends an agreement: as asked for on the retailer's day, in its time zone."""
    money = request.money
    return {
        "client_reference": call.reference,
        "reason": request.reason.upper(),
        "currency": request.case.currency,
        "amount": money.lender if money is not None else 0,
        "requested_on": day_of(request.case.opened_at.isoformat(), call.time_zone).isoformat(),
        "time_zone": call.time_zone,
    }


def ended(data: Json) -> Passed[CreditEnded]:
    """How an agreement ended, and who pays whom because of it, by the lender's sums."""
    sums = {name: _sum(data, name) for name in ("from_retailer", "to_customer", "owed", "interest")}
    output = CreditEnded(
        agreement=word(data["agreement"]),
        currency=word(data["currency"]),
        lender=sums["from_retailer"],
        customer=sums["to_customer"],
        owed=sums["owed"],
        interest=sums["interest"],
        repay_by=_day(data.get("repay_by")),
    )
    return Passed(output=output)


def repaid(data: Json) -> Outcome[CreditRepaid]:
    """Whether the customer paid what they owe of a credit that they withdrew from."""
    if data["status"] == "DUE":
        return Pending(poll_after=ASK_AGAIN, due_by=moment(data["repay_before"]))
    if data["status"] != "REPAID":
        raise ValueError("status")
    output = CreditRepaid(
        agreement=word(data["agreement"]),
        amount=_sum(data, "amount"),
        interest=_sum(data, "interest"),
        currency=word(data["currency"]),
        repaid_on=date.fromisoformat(data["repaid_on"]),
    )
    return Passed(output=output)


def statement(data: Json) -> Passed[CreditStatement]:
    """What was paid of an agreement by now; it counts until it may be another sum."""
    sums = {name: _sum(data, name) for name in ("instalments_paid", "paid", "arrears", "balance")}
    output = CreditStatement(
        agreement=word(data["agreement"]),
        as_of=date.fromisoformat(data["as_of"]),
        currency=word(data["currency"]),
        **sums,
    )
    return Passed(output=output, valid_until=moment(data["valid_until"]))


def _sum(data: Json, name: str) -> int:
    amount = data[name]
    if type(amount) is not int or amount < 0:
        raise ValueError(name)
    return amount


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
