"""Between our values and GoCardless's JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import orjson

from unshackled.sdk import Answer, Call, Declined, Outcome, Passed, Pending, Redirect
from unshackled.sdk.answers import UNREADABLE, moment
from unshackled.sdk.envelope import has, object_of
from unshackled.sdk.ports import Contact, MandateSetUp
from unshackled.sdk.texts import word
from unshackled_adapters.gocardless.settings import Settings

Json = Mapping[str, Any]

# Our reference in the metadata of a billing request and of its mandate.
REFERENCE: Final = "unshackled_reference"
SCHEME: Final = "bacs"
CURRENCY: Final = "GBP"
COUNTRY: Final = "GB"
POLL_AFTER: Final = timedelta(minutes=1)
ERRORS: Final = frozenset({"gocardless", "invalid_api_usage", "invalid_state", "validation_failed"})
CONFLICT: Final = "idempotent_creation_conflict"

VALIDATION: Final = "validation_failed"
# Where a request has what the customer wrote.
WRITTEN: Final = "/prefilled_customer/"

OPEN: Final = "pending"
CANCELLED: Final = "cancelled"
UNDER_WAY: Final = ("ready_to_fulfil", "fulfilling")

# A mandate may be debited from the day it is made: Bacs confirms it some days later.
LIVE: Final = frozenset({"pending_submission", "submitted", "active"})
UNSIGNED: Final = "pending_customer_approval"
DEFAULT_DECLINE: Final = "declined"
# Mandates that cannot be debited any more, and what their status alone says of the reason.
ENDED: Final = {
    "failed": "invalid_bank_account",
    "cancelled": DEFAULT_DECLINE,
    "expired": DEFAULT_DECLINE,
    "consumed": DEFAULT_DECLINE,
    "blocked": DEFAULT_DECLINE,
    "suspended_by_payer": DEFAULT_DECLINE,
}
# Why a bank did not take a mandate, as an event tells it; for another cause the status counts.
CAUSES: Final = {
    "account_blocked_for_any_financial_transaction": "invalid_bank_account",
    "authorisation_disputed": DEFAULT_DECLINE,
    "bank_account_closed": "invalid_bank_account",
    "direct_debit_not_enabled": "invalid_bank_account",
    "initial_one_off_payment_failed": DEFAULT_DECLINE,
    "invalid_bank_details": "invalid_bank_account",
    "mandate_cancelled": DEFAULT_DECLINE,
    "refer_to_payer": DEFAULT_DECLINE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One billing request; `mandate` is there once it is fulfilled."""

    id: str
    reference: str | None
    status: str
    made_at: datetime
    mandate: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Mandate:
    """One mandate; `bacs` is its reference at the scheme."""

    id: str
    reference: str | None
    bacs: str
    status: str

    @property
    def over(self) -> bool:
        """Whether it cannot be debited any more, and will not be."""
        return self.status in ENDED and self.status != "suspended_by_payer"


def billing_request(reference: str, settings: Settings) -> dict[str, Any]:
    """The body that asks for a mandate; nothing personal is in it."""
    ours = {REFERENCE: reference}
    wanted: dict[str, Any] = {
        "mandate_request": {
            "currency": CURRENCY,
            "scheme": SCHEME,
            "description": settings.description,
            "metadata": ours,
        },
        "metadata": ours,
    }
    if settings.creditor:
        wanted["links"] = {"creditor": settings.creditor}
    return {"billing_requests": wanted}


def flow(one: Request, call: Call, contact: Contact | None) -> dict[str, Any]:
    """The body that opens a page for a billing request."""
    wanted: dict[str, Any] = {
        "redirect_uri": call.return_url,
        "exit_uri": call.return_url,
        "lock_currency": True,
        "language": call.locale[:2].lower(),
        "links": {"billing_request": one.id},
    }
    if contact is not None:
        wanted["prefilled_customer"] = {
            "given_name": contact.given_name,
            "family_name": contact.family_name,
            "email": contact.email,
            "country_code": COUNTRY,
        }
    return {"billing_request_flows": wanted}


def redirect(data: Json, one: Request) -> Redirect:
    """The page where the customer gives the account and confirms."""
    made = data["billing_request_flows"]
    return Redirect(
        url=word(made["authorisation_url"]), expires=moment(made["expires_at"]), handle=one.id
    )


def request(data: Json) -> Request:
    """One billing request, from `{"billing_requests": {…}}`."""
    return _request(data["billing_requests"])


def requests(data: Json) -> tuple[list[Request], str | None]:
    """A page of billing requests, newest first, and the cursor of the next."""
    after = data["meta"]["cursors"]["after"]
    return [_request(one) for one in data["billing_requests"]], after


def _request(data: Json) -> Request:
    mandate = (data.get("links") or {}).get("mandate_request_mandate")
    if mandate is None and data["status"] == "fulfilled":
        raise ValueError("fulfilled without a mandate")
    return Request(
        id=word(data["id"]),
        reference=(data.get("metadata") or {}).get(REFERENCE),
        status=word(data["status"]),
        made_at=moment(data["created_at"]),
        mandate=mandate,
    )


def mandate(data: Json) -> Mandate:
    """One mandate, from `{"mandates": {…}}`."""
    return _mandate(data["mandates"])


def mandates(data: Json) -> list[Mandate]:
    """The mandates of a list."""
    return [_mandate(one) for one in data["mandates"]]


def any_events(data: Json) -> bool:
    """Whether a list of events has one."""
    return len(data["events"]) > 0


def _mandate(data: Json) -> Mandate:
    return Mandate(
        id=word(data["id"]),
        reference=(data.get("metadata") or {}).get(REFERENCE),
        bacs=word(data.get("reference") or data["id"]),
        status=word(data["status"]),
    )


def outcome(one: Mandate, handle: str | None, cause: str = "") -> Outcome[MandateSetUp]:
    """What a mandate stands for; `cause` is why it ended, where an event told."""
    if one.status in LIVE:
        return Passed(output=MandateSetUp(mandate=one.bacs))
    if one.status == UNSIGNED:
        return Pending(poll_after=POLL_AFTER, handle=handle)
    return Declined(code=CAUSES.get(cause, ENDED[one.status]))


def waiting(one: Request) -> Pending:
    """The customer is done, or a page could not be opened: ask again."""
    return Pending(poll_after=POLL_AFTER, handle=one.id)


def refused_field(answer: Answer) -> str | None:
    """The first field that a failed validation is about and the customer wrote."""
    error = object_of(answer)["error"]
    pointers = [str(one.get("request_pointer", "")) for one in error["errors"]]
    found = (one.partition(WRITTEN)[2] for one in pointers if WRITTEN in one)
    return next(found, None) if error["type"] == VALIDATION else None


def owns(answer: Answer) -> bool:
    """Whether GoCardless said it: an error that repeats the status."""
    error = object_of(answer).get("error")
    return (
        has(error, message=str, type=str, code=int, errors=list)
        and error["code"] == answer.status
        and error["type"] in ERRORS
    )


def conflicting(body: bytes) -> str | None:
    """The id of what was made under the same key, from the answer 409; None if it says other."""
    try:
        for error in orjson.loads(body)["error"]["errors"]:
            if error["reason"] == CONFLICT:
                return word(error["links"]["conflicting_resource_id"])
    except UNREADABLE:
        pass
    return None
