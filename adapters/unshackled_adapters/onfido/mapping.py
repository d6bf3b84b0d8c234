"""Between our values and Onfido's JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from unshackled.sdk import Answer, Call, Declined, Outcome, Passed, Pending, Redirect
from unshackled.sdk.answers import moment
from unshackled.sdk.envelope import has, object_of
from unshackled.sdk.ports import IdentityVerified, VerifyIdentity
from unshackled.sdk.texts import word
from unshackled_adapters.onfido.settings import Settings

Json = Mapping[str, Any]

APPROVED: Final = "approved"
OPEN: Final = "awaiting_input"
# The types of errors in the reference; another vendor's have the same form.
ERRORS: Final = frozenset(
    {
        "authorization_error",
        "bad_referrer",
        "bad_request",
        "expired_token",
        "gone",
        "internal_server_error",
        "missing_billing_info",
        "rate_limit",
        "resource_not_found",
        "trial_limits_reached",
        "user_authorization_error",
        "validation_error",
    }
)
BROKEN: Final = "error"
# The vendor works, or a person of the retailer looks: the end comes later.
WAITING: Final = frozenset({"processing", "awaiting_client_input", "review"})
# A run that ended without a yes; `abandoned` is a customer who never finished.
ENDED: Final = frozenset({"declined", "abandoned"})
# How long we send somebody to a link without an end.
UNSAID: Final = timedelta(days=1)
DEFAULT_DECLINE: Final = "identity_not_verified"
SANCTIONS: Final = "sanctions_hit"
VALIDATION: Final = "validation_error"
# What the customer wrote of an applicant.
WRITTEN: Final = ("first_name", "last_name", "dob", "email", "phone_number", "address")
# Which of several runs of one reference counts: the first of these.
ORDER: Final = (APPROVED, "review", "processing", "awaiting_client_input", OPEN, "declined")
# ISO 3166-1: of where addresses have a British postcode, ours to theirs.
COUNTRIES: Final = {"GB": "GBR", "GG": "GGY", "IM": "IMN", "JE": "JEY"}
# Their pages speak these; any other language is left to the customer's browser.
LANGUAGES: Final = {
    "de": "de_DE",
    "en": "en_US",
    "es": "es_ES",
    "fr": "fr_FR",
    "it": "it_IT",
    "nl": "nl_NL",
    "pt": "pt_PT",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run of the workflow; `url` is the customer's page."""

    id: str
    tags: Sequence[str]
    status: str
    reasons: Sequence[str]
    url: str | None
    expires: datetime | None


def applicant(identity: VerifyIdentity) -> dict[str, Any]:
    """The body that makes the person to be checked."""
    contact, address = identity.contact, identity.address
    body: dict[str, Any] = {
        "first_name": contact.given_name,
        "last_name": contact.family_name,
        "dob": contact.date_of_birth.isoformat(),
        "email": contact.email,
        "phone_number": contact.phone,
    }
    country = COUNTRIES.get(address.country)
    if country is not None:
        body["address"] = {
            "line1": address.line1,
            "town": address.town,
            "postcode": address.postcode,
            "country": country,
        }
        if address.line2:
            body["address"]["line2"] = address.line2
        body["location"] = {"country_of_residence": country}
    return body


def workflow_run(person: str, call: Call, settings: Settings, now: datetime) -> dict[str, Any]:
    """The body that starts a run; our reference is its tag."""
    link: dict[str, Any] = {
        "completed_redirect_url": call.return_url,
        "expired_redirect_url": call.return_url,
    }
    if settings.link_lives is not None:
        link["expires_at"] = (now + settings.link_lives).isoformat(timespec="seconds")
    language = LANGUAGES.get(call.locale[:2].lower())
    if language is not None:
        link["language"] = language
    return {
        "applicant_id": person,
        "workflow_id": settings.workflow_id,
        "tags": [call.reference],
        "link": link,
    }


def number(data: Json) -> str:
    """The id of what was made."""
    return str(UUID(data["id"]))


def run(data: Json) -> Run:
    """One run, of a workflow."""
    if not isinstance(data["workflow_id"], str):
        raise TypeError("workflow_id")
    link = data.get("link") or {}
    expires = link.get("expires_at")
    return Run(
        id=word(data["id"]),
        tags=[str(tag) for tag in data.get("tags") or ()],
        status=word(data["status"]),
        reasons=[str(reason) for reason in data.get("reasons") or ()],
        url=link.get("url"),
        expires=moment(expires) if expires else None,
    )


def of_reference(data: Sequence[Json], reference: str) -> Run | None:
    """The run of our reference that counts; None where there is none."""
    if not isinstance(data, list):
        raise TypeError("no list")
    found = [one for one in map(run, data) if reference in one.tags]
    return min(found, key=_rank, default=None)


def _rank(one: Run) -> int:
    return ORDER.index(one.status) if one.status in ORDER else len(ORDER)


def owns(answer: Answer) -> bool:
    """Whether Onfido said it: an error of one of its types."""
    error = object_of(answer).get("error")
    return has(error, beside=("fields",), type=str, message=str) and error["type"] in ERRORS


def refused_field(answer: Answer) -> str | None:
    """The first field of an applicant that a validation error is about and the customer wrote."""
    error = object_of(answer)["error"]
    fields = error.get("fields")
    if error["type"] != VALIDATION or not isinstance(fields, dict):
        return None
    return next((name for name in WRITTEN if name in fields), None)


def outcome(one: Run, settings: Settings, now: datetime) -> Outcome[IdentityVerified]:
    """What a run came to; `ValueError` for a status that nobody listed."""
    if one.status == APPROVED:
        return Passed(output=IdentityVerified(check=one.id, level=settings.level))
    if one.status in ENDED:
        hit = any(reason in settings.sanctions_reasons for reason in one.reasons)
        return Declined(code=SANCTIONS if hit else DEFAULT_DECLINE)
    if one.status == OPEN and one.url:
        expires = one.expires or now + (settings.link_lives or UNSAID)
        return Redirect(url=one.url, expires=expires, handle=one.id)
    if one.status != OPEN and one.status not in WAITING:
        raise ValueError("status")
    return Pending(poll_after=settings.poll_after, handle=one.id)
