"""From which pages a credential counts: pure, on the Origin header that browsers send.

A publishable key counts from its retailer's pages, a customer's token from those and from ours. A
cookie is sent by a browser for every page that asks: so what it changes must come from our own page
(cross-site request forgery, CSRF); a page of the retailer sends the token as a Bearer token.
"""

from __future__ import annotations

from collections.abc import Collection

from unshackled.domain.records import Record
from unshackled.http.problems import Problem


class CredentialSource(Record):
    """How a credential came: the Origin, whether as a cookie, whether the request only reads."""

    origin: str | None
    by_cookie: bool
    reads: bool


def require_origin(
    sent: CredentialSource, kind: str, *, ours: str, registered: Collection[str]
) -> None:
    """Raise the problem that says what is missing, and what is allowed; `ours` is our address."""
    if kind not in ("publishable", "customer"):
        return
    changes = sent.by_cookie and not sent.reads
    allowed = [ours] if changes else [*registered, ours]
    if sent.origin is None:
        if kind == "publishable" or changes:
            detail = "The Origin header is missing: this credential is for pages in a browser."
            raise _refused("origin_missing", detail, allowed)
        return
    if sent.origin in allowed:
        return
    if changes and sent.origin in registered:
        detail = (
            "A cookie changes something from our own pages only (cross-site request forgery)."
            " From a page of the retailer send the token as `Authorization: Bearer`."
        )
        raise _refused("cookie_from_another_page", detail, allowed)
    detail = "The Origin is not one of the retailer's registered origins."
    raise _refused("origin_not_registered", detail, allowed)


def _refused(reason: str, detail: str, allowed: list[str]) -> Problem:
    return Problem("origin_not_allowed", detail, allowed=allowed, reason=reason)
