"""The cookies of a customer's browser, as Set-Cookie writes them (RFC 6265bis; CHIPS)."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from unshackled.domain.records import Record

COOKIE: Final = "unshackled_customer"
# Which browser a handoff opened, by the handoff: see `mark_name`.
BROWSER: Final = "unshackled_browser"


class CookieRules(Record):
    """How every cookie of an answer is kept.

    `secure` only over https. `embedded` is for a page in a frame of another site: sent there, and
    kept for that site alone; it is always secure.
    """

    secure: bool
    embedded: bool = False


def cookie_text(
    name: str, value: str, *, path: str, lifetime: timedelta, rules: CookieRules
) -> str:
    """One Set-Cookie; name, value and path are ours and need no quotes. No script reads it."""
    parts = [
        f"{name}={value}",
        f"Max-Age={int(lifetime.total_seconds())}",
        f"Path={path}",
        "HttpOnly",
    ]
    if rules.embedded:
        parts += ["SameSite=None", "Secure", "Partitioned"]
    else:
        parts += ["SameSite=Lax", *(["Secure"] if rules.secure else [])]
    return "; ".join(parts)


def mark_name(token_hash: str) -> str:
    """The cookie that marks the browser of one handoff, so that another handoff leaves it alone."""
    return f"{BROWSER}_{token_hash[:16]}"
