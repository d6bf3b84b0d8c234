"""Links by which customers read their documents from a message, when their checkout is long over.

A link is a capability: whoever has it reads the documents of one checkout and does nothing else. It
is made of the checkout, the last day that it opens, and a signature; nothing is stored, and the
same checkout has the same link whenever a message is sent again.
"""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64encode
from datetime import date, datetime, timedelta
from typing import Final

from unshackled.domain.records import Record

# As long as a contract for 24 months runs, and a quarter: documents are to be kept and read again.
OPENS_FOR: Final = timedelta(days=820)
PREFIX: Final = "doc_"
LONGEST: Final = 120
_SIGNED_BYTES: Final = 16


class DocumentLinks(Record):
    """Makes and opens links; the first key signs, the others still open what they signed."""

    keys: tuple[bytes, ...]
    public_url: str

    def __repr__(self) -> str:
        return f"DocumentLinks({len(self.keys)} keys)"

    def url(self, checkout: str, created_at: datetime) -> str:
        """The address of a checkout's documents."""
        return f"{self.public_url}/v1/documents/{self.token(checkout, created_at)}"

    def token(self, checkout: str, created_at: datetime) -> str:
        """What the address ends in."""
        named = f"{checkout}.{(created_at + OPENS_FOR):%Y%m%d}"
        return f"{PREFIX}{named}.{_signature(self.keys[0], named)}"

    def opened(self, token: str, today: date) -> str | None:
        """The checkout whose documents it opens; None for one that is wrong or over."""
        named, _, signature = token.removeprefix(PREFIX).rpartition(".")
        checkout, _, last = named.rpartition(".")
        if not token.startswith(PREFIX) or len(token) > LONGEST or not token.isascii():
            return None
        right = [hmac.compare_digest(_signature(key, named), signature) for key in self.keys]
        if not any(right) or f"{today:%Y%m%d}" > last:
            return None
        return checkout


def _signature(key: bytes, named: str) -> str:
    made = hmac.digest(key, b"document link\0" + named.encode(), "sha256")[:_SIGNED_BYTES]
    return urlsafe_b64encode(made).decode().rstrip("=")
