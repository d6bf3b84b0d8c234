"""URLs as text: which stay as they are, byte for byte, in every reader."""

from __future__ import annotations

import re
from typing import Final

# Visible ASCII without what RFC 3986 has no place for.
_PLAIN: Final = re.compile(r"[!-~]+")
# This machine, however a URL or an address to listen at names it.
LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
_NEVER: Final = frozenset('"<>\\^`{|}')


def is_plain(url: str) -> bool:
    """Whether a URL is written only in characters that need no %-encoding."""
    return is_visible(url) and not _NEVER & set(url)


def is_visible(text: str) -> bool:
    """Whether a text is of visible ASCII only: nothing in it ends a line or a header."""
    return _PLAIN.fullmatch(text) is not None
