"""Which of several media types an answer has: proactive negotiation, RFC 9110 section 12.5.1."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.requests import Request

from unshackled.http.problems import Problem


def chosen(request: Request, offered: Sequence[str]) -> str:
    """The type that the caller likes best, the first one offered among equals.

    Raises a problem that names what is offered when none of it will do.
    """
    ranges = _ranges(request.headers.getlist("accept"))
    liked = [(_quality(ranges, media), -number, media) for number, media in enumerate(offered)]
    quality, _, best = max(liked)
    if quality <= 0:
        raise Problem("not_acceptable", "None of these media types will do.", allowed=offered)
    return best


def _ranges(headers: Sequence[str]) -> dict[str, float]:
    """The quality of each media range; one that cannot be read counts as not wanted."""
    found = {}
    for part in ",".join(headers).split(","):
        media, *parameters = (piece.strip().lower() for piece in part.split(";"))
        if media:
            weights = [one[2:].strip() for one in parameters if one.startswith("q=")]
            found[media] = _weight(weights[0]) if weights else 1.0
    return found or {"*/*": 1.0}


def _weight(text: str) -> float:
    digits = text.replace(".", "", 1)
    known = digits.isascii() and digits.isdigit() and len(text) <= 5
    return min(float(text), 1.0) if known else 0.0


def _quality(ranges: dict[str, float], media: str) -> float:
    """By the most specific range that the type is in."""
    family = f"{media.split('/', maxsplit=1)[0]}/*"
    return next((ranges[one] for one in (media, family, "*/*") if one in ranges), 0.0)
