"""What only one checkout of an account may hold at a time: a device that is traded in.

A store keeps keyed hashes of it (HMAC-SHA256), in the same transaction as the snapshot. Their key
is one of the account's own, which is never renewed: under another one the same device would be
another one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from unshackled.store.key_ring import KeyRing
from unshackled.store.lookups import hashed
from unshackled.store.stored_records import Change

PURPOSE: Final = "claims"
KIND: Final = "claim"
TABLES: Final = (
    "CREATE TABLE device_claims (hash TEXT PRIMARY KEY, checkout TEXT NOT NULL)",
    "CREATE INDEX device_claims_checkout ON device_claims (checkout)",
)


def claims_of(change: Change) -> tuple[str, ...] | None:
    """What a change leaves its checkout with; nothing of one that it erases, None: as before."""
    if change.erases:
        return ()
    return None if change.claims is None else tuple(dict.fromkeys(change.claims))


async def claim_hashes(ring: KeyRing, change: Change) -> tuple[str, ...] | None:
    """The same as it is stored, in the same order."""
    claims, checkout = claims_of(change), change.checkout
    if not claims:
        return claims
    key = await ring.current(checkout.account, PURPOSE, checkout.updated_at)
    return tuple(hashed(key.value, checkout.account, KIND, claim) for claim in claims)


def by_hash(change: Change, hashes: Sequence[str] | None) -> Mapping[str, str] | None:
    """The claims of a change, in clear, by their hashes."""
    return None if hashes is None else dict(zip(hashes, claims_of(change) or (), strict=True))
