"""Between our values and Dropbox Sign's JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from unshackled.sdk import Answer, Call, Declined, Passed, Pending, Redirect
from unshackled.sdk.answers import UNREADABLE
from unshackled.sdk.envelope import has, object_of
from unshackled.sdk.ports import AgreementSigned, SignAgreement
from unshackled.sdk.texts import word
from unshackled.sdk.words import terms
from unshackled_adapters.dropbox_sign.settings import Settings

Json = Mapping[str, Any]

# Our reference in the metadata of a request.
REFERENCE: Final = "unshackled_reference"
AWAITING: Final = "awaiting_signature"
# How a signature ends unsigned; an end that is not listed is DEFAULT_DECLINE.
ENDS: Final = {"declined": "signature_refused", "expired": "signature_refused"}
DEFAULT_DECLINE: Final = "declined"
GONE: Final = Declined(code=DEFAULT_DECLINE)
# What the API refuses because of what the customer wrote; a bad request where it is a signer's.
INVALID_RECIPIENT: Final = "invalid_recipient"
BAD_REQUEST: Final = "bad_request"
SIGNER: Final = re.compile(r"signers\b.*\b(name|email_address)\b")
CANNOT_CANCEL: Final = "signature_request_cancel_failed"
SAME_UNDER_WAY: Final = "conflict"
POLL_AFTER: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """One signature request; `signature` is the customer's, open while it can be signed.

    `end` is the outcome where there is one.
    """

    id: str
    reference: str | None
    signature: str
    open: bool
    complete: bool
    end: Passed[AgreementSigned] | Declined | None

    @property
    def waiting(self) -> Pending:
        """The customer has an e-mail, or the file is being made."""
        return Pending(poll_after=POLL_AFTER, handle=self.id)


def request(agreement: SignAgreement, call: Call, settings: Settings) -> dict[str, Any]:
    """The body that sends the template to the customer."""
    contact = agreement.contact
    body: dict[str, Any] = {
        "template_ids": [settings.template_id],
        "title": settings.title,
        "subject": settings.title,
        "signers": [
            {
                "role": settings.signer_role,
                "name": f"{contact.given_name} {contact.family_name}",
                "email_address": contact.email,
            }
        ],
        "custom_fields": [
            {"name": name, "value": value} for name, value in _merge_fields(agreement, call).items()
        ],
        "metadata": {REFERENCE: call.reference},
        "allow_decline": True,
        "test_mode": settings.test_mode,
    }
    if settings.client_id:
        body["client_id"] = settings.client_id
    if not settings.signing_page:
        body["signing_redirect_url"] = call.return_url
    return body


def _merge_fields(agreement: SignAgreement, call: Call) -> dict[str, str]:
    """What the template says: the terms, and the evidence of what was shown before."""
    told = terms(agreement, call.locale)
    return {
        "quote": agreement.quote.id,
        "amount_of_credit": told.amount[1],
        "deposit": told.deposit[1],
        "duration": told.duration[1],
        "apr": told.apr[1],
        "total_amount_payable": told.total[1],
        "document_shown": agreement.documents.document,
        "document_digest": agreement.documents.digest,
    }


def envelope(data: Json) -> Envelope:
    """One request, from `{"signature_request": {…}}`."""
    found = data["signature_request"]
    signature = found["signatures"][0]
    status = word(signature["status_code"])
    return Envelope(
        id=word(found["signature_request_id"]),
        reference=reference(found),
        signature=word(signature["signature_id"]),
        open=status == AWAITING,
        complete=_flag(found, "is_complete"),
        end=_end(found, status),
    )


def _end(data: Json, status: str) -> Passed[AgreementSigned] | Declined | None:
    broken = _flag(data, "has_error")
    if _flag(data, "is_complete"):
        return Passed(output=AgreementSigned(envelope=word(data["signature_request_id"])))
    if _flag(data, "is_declined"):
        return Declined(code=ENDS["declined"])
    if status in ENDS:
        return Declined(code=ENDS[status])
    if broken or status.startswith("error"):
        return Declined(code=DEFAULT_DECLINE)
    return None


def _flag(data: Json, name: str) -> bool:
    value = data[name]
    if not isinstance(value, bool):
        raise TypeError(name)
    return value


def reference(data: Json) -> str | None:
    """Our reference of a request; None where it is not ours."""
    metadata = data.get("metadata")
    # PHP writes an empty map as a list.
    value = metadata.get(REFERENCE) if isinstance(metadata, Mapping) else None
    return value if isinstance(value, str) else None


def of_reference(data: Json, wanted: str) -> list[str]:
    """The ids of a list's requests under our reference."""
    return [
        word(found["signature_request_id"])
        for found in data["signature_requests"]
        if reference(found) == wanted
    ]


def redirect(data: Json, one: Envelope, call: Call, settings: Settings) -> Redirect:
    """The retailer's page that opens the signing; all it needs is behind `#`: no server logs it."""
    embedded = data["embedded"]
    told = {
        "sign_url": embedded["sign_url"],
        "client_id": settings.client_id,
        "return_url": call.return_url,
    }
    return Redirect(
        url=f"{settings.signing_page}#{urlencode(told)}",
        expires=datetime.fromtimestamp(int(embedded["expires_at"]), UTC),
        handle=one.id,
    )


def owns(answer: Answer) -> bool:
    """Whether Dropbox Sign said it: an error with a name."""
    data = object_of(answer)
    known = has(data, beside=("warnings",), error=dict)
    return known and has(data["error"], beside=("error_path",), error_msg=str, error_name=str)


def refused_data(answer: Answer) -> str | None:
    """What an error says that the customer wrote wrongly, as they name it; None for any other."""
    name = error_name(answer.body)
    if name == INVALID_RECIPIENT:
        return name
    path = SIGNER.search(str((object_of(answer).get("error") or {}).get("error_path") or ""))
    return f"{name}:{path[1]}" if name == BAD_REQUEST and path is not None else None


def error_name(body: bytes) -> str:
    """Their name of an error; empty where the body is not theirs."""
    try:
        return str(json.loads(body)["error"]["error_name"])
    except UNREADABLE:
        return ""
