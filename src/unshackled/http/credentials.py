"""API keys and tokens: how they read, how they are made, and that only their hashes are kept.

`sk_northstar_4f…_9c…` is a secret key, `pk_…` a publishable one, `ct_…` a customer's token,
`ho_…` a handoff, `op_alice_…` an operator's key. A secret has 256 bits, so a plain SHA-256 of it
can be stored: there is nothing to guess.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from unshackled.http.ids import Ids
from unshackled.store.port import StoredKey

Kind = Literal["secret", "publishable", "customer", "operator"]
SCOPES: Final = ("checkouts:read", "checkouts:write", "refunds", "reports", "admin")
PREFIXES: Final = {"sk": "secret", "pk": "publishable"}
CUSTOMER: Final = "ct_"
HANDOFF: Final = "ho_"
OPERATOR: Final = "op_"
LONGEST: Final = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who asks: a retailer's key, a customer with one checkout, or an operator by name.

    `id` is the key's public id, the checkout of a customer, or the operator's name.
    """

    kind: Kind
    id: str
    retailer: str = ""
    scopes: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    ends_at: datetime | None = None

    @property
    def reads(self) -> bool:
        """Whether they may see whose a checkout is and what it came to."""
        return self.kind == "customer" or "checkouts:read" in self.scopes


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyText:
    """The parts of an API key as it was sent."""

    kind: str
    retailer: str
    id: str
    secret: str


def hashed(secret: str) -> str:
    """What is stored of a secret: 64 hexadecimal digits."""
    return hashlib.sha256(secret.encode()).hexdigest()


def same(left: str, right: str) -> bool:
    """Whether two hashes are equal, in a time that tells nothing."""
    return hmac.compare_digest(left.encode(), right.encode())


def issue_key(
    ids: Ids,
    *,
    retailer: str,
    kind: Literal["secret", "publishable"],
    now: datetime,
    scopes: Sequence[str] = (),
    origins: Sequence[str] = (),
) -> tuple[StoredKey, str]:
    """A new key: what is stored, and its text, which is shown this once.

    Raises `ValueError` for an unknown scope.
    """
    unknown = sorted(set(scopes) - set(SCOPES))
    if unknown:
        raise ValueError(f"unknown scope {', '.join(unknown)}: allowed are {', '.join(SCOPES)}")
    key_id, secret = ids.short(), ids.secret()
    prefix = next(prefix for prefix, named in PREFIXES.items() if named == kind)
    stored = StoredKey(
        id=key_id,
        retailer=retailer,
        kind=kind,
        secret_hash=hashed(secret),
        scopes=tuple(scopes),
        origins=tuple(origins),
        created_at=now,
    )
    return stored, f"{prefix}_{retailer}_{key_id}_{secret}"


def read_key(text: str) -> KeyText | None:
    """The parts of an API key; None for what is not one."""
    parts = text.split("_")
    if len(parts) != 4 or parts[0] not in PREFIXES or not all(parts):
        return None
    return KeyText(kind=PREFIXES[parts[0]], retailer=parts[1], id=parts[2], secret=parts[3])
