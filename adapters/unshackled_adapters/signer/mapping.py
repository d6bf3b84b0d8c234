"""Between our values and the signature service's JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from unshackled.sdk import Call, Declined, Notice, Outcome, Passed, Redirect
from unshackled.sdk.answers import moment
from unshackled.sdk.ports import AgreementSigned, SignAgreement
from unshackled.sdk.texts import word
from unshackled.sdk.words import terms

Json = Mapping[str, Any]

# What ends an envelope unsigned; any other end is DEFAULT_DECLINE.
ENDS: Final = {
    "declined": "signature_refused",
    "expired": "signature_refused",
    "rejected": "signature_refused",
}
DEFAULT_DECLINE: Final = "declined"
UNSIGNED: Final = ("declined", "expired", "rejected", "voided")


def envelope(request: SignAgreement, call: Call, heading: str) -> dict[str, Any]:
    """The body that sends an agreement to be signed, with the evidence of what was shown."""
    told = terms(request, call.locale)
    return {
        "external_reference": call.reference,
        "callback_url": call.callback_url,
        "return_url": call.return_url,
        "locale": call.locale,
        "signer": {
            "name": f"{request.contact.given_name} {request.contact.family_name}",
            "email": request.contact.email,
        },
        "document": {
            "heading": heading,
            "quote": request.quote.id,
            "lines": [list(one) for one in (told.amount, told.duration, told.apr, told.total)],
        },
        "shown_before": {
            "document": request.documents.document,
            "digest": request.documents.digest,
        },
    }


def is_over(data: Json) -> bool:
    """Whether an envelope binds nobody."""
    return data["status"] in UNSIGNED


def signed(data: Json) -> Outcome[AgreementSigned]:
    """What became of an envelope: signed, still with the customer, or ended unsigned."""
    status = data["status"]
    if status == "sent":
        return Redirect(
            url=data["signing_url"], expires=moment(data["expires"]), handle=word(data["envelope"])
        )
    if status in UNSIGNED:
        return Declined(code=ENDS.get(status, DEFAULT_DECLINE))
    if status != "completed":
        raise ValueError("status")
    return Passed(output=AgreementSigned(envelope=word(data["envelope"])))


def notices(data: Json) -> tuple[Notice, ...]:
    """The outcome in a callback about an envelope."""
    return (Notice(reference=data["external_reference"], outcome=signed(data)),)
