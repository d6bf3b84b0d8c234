"""Between our values and the platform's JSON; amounts are minor units on both sides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from unshackled.sdk import Answer, Call, Declined, Outcome, Passed, Pending, Redirect
from unshackled.sdk.envelope import has, object_of
from unshackled.sdk.ports import (
    Address,
    ApplyForCredit,
    Contact,
    CreditActivated,
    CreditDecision,
    CreditEnded,
    CreditQuoted,
    CreditTerms,
    EndCredit,
    QuoteCredit,
)
from unshackled.sdk.texts import word
from unshackled_adapters.divido.settings import Settings

Json = Mapping[str, Any]

PLATFORM: Final = "Divido"
# The platform names no end of its page; after that the engine gives it up.
PAGE_LIVES: Final = timedelta(days=1)
NOT_OFFERED: Final = Declined(code="credit_declined")
# The customer is not done yet.
AT_THE_PAGE: Final = frozenset({"PROPOSAL", "ACCEPTED", "DEPOSIT-PAID"})
# The customer is done, or the goods are out.
COMPLETE: Final = frozenset({"READY", "AWAITING-ACTIVATION", "FULFILLED", "COMPLETED"})
SIGNED: Final = "SIGNED"
REFUNDED: Final = "REFUNDED"
ENDS: Final = {
    "DECLINED": Declined(code="credit_declined"),
    "CANCELED": Declined(code="declined"),
    "CANCELLED": Declined(code="declined"),
    "AWAITING-CANCELLATION": Declined(code="declined"),
    REFUNDED: Declined(code="declined"),
}
# REFERRED, ACTION-LENDER and every status that no table knows is no outcome: asked again.
FAILED: Final = "ERROR"
NOT_REFUNDED: Final = frozenset({FAILED, "FAILED"})
NOT_FOUND: Final = Declined(code="agreement_not_found")
BEYOND: Final = Declined(code="already_refunded")
# "Payload property missing or invalid": its context names the property.
INVALID_PROPERTY: Final = 400002


def plan_of(terms: CreditTerms, settings: Settings) -> str:
    """The platform's finance plan for our terms."""
    return settings.plans.get(terms.plan, terms.plan)


def flat(data: Json) -> dict[str, Any]:
    """One thing of a list, whether its fields are below `attributes` or not."""
    return {**data, **data.get("attributes", {})}


def quoted(plan: Json, request: QuoteCredit, call: Call) -> Outcome[CreditQuoted]:
    """Whether a plan is there for this amount, term and currency."""
    if not _fits(plan, request.terms, call.currency):
        return NOT_OFFERED
    return Passed(output=CreditQuoted(offer=word(plan["id"]), lender=lender_of(plan)))


def application(request: ApplyForCredit, call: Call, settings: Settings) -> dict[str, Any]:
    """The body of an application; the customer fills in the rest at the platform."""
    terms = request.terms
    deposit = terms.deposit if settings.takes_deposit else 0
    item = {
        "name": terms.title,
        "sku": terms.plan,
        "quantity": 1,
        "price": terms.amount + deposit,
    }
    return {
        "country_id": request.address.country,
        "currency_id": call.currency,
        "language_id": call.locale.partition("-")[0],
        "finance_plan_id": request.offer.offer,
        "applicants": [_applicant(request.contact, request.address)],
        "order_items": [item],
        "deposit_amount": deposit,
        "finalisation_required": False,
        "merchant_reference": call.reference,
        "urls": {
            "merchant_redirect_url": call.return_url,
            "merchant_checkout_url": call.return_url,
            "merchant_response_url": call.callback_url,
        },
        "metadata": {"reference": call.reference, "checkout": call.checkout},
    }


def decision(data: Json, settings: Settings, now: datetime) -> Outcome[CreditDecision]:
    """How an application stands."""
    status, number = data["current_status"], word(data["id"])
    if status in ENDS:
        return ENDS[status]
    if status in COMPLETE or status == settings.complete_at:
        output = CreditDecision(
            application=number,
            lender=lender_of(data),
            amount=_lent(data),
            currency=currency_of(data),
        )
        return Passed(output=output)
    if status in AT_THE_PAGE:
        page = word(data["urls"]["application_url"])
        return Redirect(url=page, expires=now + PAGE_LIVES, handle=number)
    return Pending(poll_after=settings.poll_after, handle=number)


def reference_of(data: Json) -> str:
    """Our reference in an application; empty in one that is not ours."""
    metadata = data.get("metadata")
    told = metadata.get("reference") if isinstance(metadata, Mapping) else None
    return str(told or data.get("merchant_reference") or "")


def movement(amount: int, name: str, reference: str) -> dict[str, Any]:
    """The body of an activation or a cancellation."""
    item = {"name": name, "quantity": 1, "price": amount}
    return {"amount": amount, "reference": reference, "order_items": [item]}


def agreement_of(request: EndCredit) -> str | None:
    """The application of the agreement that ends, where the sale's outputs are known."""
    if request.activated is not None:
        return request.activated.agreement
    return request.decision.application if request.decision is not None else None


def refundable(data: Json) -> int:
    """What of an application was activated and can be given back still."""
    return int(data["amounts"]["refundable_amount"])


def ended(number: str, currency: str | None, refund: Json) -> Outcome[CreditEnded]:
    """What a refund came to: it has passed once the platform took it in, as an activation has."""
    told = flat(refund)
    if told["status"] in NOT_REFUNDED:
        return Declined(code="declined", vendor_code=word(told["status"]))
    if currency is None:
        raise ValueError("currency")
    output = CreditEnded(agreement=number, currency=currency, lender=_minor(told["amount"]))
    return Passed(output=output)


def of_reference(listed: Sequence[Json], reference: str) -> Json | None:
    """The refund of our reference on a page of them."""
    return next((one for one in listed if flat(one).get("reference") == reference), None)


def activatable(data: Json) -> int:
    """What of an application can be activated still."""
    return int(data["amounts"]["activatable_amount"])


def refused_data(answer: Answer) -> str | None:
    """Their code and the applicant's field that it is about; None where it is about another."""
    data = object_of(answer)
    context = data.get("context")
    path = str(context.get("property") or "") if isinstance(context, Mapping) else ""
    if data["code"] != INVALID_PROPERTY or not path.startswith("applicants"):
        return None
    return f"{INVALID_PROPERTY}:{path.rpartition('.')[2]}"


def owns(answer: Answer) -> bool:
    """Whether the platform said it: its error, which is none of its gateway."""
    data = object_of(answer)
    return has(data, beside=("context",), error=bool, code=int, message=str) and bool(data["error"])


def cancelable(data: Json) -> int:
    """What of an application can be cancelled still; nothing of one that has ended."""
    return 0 if data["current_status"] in ENDS else int(data["amounts"]["cancelable_amount"])


def activated_before(data: Json) -> bool:
    """Whether the lender has been told to pay: then only a refund helps."""
    return int(data["amounts"]["activated_amount"]) > 0


def lived(data: Json) -> bool:
    """Whether an application that is over was activated once: then this is its later life."""
    amounts = data.get("amounts", {})
    used = (amounts.get(name) or 0 for name in ("activated_amount", "refunded_amount"))
    return data["current_status"] == REFUNDED or any(int(amount) > 0 for amount in used)


def activates(listed: Sequence[Json], reference: str) -> int | None:
    """How much one of an application's activations that is ours and did not fail is about."""
    ours = [one for one in map(flat, listed) if one.get("reference") == reference]
    return next((_minor(one["amount"]) for one in ours if one["status"] != FAILED), None)


def moved(data: Json) -> int:
    """How much an activation that was taken is about."""
    return _minor(data["data"]["amount"])


def live(number: str, amount: int | None) -> Passed[CreditActivated]:
    """The credit that runs: the application's number is the agreement's."""
    return Passed(output=CreditActivated(agreement=number, amount=amount))


def _lent(data: Json) -> int | None:
    """The credit as it was granted, where the platform tells it."""
    told = (data.get("amounts") or {}).get("original_credit_amount")
    return None if told is None else _minor(told)


def _minor(amount: object) -> int:
    """Whole minor units; the platform's schema lets them be written as 66900.0."""
    if isinstance(amount, bool) or not isinstance(amount, int | float) or amount != int(amount):
        raise ValueError("amount")
    return int(amount)


def lender_of(data: Json) -> str:
    """Who lends, where the platform says so."""
    lender = data.get("lender")
    name = lender.get("name") if isinstance(lender, Mapping) else None
    return word(name or PLATFORM)


def _fits(plan: Json, terms: CreditTerms, currency: str) -> bool:
    limits = plan.get("credit_amount") or {}
    lowest, highest = limits.get("minimum_amount"), limits.get("maximum_amount")
    return (
        plan.get("active", True) is True
        and currency_of(plan) in (currency, None)
        and int(plan.get("agreement_duration_months", terms.months)) == terms.months
        and (lowest is None or terms.amount >= int(lowest))
        and (highest is None or terms.amount <= int(highest))
    )


def currency_of(data: Json) -> str | None:
    """The currency of an application or a plan, where the platform tells it."""
    beside = data.get("relationships", {}).get("currency", {}).get("data", {})
    found = (data.get("currency") or beside).get("id")
    return word(found) if found else None


def _applicant(contact: Contact, address: Address) -> dict[str, Any]:
    lines = (address.line1, address.line2, address.town, address.region)
    return {
        "firstName": contact.given_name,
        "lastName": contact.family_name,
        "email": contact.email,
        "phoneNumber": _phone(contact.phone),
        "addresses": [
            {
                "postcode": address.postcode,
                "text": ", ".join(line for line in lines if line),
                "country": address.country,
            }
        ],
    }


def _phone(number: str) -> str:
    """British numbers go without their country, as the platform's examples have them."""
    return f"0{number[3:]}" if number.startswith("+44") else number
