"""What the stand-in of GoCardless has: billing requests, their pages, mandates and events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

import orjson

from unshackled.sdk.standin import Mode, StandIn
from unshackled.sdk.standin_rest import demo_secret
from unshackled_adapters.gocardless.callback import HEADER, signature
from unshackled_adapters.gocardless.mapping import REFERENCE

PAGE_LIVES: Final = timedelta(days=7)
LIVE: Final = ("pending_submission", "submitted", "active", "pending_customer_approval")
# Why the bank refuses the account of a request that a switch struck.
CAUSE: Final = "bank_account_closed"
Wire = dict[str, Any]


@dataclass(kw_only=True)
class BillingRequest:
    """One billing request, and the mandate that came of it (empty before)."""

    id: str
    body: Mapping[str, Any]
    at: datetime
    fate: Mode | None
    status: str = "pending"
    mandate: Wire = field(default_factory=dict)

    @property
    def reference(self) -> str:
        """Our reference, where it was given."""
        return str((self.body.get("metadata") or {}).get(REFERENCE, ""))

    def document(self) -> Wire:
        """What the API tells about it."""
        links = {"creditor": "CR000000000001", "mandate_request": f"MRQ{self.id[3:]}"}
        links |= {"mandate_request_mandate": self.mandate["id"]} if self.mandate else {}
        done = "pending" if self.status == "pending" else "completed"
        steps = ("collect_customer_details", "collect_bank_account", "confirm_payer_details")
        return {
            "id": self.id,
            "created_at": written(self.at),
            "status": self.status,
            "mandate_request": {"links": {}, **self.body["mandate_request"]},
            "payment_request": None,
            "metadata": self.body.get("metadata", {}),
            "links": links,
            "fallback_enabled": False,
            "fallback_occurred": False,
            "actions": [{"type": step, "required": True, "status": done} for step in steps],
        }


@dataclass(kw_only=True)
class Books:
    """The account; `webhook_url` is the endpoint that was set up in the dashboard."""

    stand_in: StandIn
    requests: dict[str, BillingRequest] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    mandates: dict[str, Wire] = field(default_factory=dict)
    flows: dict[str, Wire] = field(default_factory=dict)
    events: list[Wire] = field(default_factory=list)

    def add(self, key: str, body: Mapping[str, Any], fate: Mode | None) -> BillingRequest:
        """A new billing request."""
        number = f"BRQ{len(self.requests) + 1:09d}"
        made = BillingRequest(id=number, body=body, at=self.stand_in.now(), fate=fate)
        self.requests[number] = made
        if key:
            self.keys[key] = number
        return made

    def open(self, record: BillingRequest, body: Mapping[str, Any], base: str) -> Wire:
        """A new page of a billing request."""
        number, now = f"BRF{len(self.flows) + 1:09d}", self.stand_in.now()
        flow = {
            "id": number,
            "authorisation_url": f"{base}/billing/static/flow?id={number}",
            "auto_fulfil": True,
            "created_at": written(now),
            "expires_at": written(now + PAGE_LIVES),
            "session_token": None,
            **body,
        }
        self.flows[number] = flow
        return flow

    def fulfil(self, record: BillingRequest) -> None:
        """The customer gave an account and confirmed: the mandate is made."""
        record.status, number = "fulfilled", len(self.mandates) + 1
        record.mandate = self.mandates[f"MD{number:09d}"] = {
            "id": f"MD{number:09d}",
            "created_at": written(self.stand_in.now()),
            "reference": f"GCSTANDIN{number:05d}",
            "status": "pending_submission",
            "scheme": "bacs",
            "next_possible_charge_date": None,
            "payments_require_approval": False,
            "metadata": record.body["mandate_request"].get("metadata", {}),
            "links": {"creditor": "CR000000000001"},
        }
        waits = record.fate == "refer"
        self.tell(
            self.event("billing_requests", "fulfilled", record),
            self.event("mandates", "created", record),
        )
        if waits:
            record.mandate["status"] = "pending_customer_approval"
        elif record.fate == "decline":
            self.end(record, "failed", CAUSE)
        else:
            self._record("mandate.set_up", record)

    def approve(self, record: BillingRequest) -> None:
        """The second holder of the account has signed."""
        record.mandate["status"] = "pending_submission"
        self._record("mandate.set_up", record)
        self.tell(self.event("mandates", "customer_approval_granted", record))

    def activate(self, record: BillingRequest) -> None:
        """The bank has taken the mandate."""
        record.mandate["status"] = "active"
        self.tell(self.event("mandates", "active", record))

    def end(self, record: BillingRequest, status: str, cause: str) -> None:
        """A mandate ends: failed, cancelled, expired or blocked."""
        record.mandate["status"] = status
        self.tell(self.event("mandates", status, record, cause))

    def cancel_mandate(self, number: str) -> bool:
        """Cancel a mandate; false where it cannot be cancelled any more."""
        made = next(one for one in self.requests.values() if _is(one, number))
        if made.mandate["status"] not in LIVE:
            return False
        self._record("mandate.cancel", made)
        self.end(made, "cancelled", "mandate_cancelled")
        return True

    def cancel_request(self, record: BillingRequest) -> bool:
        """Cancel a billing request; false where it is fulfilled or cancelled already."""
        if record.status != "pending":
            return False
        record.status = "cancelled"
        if record.reference:
            self.stand_in.record("billing_request.cancel", record.reference, request=record.id)
        self.tell(self.event("billing_requests", "cancelled", record))
        return True

    def event(self, kind: str, action: str, record: BillingRequest, cause: str = "") -> Wire:
        """One event about a request or about its mandate."""
        of_mandate = kind == "mandates"
        links = {"mandate": record.mandate["id"]} if of_mandate else {"billing_request": record.id}
        one = {
            "id": f"EV{len(self.events) + 1:09d}",
            "created_at": written(self.stand_in.now()),
            "resource_type": kind,
            "action": action,
            "details": {"origin": "gocardless", "cause": cause or f"{kind[:-1]}_{action}"},
            "links": links,
            "metadata": {},
            "resource_metadata": record.body.get("metadata", {}),
        }
        self.events.append(one)
        return one

    def tell(self, *events: Wire) -> None:
        """Send events as one webhook, signed."""
        url = self.stand_in.state.get("webhook_url")
        if not url:
            return
        raw = orjson.dumps({"events": events, "meta": {"webhook_id": f"WB{len(self.events):09d}"}})
        signed = signature(demo_secret("GOCARDLESS_WEBHOOK_SECRET"), raw).decode()
        headers = {HEADER: signed, "Content-Type": "application/json"}
        self.stand_in.later(self.stand_in.deliver(url, raw, headers))

    def _record(self, effect: str, record: BillingRequest) -> None:
        self.stand_in.record(effect, record.reference, mandate=record.mandate["id"])


def _is(record: BillingRequest, mandate: str) -> bool:
    return bool(record.mandate.get("id") == mandate)


def written(at: datetime) -> str:
    """A time as the API writes it."""
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"
