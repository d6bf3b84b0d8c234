"""From which pages a credential counts: pure, on the Origin header that browsers send.

A publishable key counts from its retailer's pages, a customer's token from those and from ours. A
cookie is sent by a browser for every page that asks: so what it changes must come from our own page
(cross-site request forgery, CSRF), which the Origin says, and Sec-Fetch-Site where a browser sends
it; a page of the retailer sends the token as a Bearer token.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from unshackled.domain.records import Record
from unshackled.http.problems import Problem

SAME_ORIGIN: Final = "same-origin"


class CredentialSource(Record):
    """How a credential came: the Origin, whether as a cookie, whether the request only reads.

    `fetch_site` is Sec-Fetch-Site (W3C Fetch Metadata): `same-origin` for a page's own requests.
    """

    origin: str | None
    by_cookie: bool
    reads: bool
    fetch_site: str | None = None

    @property
    def changes_by_cookie(self) -> bool:
        """Whether a cookie alone would let a strange page change something."""
        return self.by_cookie and not self.reads


def require_origin(
    sent: CredentialSource, kind: str, *, ours: str, registered: Collection[str]
) -> None:
    """Raise the problem that says what is missing, and what is allowed; `ours` is our origin."""
    if kind not in ("publishable", "customer"):
        return
    changes = sent.changes_by_cookie
    allowed = [ours] if changes else [*registered, ours]
    if sent.origin is None:
        if kind == "publishable" or changes:
            detail = "The Origin header is missing: this credential is for pages in a browser."
            raise _refused("origin_missing", detail, allowed)
        return
    same_page = not changes or sent.fetch_site in (None, SAME_ORIGIN)
    if sent.origin in allowed and same_page:
        return
    if changes and (sent.origin in registered or sent.origin == ours):
        detail = (
            "A cookie changes something from our own pages only (cross-site request forgery)."
            " From a page of the retailer send the token as `Authorization: Bearer`."
        )
        raise _refused("cookie_from_another_page", detail, allowed)
    detail = "The Origin is not one of the retailer's registered origins."
    raise _refused("origin_not_registered", detail, allowed)


def require_embedding(registered: Collection[str]) -> None:
    """Raise a problem where no page may embed ours."""
    if not registered:
        detail = "The retailer's file names no `origins`, so no page embeds its checkouts."
        raise _refused("embedding_not_registered", detail, [])


def _refused(reason: str, detail: str, allowed: list[str]) -> Problem:
    return Problem("origin_not_allowed", detail, allowed=allowed, reason=reason)
