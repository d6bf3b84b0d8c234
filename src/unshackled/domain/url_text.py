"""URLs as text: which stay as they are, byte for byte, in every reader."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

# Visible ASCII without what RFC 3986 has no place for.
_PLAIN: Final = re.compile(r"[!-~]+")
# This machine, however a URL or an address to listen at names it.
LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
_NEVER: Final = frozenset('"<>\\^`{|}')


_DEFAULT_PORTS: Final = {"https": 443, "http": 80}


def origin_of(url: str) -> str:
    """The origin of an http address as browsers write it (RFC 6454): no default port, lower case.

    Raises `ValueError` for what has no host, or no such port.
    """
    parts = urlsplit(url)
    if not parts.hostname or parts.scheme not in _DEFAULT_PORTS:
        raise ValueError("an http:// or https:// address is needed")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    port = "" if parts.port in (None, _DEFAULT_PORTS[parts.scheme]) else f":{parts.port}"
    return f"{parts.scheme}://{host}{port}"


def is_plain(url: str) -> bool:
    """Whether a URL is written only in characters that need no %-encoding."""
    return is_visible(url) and not _NEVER & set(url)


def is_visible(text: str) -> bool:
    """Whether a text is of visible ASCII only: nothing in it ends a line or a header."""
    return _PLAIN.fullmatch(text) is not None
