"""Where the customer's browser goes back to: read strictly, and kept byte for byte.

A return URL is one that the retailer registered, with any query behind it. It is compared as text:
what a lenient parser drops or mends (line breaks, tabs, backslashes) is refused instead. A fragment
is refused too: it never reaches a server, and what is appended would get lost in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeGuard
from urllib.parse import quote

from unshackled.domain.url_text import is_plain, is_visible


def return_url_mistake(wanted: str, registered: Sequence[str]) -> tuple[str, str] | None:
    """(code, what is wrong) of a wanted URL; None where it may be used as it stands."""
    if not is_plain(wanted):
        return "return_url_malformed", "has characters that must be %-encoded in a URL"
    if "#" in wanted:
        return "return_url_fragment", "has a fragment (#), which would hide what is appended"
    if wanted not in registered and wanted.partition("?")[0] not in registered:
        return "return_url_not_registered", "is not one of the retailer's return URLs"
    return None


def with_checkout(target: str, checkout: str) -> str:
    """The URL as it is, and `checkout=<id>` behind its query."""
    page, mark, fragment = target.partition("#")
    said = "?" if "?" not in page else "" if page.endswith(("?", "&")) else "&"
    return f"{page}{said}checkout={quote(checkout, safe='')}{mark}{fragment}"


def usable(url: str | None) -> TypeGuard[str]:
    """Whether a URL that was stored earlier, when less was refused, can stand in a header."""
    return url is not None and is_visible(url)
