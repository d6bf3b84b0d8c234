"""The stand-in's signature requests and the events about them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

import orjson

from unshackled.sdk.standin import StandIn
from unshackled.sdk.standin_rest import demo_secret
from unshackled_adapters.dropbox_sign.callback import event_hash
from unshackled_adapters.dropbox_sign.mapping import REFERENCE

BOUNDARY: Final = "------------------------9b1f5c3a"
VARIABLE: Final = "DROPBOX_SIGN_API_KEY"


def made_up_id(seed: str, digits: int) -> str:
    """An id as long as theirs."""
    return hashlib.sha256(seed.encode()).hexdigest()[:digits]


@dataclass(kw_only=True)
class Signing:
    """One request; `status` is its signature's: awaiting_signature, signed, declined, expired."""

    id: str
    signature: str
    body: dict[str, Any]
    signer: dict[str, str]
    embedded: bool
    created: datetime
    status: str = "awaiting_signature"
    error: bool = False
    gone: bool = False
    tokens: dict[str, datetime] = field(default_factory=dict)

    @property
    def reference(self) -> str:
        """The sender's reference, from the metadata."""
        return str(self.body.get("metadata", {}).get(REFERENCE, ""))

    @property
    def title(self) -> str:
        """The title of the request."""
        return str(self.body.get("title", "Signature request"))

    @property
    def redirect_url(self) -> str | None:
        """Where the customer goes when the e-mailed request is signed."""
        return self.body.get("signing_redirect_url")

    @property
    def lines(self) -> dict[str, str]:
        """The merge fields that the template shows."""
        return {one["name"]: one["value"] for one in self.body.get("custom_fields", ())}

    def new_token(self, expires: datetime) -> str:
        """A token that opens the embedded page once."""
        token = f"{self.id}-{len(self.tokens) + 1}"
        self.tokens[token] = expires
        return token

    def admits(self, token: str, now: datetime) -> bool:
        """Whether the page opens: by the e-mail's link, or by a fresh token."""
        return not self.embedded or self.tokens.get(token, now) > now

    def document(self) -> dict[str, Any]:
        """The request as the API tells it."""
        signature = {
            "signature_id": self.signature,
            "signer_email_address": self.signer["email_address"],
            "signer_name": self.signer["name"],
            "signer_role": self.signer["role"],
            "order": None,
            "status_code": self.status,
            "decline_reason": None,
            "signed_at": int(self.created.timestamp()) if self.status == "signed" else None,
            "last_viewed_at": None,
            "last_reminded_at": None,
            "has_pin": False,
            "error": None,
        }
        return {
            "test_mode": bool(self.body.get("test_mode")),
            "signature_request_id": self.id,
            "requester_email_address": "account@retailer.example",
            "title": self.title,
            "original_title": self.title,
            "subject": self.body.get("subject"),
            "message": self.body.get("message"),
            "metadata": self.body.get("metadata", {}),
            "created_at": int(self.created.timestamp()),
            "expires_at": None,
            "is_complete": self.status == "signed",
            "is_declined": self.status == "declined",
            "has_error": self.error,
            "files_url": f"https://api.hellosign.com/v3/signature_request/files/{self.id}",
            "signing_url": None,
            "details_url": f"https://app.hellosign.com/home/manage?guid={self.id}",
            "cc_email_addresses": [],
            "signing_redirect_url": self.redirect_url,
            "template_ids": self.body["template_ids"],
            "custom_fields": [],
            "attachments": [],
            "response_data": [],
            "signatures": [signature],
        }


@dataclass(kw_only=True)
class Books:
    """Every request of the account; `index_delay` is how long the search lags behind."""

    stand_in: StandIn
    requests: dict[str, Signing] = field(default_factory=dict)
    index_delay: timedelta = timedelta(0)

    def add(self, body: dict[str, Any], signer: dict[str, str], *, embedded: bool) -> Signing:
        """Keep a new request."""
        seed = f"{len(self.requests) + 1}"
        made = Signing(
            id=made_up_id(f"request {seed}", 40),
            signature=made_up_id(f"signature {seed}", 32),
            body=body,
            signer=signer,
            embedded=embedded,
            created=self.stand_in.now(),
        )
        self.requests[made.id] = made
        return made

    def newest(self) -> list[Signing]:
        """What was neither cancelled nor removed, newest first."""
        return [one for one in reversed(self.requests.values()) if not one.gone]

    def search(self, query: str) -> list[Signing]:
        """`metadata:<word>` among the requests that the index has."""
        name, _, word = query.partition(":")
        known = self.stand_in.now() - self.index_delay
        return [
            one
            for one in self.newest()
            if one.created <= known
            and name == "metadata"
            and word in map(str, one.body.get("metadata", {}).values())
        ]

    def by_signature(self, signature: str) -> Signing | None:
        """The request that a signature belongs to."""
        return next((one for one in self.requests.values() if one.signature == signature), None)

    def tell(self, one: Signing, kind: str) -> None:
        """Send an event to the account's address, if it has one."""
        url = self.stand_in.state.get("callback_url")
        if url:
            body, headers = event(one.document(), kind, self.stand_in.now())
            self.stand_in.later(self.stand_in.deliver(url, body, headers))


def event(request: dict[str, Any], kind: str, at: datetime) -> tuple[bytes, dict[str, str]]:
    """An event as it is sent: one field `json` of a form."""
    stamp = str(int(at.timestamp()))
    told = {
        "event": {
            "event_time": stamp,
            "event_type": kind,
            "event_hash": event_hash(demo_secret(VARIABLE), stamp, kind).decode(),
            "event_metadata": {
                "related_signature_id": None,
                "reported_for_account_id": made_up_id("account", 40),
                "reported_for_app_id": None,
                "event_message": None,
            },
        },
        "signature_request": request,
    }
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="json"\r\n\r\n'
    body = head.encode() + orjson.dumps(told) + f"\r\n--{BOUNDARY}--\r\n".encode()
    headers = {
        "Content-Type": f"multipart/form-data; boundary={BOUNDARY}",
        "User-Agent": "HelloSign API",
    }
    return body, headers
