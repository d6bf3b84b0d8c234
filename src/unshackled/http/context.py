"""What the routes share: services, the guard, tokens, and how a checkout is found and answered."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from unshackled.domain.checkout import Checkout
from unshackled.domain.records import Record, replace
from unshackled.flow.language.spec import Retailer
from unshackled.flow.runtime.provider_calls import trace_of
from unshackled.http.auth.authenticator import Authenticator
from unshackled.http.auth.credentials import Caller
from unshackled.http.auth.result_signer import ResultSigner
from unshackled.http.auth.tokens import Tokens
from unshackled.http.checkouts.affordable_ways import with_affordable_ways
from unshackled.http.checkouts.card_forms import with_card_forms
from unshackled.http.checkouts.representation import checkout_body, summary_body
from unshackled.http.problems import Problem, not_found
from unshackled.http.responses import answer, etag
from unshackled.http.services import Services
from unshackled.store.stored_records import ListedCheckout
from unshackled.telemetry import bind_checkout

_VERSION: Final = re.compile(r'"([0-9]{1,18})"')


class ApiContext(Record, kw_only=False):
    """One application's parts; `viewer` is who its answers are for, None by default."""

    services: Services
    guard: Authenticator
    tokens: Tokens
    results: ResultSigner
    viewer: Caller | None = None

    def seen_by(self, caller: Caller) -> ApiContext:
        """The same, answering with what this caller may see."""
        return replace(self, viewer=caller)

    async def load(self, checkout: str) -> Checkout:
        """The snapshot as it is now."""
        known = await self.services.engine.read(checkout)
        if known is None:
            raise not_found()
        return known

    async def recent(self, checkout: str) -> Checkout:
        """A snapshot that may be a little old: good enough to prepare a command with."""
        return self.services.engine.recent.get(checkout) or await self.load(checkout)

    def body(self, checkout: Checkout) -> dict[str, Any]:
        """The resource as it is now."""
        plan = self.services.engine.plans.by_digest(checkout.digest)
        confidential = self.viewer is not None and self.viewer.reads
        now = self.services.clock.now()
        body = checkout_body(plan, checkout, now, confidential=confidential)
        body = with_card_forms(self.services, plan, checkout, body)
        if not checkout.private.declines:
            return body
        return with_affordable_ways(self.services, plan, checkout, body)

    def row(self, listed: ListedCheckout) -> dict[str, Any]:
        """Its row in a list for a retailer's server."""
        plan = self.services.engine.plans.by_digest(listed.checkout.digest)
        return summary_body(plan, listed.checkout, listed.status)

    def answer(
        self,
        checkout: Checkout,
        status: int = 200,
        *,
        more: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """The resource with its entity tag."""
        bind_checkout(trace_of(checkout))
        self.guard.remember(checkout)
        body = {**self.body(checkout), **(more or {})}
        return answer(body, status, headers={"ETag": etag(checkout.version), **(headers or {})})

    def country(self, retailer: str) -> str:
        """The country of the retailer's locale, e.g. `GB` of `en-GB`."""
        found = self.services.book.retailers.get(retailer)
        return found.locale.rpartition("-")[2] if found else "GB"

    def tenant(self, retailer: str) -> Retailer:
        """The retailer of checked credentials."""
        found = self.services.book.retailers.get(retailer)
        if found is None:
            raise not_found()
        return found


def expected(request: Request) -> int | None:
    """The version that If-Match names; None without one, or for `*`."""
    sent = request.headers.get("if-match")
    if sent is None or sent.strip() == "*":
        return None
    match = _VERSION.fullmatch(sent.strip())
    if match is None:
        raise Problem("malformed_header", 'If-Match must be one ETag of the checkout, e.g. "7".')
    return int(match[1])
