"""What a page may load, and who may frame it: its Content-Security-Policy.

Nothing inline, nothing from another origin, and no text becomes markup (Trusted Types). The one
exception is a frame: the payment provider's page with the fields of a card.
"""

from __future__ import annotations

from collections.abc import Collection

from unshackled.domain.url_text import origin_of


def page_policy(*, frames: Collection[str] = (), framed_by: Collection[str] = ()) -> str:
    """The header; `frames` are pages that it shows, `framed_by` the origins that may show it."""
    shown = sorted({origin_of(page) for page in frames})
    rules = {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "connect-src": "'self'",
        "img-src": "'self' data:",
        "frame-src": " ".join(shown) or "'none'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": " ".join(sorted(framed_by)) or "'none'",
        "require-trusted-types-for": "'script'",
        "trusted-types": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())
