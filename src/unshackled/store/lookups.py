"""The index by which a shop finds a checkout again: by its customer number, by an order number.

It holds keyed hashes (HMAC-SHA256) alone, so nothing personal is in it, and two retailers' equal
numbers have nothing in common. The key is made once, when the tables are, and kept beside them; the
secret of the settings, where there is one, is mixed in, so that a copy of the database alone does
not let anybody try numbers out.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, Protocol, runtime_checkable

from unshackled.domain.checkout import Checkout
from unshackled.domain.records import Record
from unshackled.errors import StoreError
from unshackled.store.snapshot_sealer import SnapshotRow, SnapshotSealer
from unshackled.store.stored_records import EVERYTHING, Change, Filter
from unshackled.telemetry import get_logger

log = get_logger(__name__)

KINDS: Final = ("customer_ref", "order")


class Portion(Record):
    """The next checkouts, by their ids, that the index of the present key may lack.

    `last` is the last id that was looked at: one that this version cannot read is in no `rows`.
    None: there are no more.
    """

    rows: Sequence[Checkout] = ()
    last: str | None = None


@runtime_checkable
class Index(Protocol):
    """A store whose index can be filled with checkouts that were written before it.

    Or before its present secret; what is written meanwhile is in it already.
    """

    async def unindexed(self, *, limit: int) -> Portion:
        """The next checkouts to look at, at most `limit`; nothing once all were."""
        ...

    async def index(self, portion: Portion, terms: Mapping[str, Mapping[str, str]]) -> None:
        """Note by checkout what it can be found by, in clear, and how far this came.

        What another key noted of a checkout is forgotten. The same again changes nothing.
        """
        ...


def readable(rows: Iterable[SnapshotRow], sealer: SnapshotSealer) -> list[Checkout]:
    """The checkouts of rows; one that cannot be read is left out and logged."""
    found = []
    for row in rows:
        try:
            found.append(sealer.opened(row)[0])
        except StoreError as error:
            log.warning("lookups.unreadable", checkout=row.checkout, error=str(error))
    return found


def key_of(seed: str, secret: str) -> bytes:
    """The key: what was made with the tables, and the secret of the settings."""
    return hmac.new(secret.encode(), seed.encode(), "sha256").digest()


def hashed(key: bytes, account: str, kind: str, value: str) -> str:
    """What stands for a value of an account in the index, in hexadecimal."""
    text = f"{account}\0{kind}\0{value}"
    return hmac.new(key, text.encode(errors="surrogatepass"), "sha256").hexdigest()


def mark_of(key: bytes) -> str:
    """What the progress of filling the index is noted by; it says nothing of the key."""
    return hashed(key, "", "mark", "")


def entries_of(
    key: bytes, portion: Portion, terms: Mapping[str, Mapping[str, str]]
) -> list[tuple[str, str, str, str]]:
    """What a portion adds to the index: (account, kind, hash, checkout) each."""
    return [
        (one.account, kind, hashed(key, one.account, kind, value), one.id)
        for one in portion.rows
        for kind, value in terms.get(one.id, {}).items()
    ]


def rows_of(key: bytes, change: Change) -> list[tuple[str, str]]:
    """What an append adds to the index: (kind, hash) each."""
    account = change.checkout.account
    return [(kind, hashed(key, account, kind, value)) for kind, value in change.lookups.items()]


def filter_values(
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
