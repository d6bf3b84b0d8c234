"""From the lender's JSON to our outcomes; amounts are minor units on both sides."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from unshackled.sdk import (
    DATA_REFUSED,
    Declined,
    Notice,
    Outcome,
    Passed,
    Pending,
)
from unshackled.sdk.answers import moment, text
from unshackled.sdk.ports import (
    AgreementStanding,
    ApplicationAmended,
    CreditActivated,
    CreditAgency,
    CreditDecision,
    CreditQuoted,
    CreditSettled,
    DeclineDetails,
    PaymentRules,
)
from unshackled.sdk.texts import optional, plain, word

Json = Mapping[str, Any]

# The lender's reason codes; any other one is DEFAULT_DECLINE.
REASONS: Final = {
    "SCORE": "credit_declined",
    "AFFORDABILITY": "credit_declined",
    "AGE": "credit_declined",
    "SANCTIONS": "sanctions_hit",
    "IDENTITY": "identity_not_verified",
    "WITHDRAWN": "declined",
}
DEFAULT_DECLINE: Final = "credit_declined"
# What the lender wants to know beside the application, and our words for it.
WANTED: Final = {
    "EMPLOYER": "employer",
    "PROOF_OF_INCOME": "proof_of_income",
    "PREVIOUS_ADDRESS": "previous_address",
}
# What the lender cannot work with as the customer wrote it: nothing was searched.
UNREADABLE: Final = {"invalid_applicant": DATA_REFUSED}
# What a lender tells of first payments in days.
RULE_DAYS: Final = ("earliest_days", "latest_days", "default_days", "notice_working_days")
# A dry run has no application: this stands in its place.
DRY_RUN: Final = "dry-run"
NO_AGREEMENT: Final = Declined(code="agreement_not_found")
AGREEMENT_SETTLED: Final = Declined(code="agreement_settled")


def quoted(data: Json, rules: PaymentRules | None = None) -> Outcome[CreditQuoted]:
    """What a quotation came to; `rules` are those of first payments that it does not tell."""
    if data["outcome"] == "NOT_ELIGIBLE":
        return _declined(data)
    if data["outcome"] != "ELIGIBLE":
        raise ValueError("outcome")
    offer = CreditQuoted(
        offer=word(data["quotation"]),
        lender=word(data["lender_name"]),
        payment_rules=_rules(data.get("first_payment")) or rules,
        apr_percent=_rate(data.get("apr")),
        **_told(data),
    )
    return Passed(output=offer, valid_until=moment(data["valid_until"]))


def decision(data: Json, poll_after: timedelta) -> Outcome[CreditDecision]:
    """What an application came to; a referral is pending until a person decides."""
    status = data["status"]
    if status == "REFERRED":
        return Pending(
            poll_after=poll_after,
            handle=word(data["application"]),
            due_by=_moment(data.get("decision_by")),
            wanted=tuple(WANTED.get(one, one) for one in map(word, data.get("wanted") or ())),
        )
    if status in ("DECLINED", "WITHDRAWN"):
        return _declined(data)
    if status not in ("ACCEPTED", "ACTIVE"):
        raise ValueError("status")
    return Passed(
        output=CreditDecision(
            application=word(data["application"]),
            lender=word(data["lender_name"]),
            first_payment=_day(data.get("first_payment_date")),
            **_told(data),
        ),
        valid_until=moment(data["valid_until"]),
    )


def taken_back(data: Json) -> bool:
    """Whether an application binds nobody any more."""
    return data["status"] in ("DECLINED", "WITHDRAWN")


def tried(data: Json, poll_after: timedelta) -> Outcome[CreditDecision]:
    """What an application would come to; an answer that is not of a dry run is unreadable."""
    if data["dry_run"] is not True:
        raise ValueError("dry_run")
    if data["status"] == "REFERRED":
        return Pending(poll_after=poll_after)
    if data["status"] == "DECLINED":
        return _declined(data)
    if data["status"] != "ACCEPTED":
        raise ValueError("status")
    return Passed(output=CreditDecision(application=DRY_RUN, lender=word(data["lender_name"])))


def amended(data: Json) -> Outcome[ApplicationAmended]:
    """The application that was corrected."""
    return Passed(output=ApplicationAmended(application=word(data["application"])))


def activated(data: Json) -> Outcome[CreditActivated]:
    """The agreement that was made; a status that the protocol has not is no yes."""
    if data["status"] not in ("ACTIVE", "SETTLED"):
        raise ValueError("status")
    paid_off = None if data.get("paid_off") is None else _minor_units(data["paid_off"])
    output = CreditActivated(agreement=word(data["agreement"]), paid_off=paid_off, **_told(data))
    return Passed(output=output)


def settled(data: Json) -> Outcome[CreditSettled]:
    """The receipt of a settlement."""
    told = _told(data)
    output = CreditSettled(
        receipt=word(data["receipt"]), amount=told["amount"], currency=told["currency"]
    )
    return Passed(output=output)


def standing(data: Json) -> Outcome[AgreementStanding]:
    """How an agreement stands."""
    if data["status"] == "SETTLED":
        return AGREEMENT_SETTLED
    if data["status"] != "ACTIVE":
        raise ValueError("status")
    figure: Json = data.get("settlement") or {}
    until = _moment(figure.get("valid_until"))
    return Passed(
        valid_until=until,
        output=AgreementStanding(
            agreement=word(data["agreement"]),
            repayments_made=int(data["repayments_made"]),
            months=int(data["months"]),
            amount=int(data["amount"]),
            regular_payment=int(data["regular_payment"]),
            arrears=int(data["arrears"]),
            apr_percent=plain(data["apr"]),
            started=moment(data["started"]),
            settlement_figure=_minor_units(figure["figure"]) if figure else None,
            settles_on=_day(figure["on"]) if figure else None,
            payments=tuple(map(_minor_units, data.get("payments") or ())),
            currency=optional(data.get("currency")),
            figure_until=until,
        ),
    )


def notices(data: Json, poll_after: timedelta) -> tuple[Notice, ...]:
    """The outcome in a callback about an application."""
    outcome = decision(data, poll_after)
    return (Notice(reference=word(data["client_reference"]), outcome=outcome),)


def _rules(data: Json | None) -> PaymentRules | None:
    """When the customer may begin to pay; rules out of bounds raise `ValueError`."""
    if data is None:
        return None
    numbers = {name: data[name] for name in RULE_DAYS if data.get(name) is not None}
    days = tuple(data.get("days_of_month") or ())
    if any(type(number) is not int for number in (*numbers.values(), *days)):
        raise ValueError("first_payment")
    shift = {"shift": data["shift"]} if data.get("shift") is not None else {}
    return PaymentRules(days_of_month=days, **numbers, **shift)


def _told(data: Json) -> dict[str, Any]:
    """Amount, months and currency, which a lender of protocol 1.0 does not tell."""
    amount, months, currency = (data.get(name) for name in ("amount", "months", "currency"))
    if any(isinstance(value, str | bool | float) for value in (amount, months)):
        raise ValueError("amount")
    return {"amount": amount, "months": months, "currency": optional(currency)}


def _minor_units(value: object) -> int:
    if type(value) is not int or value < 0:
        raise ValueError("amount")
    return value


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _rate(value: object) -> Decimal | None:
    return None if value is None else Decimal(text(value))


def _moment(value: object) -> datetime | None:
    return None if value is None else moment(text(value))


def _declined(data: Json) -> Declined:
    return Declined(
        code=REASONS.get(data.get("reason") or "", DEFAULT_DECLINE),
        vendor_code=data.get("reason"),
        details=_details(data),
    )


def _details(data: Json) -> DeclineDetails | None:
    """On whose data it was declined, where the lender says so."""
    agencies = tuple(
        CreditAgency(
            name=word(one["name"]), address=plain(one["address"]), phone=word(one["phone"])
        )
        for one in data.get("agencies") or ()
    )
    if not agencies:
        return None
    return DeclineDetails(lender=optional(data.get("lender_name")), agencies=agencies)
