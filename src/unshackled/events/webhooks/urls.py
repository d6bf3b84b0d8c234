"""Which addresses may be webhook endpoints: public ones, over https."""

from __future__ import annotations

from typing import Final
from urllib.parse import parse_qsl, urlsplit

from unshackled.outbound.addresses import is_public

LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
# Names that only mean something inside a network.
INSIDE: Final = (".internal", ".local", ".localhost", ".localdomain", ".home.arpa", ".lan")
# Where web servers listen; elsewhere something else may, that should not be written to.
PORTS: Final = (None, 443, 8443)


def wrong_url(url: str, *, loopback: bool) -> str | None:
    """What is wrong with an endpoint's URL; None for a good one.

    `loopback` also allows this machine, over http too: where we ourselves run for development.
    """
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname or ""
    except ValueError:
        return "is not a URL"
    names = [name for name, _ in parse_qsl(parts.query, keep_blank_values=True)]
    here = loopback and parts.scheme in ("http", "https") and host in LOOPBACK
    findings = (
        (
            not url.isascii() or any(one <= " " for one in url) or port == 0,
            "is not a URL of ASCII characters",
        ),
        ("@" in parts.netloc or "#" in url, "must have no user name, password or fragment"),
        (len(names) != len(set(names)), "must not have a query parameter twice"),
        (not here and (parts.scheme != "https" or not host), "must begin with https://"),
        (not here and port not in PORTS, "must be at port 443 or 8443"),
        (not here and not _may_lie_outside(host), "must be a public address"),
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
