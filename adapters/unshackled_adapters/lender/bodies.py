"""From our requests to the lender's JSON; amounts are minor units on both sides."""

from __future__ import annotations

from typing import Any

from unshackled.sdk import Call
from unshackled.sdk.ports import (
    Address,
    AgreementSigned,
    ApplyForCredit,
    Contact,
    CreditDecision,
    CreditTerms,
    IncomeAndOutgoings,
    PaymentSchedule,
    QuoteCredit,
    SettleCredit,
    SupplyInformation,
)


def quotation(request: QuoteCredit, call: Call, lender: str) -> dict[str, Any]:
    """The body of a quotation (soft) search."""
    return {
        "client_reference": call.reference,
        "lender": lender,
        "credit": _credit(request.terms, call.currency),
        "applicant": _applicant(request.contact, request.address, request.income),
    }


def application(request: ApplyForCredit, call: Call, lender: str) -> dict[str, Any]:
    """The body of an application: a hard search, unless the call is a dry run."""
    trial = {"dry_run": True} if call.dry_run else {}
    return trial | {
        "client_reference": call.reference,
        "lender": lender,
        "quotation": request.offer.offer,
        **({"search_consent": request.consent.wording} if request.consent else {}),
        **_first_payment(request.schedule),
        "callback_url": call.callback_url,
        "credit": _credit(request.terms, call.currency),
        "applicant": _applicant(request.contact, request.address, request.income),
    }


def _first_payment(schedule: PaymentSchedule | None) -> dict[str, Any]:
    return {} if schedule is None else {"first_payment_date": schedule.first_payment.isoformat()}


def amendment(contact: Contact, call: Call) -> dict[str, Any]:
    """The body that corrects how the applicant of an application is reached."""
    return {"client_reference": call.reference, "email": contact.email, "mobile": contact.phone}


def information(request: SupplyInformation, call: Call) -> dict[str, Any]:
    """The body that answers what the lender wanted to know, by group; others are left out."""
    given = request.information
    groups: dict[str, dict[str, Any]] = {
        "employer": {
            "name": given.employer_name,
            "job_title": given.job_title,
            "since": given.employed_since,
        },
        "proof_of_income": {
            "payslip_date": given.payslip_date,
            "net_pay": given.payslip_net_pay,
            "reference": given.payslip_reference,
        },
        "previous_address": {
            "line": given.previous_line1,
            "town": given.previous_town,
            "postcode": given.previous_postcode,
            "until": given.moved_on,
        },
    }
    told = {name: body for name, body in groups.items() if None not in body.values()}
    return {"client_reference": call.reference, **told}


def activation(decision: CreditDecision, agreement: AgreementSigned, call: Call) -> dict[str, Any]:
    """The body that makes an accepted application a live agreement."""
    return {
        "client_reference": call.reference,
        "application": decision.application,
        "signed_envelope": agreement.envelope,
    }


def settlement(request: SettleCredit, call: Call) -> dict[str, Any]:
    """The body that settles an agreement early, with exactly the figure that the lender told.

    Where it told one all of it is paid, and no device pays in our stead.
    """
    due = request.settlement
    body: dict[str, Any] = {
        "client_reference": call.reference,
        "currency": call.currency,
        "outstanding": due.outstanding,
        "rebate": due.rebate,
        "trade_in": due.trade_in if due.figure is None else 0,
        "amount": due.to_lender,
    }
    return {**body, "on": due.settles_on.isoformat()} if due.settles_on else body


def _credit(terms: CreditTerms, currency: str) -> dict[str, Any]:
    old = terms.pays_off
    pays_off = old and {"agreement": old.agreement, "figure": old.figure, "on": old.on.isoformat()}
    return {
        **({"pays_off": pays_off} if pays_off else {}),
        "product": terms.product,
        "plan": terms.plan,
        "currency": currency,
        "amount": terms.amount,
        "deposit": terms.deposit,
        "months": terms.months,
        "apr": str(terms.apr_percent),
        "instalments": list(terms.instalments.amounts),
        "total_payable": terms.total_payable,
    }


def _applicant(
    contact: Contact, address: Address, income: IncomeAndOutgoings | None
) -> dict[str, Any]:
    return {
        "first_name": contact.given_name,
        "last_name": contact.family_name,
        "email": contact.email,
        "mobile": contact.phone,
        "born": contact.date_of_birth.isoformat(),
        "address": {
            "lines": list(address.lines),
            "town": address.town,
            "postcode": address.postcode,
            "country": address.country,
        },
        "affordability": income
        and {
            "monthly_net_income": income.monthly_net_income,
            "monthly_housing_cost": income.monthly_housing_cost,
            "monthly_other_commitments": income.monthly_other_commitments,
            "employment": income.employment,
            **_beside(income),
        },
    }


def _beside(income: IncomeAndOutgoings) -> dict[str, Any]:
    """What a flow may ask for besides; a lender of protocol 1.0 does not know it."""
    told = {
        "monthly_credit_commitments": income.monthly_credit_commitments,
        "dependents": income.dependents,
        "housing": income.housing,
    }
    return {name: value for name, value in told.items() if value}
