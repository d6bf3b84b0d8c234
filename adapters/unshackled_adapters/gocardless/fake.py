"""The stand-in of GoCardless: its API and the page where customers set mandates up."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from email.utils import format_datetime
from typing import Any, Final

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from unshackled.sdk.standin import Mode, StandIn, answer
from unshackled.sdk.standin_rest import StandInError, back_to, base_of, chosen, hosted, hosted_page
from unshackled_adapters.gocardless.books import BillingRequest, Books, Wire
from unshackled_adapters.gocardless.client import VERSION

TYPES: Final = {400: "invalid_api_usage", 401: "invalid_api_usage", 404: "invalid_api_usage"}
MOST_KEYS: Final = 3
LONGEST_KEY: Final = 50
LONGEST_VALUE: Final = 500
LARGEST_PAGE: Final = 500
Act = Callable[[Request, Mapping[str, Any], Mode | None], Wire]


AT_EMAIL: Final = "/billing_request_flows/prefilled_customer/email"
EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.(?!invalid$)[^@\s]+")


class Failed(Exception):
    """An answer that is an error: its status, its reason, its links; `at` points at a field."""

    def __init__(self, status: int, reason: str, *, at: str = "", **links: str) -> None:
        super().__init__(reason)
        self.status = status
        self.at = at
        self.reason = reason
        self.links = links

    @property
    def document(self) -> Wire:
        """Their shape of an error."""
        said = self.reason.replace("_", " ")
        one: Wire = {"message": said}
        if self.reason == "validation_failed":
            kind = self.reason
        else:
            kind, one["reason"] = TYPES.get(self.status, "invalid_state"), self.reason
        if self.links:
            one["links"] = self.links
        if self.at:
            one |= {"field": self.at.rpartition("/")[2], "request_pointer": self.at}
        return {
            "error": {
                "message": said,
                "errors": [one],
                "documentation_url": "https://developer.gocardless.com/api-reference",
                "type": kind,
                "request_id": "stand-in",
                "code": self.status,
            }
        }


class GoCardless:
    """The vendor's side of the API."""

    def __init__(self, stand_in: StandIn) -> None:
        self.books = Books(stand_in=stand_in)

    def create(self, request: Request, body: Mapping[str, Any], mode: Mode | None) -> Wire:
        """POST /billing_requests: once per key."""
        key, wanted = request.headers.get("idempotency-key", ""), body["billing_requests"]
        if key in self.books.keys:
            known = self.books.keys[key]
            raise Failed(409, "idempotent_creation_conflict", conflicting_resource_id=known)
        for metadata in (wanted.get("metadata"), wanted["mandate_request"].get("metadata")):
            _check_metadata(metadata or {})
        return {"billing_requests": self.books.add(key, wanted, mode).document()}

    def list(self, request: Request, body: Mapping[str, Any], mode: Mode | None) -> Wire:
        """GET /billing_requests: newest first."""
        limit, after = int(request.query_params.get("limit", 50)), request.query_params.get("after")
        if not 1 <= limit <= LARGEST_PAGE:
            raise Failed(422, "validation_failed")
        newest = list(reversed(self.books.requests.values()))
        start = next((n + 1 for n, one in enumerate(newest) if one.id == after), 0)
        rows = newest[start : start + limit]
        more = rows[-1].id if start + limit < len(newest) else None
        cursors = {"before": None, "after": more}
        told = [one.document() for one in rows]
        return {"billing_requests": told, "meta": {"cursors": cursors, "limit": limit}}

    def get(self, request: Request, body: Mapping[str, Any], mode: Mode | None) -> Wire:
        """GET /billing_requests/{id}."""
        return {"billing_requests": self._request(request.path_params["id"]).document()}

    def cancel(self, request: Request, body: Mapping[str, Any], mode: Mode | None) -> Wire:
        """POST /billing_requests/{id}/actions/cancel."""
        made = self._request(request.path_params["id"])
        if not self.books.cancel_request(made):
            raise Failed(422, "cancellation_failed")
        return {"billing_requests": made.document()}

    def open(self, request: Request, body: Mapping[str, Any], mode: Mode | None) -> Wire:
        """POST /billing_request_flows."""
        wanted = body["billing_request_flows"]
        made = self._request(wanted["links"]["billing_request"])
        if made.status != "pending":
            raise Failed(422, "billing_request_not_pending")
        email = wanted.get("prefilled_customer", {}).get("email", "a@b.example")
        if EMAIL.fullmatch(email) is None:
            raise Failed(422, "validation_failed", at=AT_EMAIL)
        return {"billing_request_flows": self.books.open(made, wanted, base_of(request))}

    def mandates(self, request: Request, body: Mapping[str, Any], mode: Mode | None) -> Wire:
        """GET /mandates: by their reference at the scheme."""
        wanted = request.query_params.get("reference")
        found = [one for one in self.books.mandates.values() if wanted in (None, one["reference"])]
        cursors = {"before": None, "after": None}
        return {"mandates": found, "meta": {"cursors": cursors, "limit": 50}}

    def mandate(self, request: Request, body: Mapping[str, Any], mode: Mode | None) -> Wire:
        """GET /mandates/{id}."""
        return {"mandates": self._mandate(request.path_params["id"])}

    def events(self, request: Request, body: Mapping[str, Any], mode: Mode | None) -> Wire:
        """GET /events: of a mandate, by what happened."""
        asked = request.query_params
        mandate, action = asked.get("mandate"), asked.get("action")
        found = [
            one
            for one in reversed(self.books.events)
            if mandate in (None, one["links"].get("mandate")) and action in (None, one["action"])
        ]
        limit, cursors = int(asked.get("limit", 50)), {"before": None, "after": None}
        return {"events": found[:limit], "meta": {"cursors": cursors, "limit": limit}}

    def cancel_mandate(self, request: Request, body: Mapping[str, Any], mode: Mode | None) -> Wire:
        """POST /mandates/{id}/actions/cancel."""
        found = self._mandate(request.path_params["id"])
        if not self.books.cancel_mandate(found["id"]):
            raise Failed(422, "cancellation_failed")
        return {"mandates": found}

    async def page(self, request: Request) -> Response:
        """What the customer sees."""
        made, _ = self._shown(request)
        facts = {"Direct Debit": str(made.body["mandate_request"].get("description", ""))}
        return hosted_page("Set up a Direct Debit", facts, {"confirm": "Confirm", "exit": "Exit"})

    async def choose(self, request: Request) -> Response:
        """The customer's choice, `confirm` or `exit`."""
        (made, flow), choice = self._shown(request), await chosen(request)
        if choice not in ("confirm", "exit"):
            raise StandInError(422, "choice_must_be_confirm_or_exit")
        if choice == "confirm" and made.status == "pending":
            self.books.fulfil(made)
        return back_to(flow["redirect_uri" if choice == "confirm" else "exit_uri"])

    async def endpoint(self, request: Request) -> Response:
        """Set where the webhooks go, as a person does in the dashboard."""
        url = (await request.json())["url"]
        self.books.stand_in.state["webhook_url"] = url
        return answer({"url": url})

    def _shown(self, request: Request) -> tuple[BillingRequest, Wire]:
        flow = self.books.flows.get(request.query_params.get("id", ""))
        if flow is None:
            raise StandInError(404, "no_such_page")
        made = self.books.requests[flow["links"]["billing_request"]]
        if made.status == "cancelled":
            raise StandInError(410, "page_has_expired")
        return made, flow

    def _request(self, number: str) -> BillingRequest:
        made = self.books.requests.get(number)
        if made is None:
            raise Failed(404, "resource_not_found")
        return made

    def _mandate(self, number: str) -> Wire:
        made = self.books.mandates.get(number)
        if made is None:
            raise Failed(404, "resource_not_found")
        return made


def make() -> StandIn:
    """An account without mandates."""
    stand_in = StandIn(name="gocardless")
    vendor = GoCardless(stand_in)
    stand_in.refusal = lambda status: answer(Failed(status, "forbidden").document, status)
    stand_in.state["books"] = vendor.books

    def route(method: str, path: str, operation: str, act: Act, status: int = 200) -> None:
        async def endpoint(request: Request, mode: Mode | None) -> Response:
            try:
                _require_headers(request)
                body = orjson.loads(await request.body() or b"{}")
                return answer(act(request, body, mode), status, _limits(stand_in))
            except Failed as failed:
                return answer(failed.document, failed.status, _limits(stand_in))
            except (KeyError, TypeError, ValueError, AttributeError):
                return answer(Failed(400, "invalid_document_structure").document, 400)

        stand_in.route(path, operation, method)(endpoint)

    one, mandate = "/billing_requests/{id}", "/mandates/{id}"
    route("POST", "/billing_requests", "mandate.set_up", vendor.create, 201)
    route("GET", "/billing_requests", "mandate.look_up", vendor.list)
    route("GET", one, "mandate.look_up", vendor.get)
    route("POST", f"{one}/actions/cancel", "mandate.cancel", vendor.cancel)
    route("POST", "/billing_request_flows", "mandate.page", vendor.open, 201)
    route("GET", "/mandates", "mandate.look_up", vendor.mandates)
    route("GET", "/events", "mandate.look_up", vendor.events)
    route("GET", mandate, "mandate.look_up", vendor.mandate)
    route("POST", f"{mandate}/actions/cancel", "mandate.cancel", vendor.cancel_mandate)
    stand_in.routes.append(Route("/_webhook_endpoint", vendor.endpoint, methods=["PUT"]))
    hosted(stand_in, "/billing/static/flow", show=vendor.page, choose=vendor.choose)
    return stand_in


def _require_headers(request: Request) -> None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme != "Bearer" or not token.strip():
        raise Failed(401, "unauthorized")
    if not request.headers.get("gocardless-version"):
        raise Failed(400, "missing_version_header")
    if request.headers["gocardless-version"] != VERSION:
        raise Failed(400, "version_not_found")


def _check_metadata(metadata: Mapping[str, str]) -> None:
    long = [k for k, v in metadata.items() if len(k) > LONGEST_KEY or len(v) > LONGEST_VALUE]
    if len(metadata) > MOST_KEYS or long:
        raise Failed(422, "validation_failed")


def _limits(stand_in: StandIn) -> dict[str, str]:
    """What they allow each minute."""
    reset = format_datetime(stand_in.now() + timedelta(minutes=1), usegmt=True)
    return {
        "RateLimit-Limit": "1000",
        "RateLimit-Remaining": "999",
        "RateLimit-Reset": reset,
    }
