"""The index by which a shop finds a checkout again: by its customer number, by an order number.

It holds keyed hashes (HMAC-SHA256) alone, so nothing personal is in it, and two retailers' equal
numbers have nothing in common. The key is made once, when the tables are, and kept beside them; the
secret of the settings, where there is one, is mixed in, so that a copy of the database alone does
not let anybody try numbers out.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Any, Final

from unshackled.store.port import EVERYTHING, Change, Filter

KINDS: Final = ("customer_ref", "order")


def key_of(made: str, secret: str) -> bytes:
    """The key: what was made with the tables, and the secret of the settings."""
    return hmac.new(secret.encode(), made.encode(), "sha256").digest()


def hashed(key: bytes, account: str, kind: str, value: str) -> str:
    """What stands for a value of an account in the index, in hexadecimal."""
    text = f"{account}\0{kind}\0{value}"
    return hmac.new(key, text.encode(errors="surrogatepass"), "sha256").hexdigest()


def rows_of(key: bytes, change: Change) -> list[tuple[str, str]]:
    """What an append adds to the index: (kind, hash) each."""
    account = change.checkout.account
    return [(kind, hashed(key, account, kind, value)) for kind, value in change.lookups.items()]


def asked(
    key: bytes, account: str, only: Filter = EVERYTHING, **more: str | None
) -> dict[str, Any]:
    """What a list is asked for by its name in the stores' `FILTERS`; what is None is not asked."""
    looked_up: Mapping[str, str | None] = {"customer_ref": only.customer_ref, "order": only.order}
    return {
        "retailer": account,
        **more,
        "flow": only.flow,
        "created_from": only.created_from,
        "created_to": only.created_to,
        **{
            kind: None if value is None else hashed(key, account, kind, value)
            for kind, value in looked_up.items()
        },
    }
