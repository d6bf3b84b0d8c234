"""Between our values and the identity service's JSON."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from unshackled.sdk import (
    DATA_REFUSED,
    Call,
    Declined,
    Notice,
    Outcome,
    Passed,
    Pending,
)
from unshackled.sdk.ports import IdentityVerified, VerifyIdentity
from unshackled.sdk.texts import word

Json = Mapping[str, Any]

# What a rejected check was rejected for; any other reason is DEFAULT_DECLINE.
REASONS: Final = {
    "document": "identity_not_verified",
    "name_and_address": "identity_not_verified",
    "deceased": "identity_not_verified",
    "fraud_database": "identity_not_verified",
    "sanctions": "sanctions_hit",
    "politically_exposed": "sanctions_hit",
}
# What the service cannot check as it was written; any other code of 422 is our mistake.
UNREADABLE: Final = {
    "address_invalid": DATA_REFUSED,
    "date_of_birth_invalid": DATA_REFUSED,
    "name_invalid": DATA_REFUSED,
}
DEFAULT_DECLINE: Final = "identity_not_verified"


def check(request: VerifyIdentity, call: Call, profile: str) -> dict[str, Any]:
    """The body of a check."""
    contact, address = request.contact, request.address
    return {
        "external_reference": call.reference,
        "callback_url": call.callback_url,
        "profile": profile,
        "person": {
            "given_name": contact.given_name,
            "family_name": contact.family_name,
            "date_of_birth": contact.date_of_birth.isoformat(),
            "email": contact.email,
            "phone": contact.phone,
        },
        "address": {
            "line1": address.line1,
            "line2": address.line2,
            "town": address.town,
            "postcode": address.postcode,
            "country": address.country,
        },
    }


def verified(data: Json, poll_after: timedelta) -> Outcome[IdentityVerified]:
    """What a check came to."""
    result = data["result"]
    if result == "in_progress":
        return Pending(poll_after=poll_after, handle=word(data["check"]))
    if result == "rejected":
        return Declined(
            code=REASONS.get(data.get("reason") or "", DEFAULT_DECLINE),
            vendor_code=data.get("reason"),
        )
    if result != "clear":
        raise ValueError("result")
    return Passed(output=IdentityVerified(check=word(data["check"]), level=word(data["level"])))


def notices(data: Json, poll_after: timedelta) -> tuple[Notice, ...]:
    """The outcome in a callback about a check."""
    return (Notice(reference=data["external_reference"], outcome=verified(data, poll_after)),)
