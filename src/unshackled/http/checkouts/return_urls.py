"""Where the customer's browser goes back to: read strictly, and kept byte for byte.

A return URL is one that the retailer registered, with any query behind it; a registered one that
ends in `/*` stands for every page below. It is compared as text: what a lenient parser drops or
mends (line breaks, tabs, backslashes, `..` however it is written) is refused instead. A fragment
is refused too: it never reaches a server.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, TypeGuard
from urllib.parse import quote

from unshackled.domain.url_text import is_plain, is_visible
from unshackled.flow.language.field_types import BELOW

# %-encodings of `.`, `/`, of a backslash and of % itself, which some server would take for a path.
_ENCODED: Final = re.compile(r"%(2e|2f|5c|25|00)", re.IGNORECASE)
_DOTS: Final = frozenset({".", ".."})


def return_url_mistake(wanted: str, registered: Sequence[str]) -> tuple[str, str] | None:
    """(code, what is wrong) of a wanted URL; None where it may be used as it stands."""
    if not is_plain(wanted):
        return "return_url_malformed", "has characters that must be %-encoded in a URL"
    if "#" in wanted:
        return "return_url_fragment", "has a fragment (#), which no server is told"
    if registered_page(wanted, registered) is None:
        return "return_url_not_registered", "is not one of the retailer's return URLs"
    return None


def registered_page(wanted: str, registered: Sequence[str]) -> str | None:
    """The page that a URL is of, without what was added to it; None where nobody registered it."""
    page = wanted.partition("?")[0]
    exact = next((one for one in registered if one in (wanted, page)), None)
    if exact is not None:
        return exact
    return page if any(_is_below(page, one) for one in registered) else None


def first_page(registered: Sequence[str]) -> str | None:
    """The page that customers go back to by default: the first that is one page."""
    return next((one for one in registered if not one.endswith(BELOW)), None)


def _is_below(page: str, registered: str) -> bool:
    """Whether a page is in a registered folder, for every reader of URLs."""
    folder = registered.removesuffix(BELOW[1:])
    if not registered.endswith(BELOW) or not page.startswith(folder):
        return False
    *middle, last = page.removeprefix(folder).split("/")
    names = [one.partition(";")[0] for one in (*middle, last)]
    return all(middle) and not _DOTS & set(names) and _ENCODED.search(page) is None


def with_checkout(target: str, checkout: str) -> str:
    """The URL as it is, and `checkout=<id>` behind its query."""
    return with_parameters(target, {"checkout": checkout})


def with_parameters(target: str, parameters: Mapping[str, str]) -> str:
    """The URL as it is, and ours as text behind its query; a fragment stays at the end."""
    page, mark, fragment = target.partition("#")
    said = "?" if "?" not in page else "" if page.endswith(("?", "&")) else "&"
    return f"{page}{said}{'&'.join(_encoded(parameters.items()))}{mark}{fragment}"


def _encoded(parameters: Iterable[tuple[str, str]]) -> Iterable[str]:
    return (f"{name}={quote(value, safe='')}" for name, value in parameters)


def usable(url: str | None) -> TypeGuard[str]:
    """Whether a URL that was stored earlier, when less was refused, can stand in a header."""
    return url is not None and is_visible(url)
