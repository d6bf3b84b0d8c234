"""Which addresses may be webhook endpoints: public ones, over https, kept byte for byte.

A URL is stored, shown and called as it was written, so what an HTTP client would change on the way
out (dot segments, characters that must be %-encoded, an empty query) is refused at the door.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

from unshackled.domain.url_text import LOOPBACK, is_plain
from unshackled.outbound.addresses import is_public

# Names that only mean something inside a network.
INSIDE: Final = (".internal", ".local", ".localhost", ".localdomain", ".home.arpa", ".lan")
# Where web servers listen; elsewhere something else may, that should not be written to.
PORTS: Final = (None, 443, 8443)
# RFC 3986 section 5.2.4: removed by whoever sends it, also where the dots are encoded.
_DOTS: Final = re.compile(r"(^|/)(\.|%2e){1,2}(/|$)", re.IGNORECASE)
_SERVER: Final = re.compile(r"[^:]+://[^/?#]*")


def is_loopback(public_url: str) -> bool:
    """Whether we ourselves are at this machine's own address: where webhooks may stay here too."""
    return urlsplit(public_url).hostname in LOOPBACK


def wrong_url(url: str, *, loopback: bool) -> str | None:
    """What is wrong with a new endpoint's URL; None for a good one.

    `loopback` also allows this machine, over http too: where we ourselves run for development.
    """
    return _wrong_text(url) or wrong_address(url, loopback=loopback)


def wrong_address(url: str, *, loopback: bool) -> str | None:
    """Why an endpoint's URL, whenever it was taken, may not be called; None where it may."""
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname or ""
    except ValueError:
        return "is not a URL"
    here = loopback and parts.scheme in ("http", "https") and host in LOOPBACK
    findings = (
        (
            not url.isascii() or any(one <= " " for one in url) or port == 0,
            "is not a URL of ASCII characters",
        ),
        ("@" in parts.netloc or "#" in url, "must have no user name, password or fragment"),
        (not here and (parts.scheme != "https" or not host), "must begin with https://"),
        (not here and port not in PORTS, "must be at port 443 or 8443"),
        (not here and not _may_lie_outside(host), "must be a public address"),
    )
    return next((says for wrong, says in findings if wrong), None)


def target_of(url: str) -> tuple[str, str]:
    """(server, target) of a URL: scheme and authority, and all that is behind them, as written."""
    server = _SERVER.match(url)
    end = server.end() if server else 0
    return url[:end], url[end:]


def _wrong_text(url: str) -> str | None:
    """What of a URL's text would not go out as it is."""
    path, mark, query = target_of(url)[1].partition("?")
    findings = (
        (not is_plain(url), "has characters that must be %-encoded in a URL"),
        (_DOTS.search(path) is not None, "must have no . or .. in its path"),
        (bool(mark) and not query, "must not end in an empty query (?)"),
    )
    return next((says for wrong, says in findings if wrong), None)


def _may_lie_outside(host: str) -> bool:
    """Whether a host's name or number may lie outside; what a name leads to shows when sending."""
    plain = host.rstrip(".").lower()
    last = plain.rpartition(".")[2]
    if ":" in plain or last.isdigit():
        return is_public(plain)
    # A name without a dot, or all in digits, is not of the public tree.
    return "." in plain and not last.startswith("0x") and not plain.endswith(INSIDE)
