"""What a signer returns of an agreement: a file of its own making, with everybody's signatures.

It is the one document that cannot be written again from facts, so its bytes are kept.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Final

from unshackled.domain.records import Record

CONTENT_TYPE: Final = "application/pdf"
MOST_COPY_BYTES: Final = 2 * 1024 * 1024
# ISO 32000-1, 7.5.2: what a file begins with.
HEAD: Final = b"%PDF-"


class SignedCopy(Record):
    """A copy that is kept, without its bytes; `digest` is `sha256:` of them, `size` in bytes."""

    step: str
    digest: str
    content_type: str
    size: int
    at: datetime


def copy_fault(content: bytes, content_type: str) -> str | None:
    """Why bytes are no copy that can be kept: `too_large`, `not_a_pdf`; None where they are."""
    if len(content) > MOST_COPY_BYTES:
        return "too_large"
    kind = content_type.partition(";")[0].strip().lower()
    return None if kind == CONTENT_TYPE and content.startswith(HEAD) else "not_a_pdf"


def copy_of(step: str, content: bytes, at: datetime) -> SignedCopy:
    """How bytes that can be kept are known."""
    return SignedCopy(
        step=step,
        digest=f"sha256:{hashlib.sha256(content).hexdigest()}",
        content_type=CONTENT_TYPE,
        size=len(content),
        at=at,
    )
