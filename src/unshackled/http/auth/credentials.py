"""API keys and tokens: how they read, how they are made, and that only their hashes are kept.

`sk_live_northstar_4f…_9c…` is a secret key, `pk_live_…` a publishable one; `sk_test_…` and
`pk_test_…` reach sandboxes only. One without a mode, as they were made before, is live. `ct_…` is
a customer's token, `ho_…` a handoff, `op_alice_…` an operator's key. A secret has 256 bits, so a
plain SHA-256 of it can be stored: there is nothing to guess.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime
from typing import Final, Literal

from unshackled.domain.account import account_of
from unshackled.domain.records import Record
from unshackled.http.ids import Ids
from unshackled.store.stored_records import StoredKey

Kind = Literal["secret", "publishable", "customer", "operator"]
SCOPES: Final = (
    "checkouts:read",
    "checkouts:write",
    "refunds",
    "reports",
    "admin",
    "personal:read",
    "personal:erase",
)
PREFIXES: Final = {"sk": "secret", "pk": "publishable"}
MODES: Final = {"live": True, "test": False}
CUSTOMER: Final = "ct_"
HANDOFF: Final = "ho_"
OPERATOR: Final = "op_"
# Ids of the demo's keys, which are in no store and count only where the demo is on.
DEMO_KEY: Final = "demo-"
LONGEST: Final = 256


class Caller(Record):
    """Who asks: a retailer's key, a customer with one checkout, or an operator by name.

    `id` is the key's public id, the checkout of a customer, or the operator's name. `livemode` is
    the mode of the key, or of the customer's checkout.
    """

    kind: Kind
    id: str
    retailer: str = ""
    scopes: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    ends_at: datetime | None = None
    livemode: bool = True

    @property
    def account(self) -> str:
        """The retailer in the caller's mode: all that the caller may ever see or change."""
        return account_of(self.retailer, livemode=self.livemode)

    @property
    def reads(self) -> bool:
        """Whether they may see whose a checkout is and what it came to."""
        return self.kind == "customer" or "checkouts:read" in self.scopes


class KeyText(Record):
    """The parts of an API key as it was sent."""

    kind: str
    retailer: str
    id: str
    secret: str
    livemode: bool = True

    @property
    def account(self) -> str:
        """The account that the key says it is for."""
        return account_of(self.retailer, livemode=self.livemode)


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
    livemode: bool = True,
) -> tuple[StoredKey, str]:
    """A new key: what is stored, and its text, which is shown this once.

    Raises `ValueError` for an unknown scope.
    """
    unknown = sorted(set(scopes) - set(SCOPES))
    if unknown:
        raise ValueError(f"unknown scope {', '.join(unknown)}: allowed are {', '.join(SCOPES)}")
    key_id, secret = ids.short(), ids.secret()
    stored = StoredKey(
        id=key_id,
        retailer=account_of(retailer, livemode=livemode),
        kind=kind,
        secret_hash=hashed(secret),
        scopes=tuple(scopes),
        origins=tuple(origins),
        created_at=now,
    )
    return stored, key_text(kind, retailer, key_id, secret, livemode=livemode)


def key_text(kind: Kind, retailer: str, key_id: str, secret: str, *, livemode: bool) -> str:
    """An API key as it is sent, e.g. `sk_test_northstar_4f…_9c…`."""
    prefix = next(prefix for prefix, named in PREFIXES.items() if named == kind)
    mode = next(mode for mode, live in MODES.items() if live == livemode)
    return f"{prefix}_{mode}_{retailer}_{key_id}_{secret}"


def read_key(text: str) -> KeyText | None:
    """The parts of an API key; None for what is not one."""
    prefix, *parts = text.split("_")
    mode = parts.pop(0) if len(parts) == 4 else "live"
    if len(parts) != 3 or prefix not in PREFIXES or mode not in MODES or not all(parts):
        return None
    retailer, key_id, secret = parts
    return KeyText(
        kind=PREFIXES[prefix], retailer=retailer, id=key_id, secret=secret, livemode=MODES[mode]
    )
