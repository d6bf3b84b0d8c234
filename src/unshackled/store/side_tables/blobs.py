"""Bytes that a signer returned, sealed by who puts them here; they go with their checkout's data.

Nothing here opens them: their key is another row, see `store/signed_copies.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

from unshackled.domain.documents.signed_copy import SignedCopy
from unshackled.domain.records import Record

COPIES: Final = "/copies"


def copies_key(checkout: str) -> str:
    """What the data key of a checkout's bytes is stored under."""
    return checkout + COPIES


class StoredBlob(Record):
    """A copy of a checkout, and its bytes as they were sealed; `account` is whose it is."""

    checkout: str
    account: str
    copy: SignedCopy
    sealed: bytes

    @property
    def place(self) -> tuple[str, str, str]:
        """The account, the checkout and the digest that it is found by."""
        return self.account, self.checkout, self.copy.digest


class BlobStore(Protocol):
    """The bytes of all checkouts, each once by its digest.

    See `Change`: the append that erases a checkout whole deletes its bytes and marks their key.
    """

    async def put(self, blob: StoredBlob) -> bool:
        """Insert one; False where it is there, or nothing of its checkout is kept any more."""
        ...

    async def get(self, account: str, checkout: str, digest: str) -> StoredBlob | None:
        """One of a checkout of an account, by its digest."""
        ...

    async def of(self, account: str, checkout: str) -> Sequence[SignedCopy]:
        """What there is of a checkout of an account, the oldest first, without the bytes."""
        ...

    async def erase(self, checkout: str) -> int:
        """Delete all of a checkout; how many there were."""
        ...
