"""The index by which a checkout is found again: customer and order number, e-mail, phone, IMEI.

It holds keyed hashes (HMAC-SHA256) alone, so nothing personal is in it, and two retailers' equal
numbers have nothing in common. The key is made once, when the tables are, and kept beside them; the
secret of the settings, where there is one, is mixed in, so that a copy of the database alone does
not let anybody try numbers out. Each account has a key of its own on top of it (`search_keys`).
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Protocol, TypeAlias, runtime_checkable

from unshackled.domain.checkout import Checkout
from unshackled.domain.records import Record
from unshackled.errors import StoreError
from unshackled.store.snapshot_sealer import SnapshotRow, SnapshotSealer
from unshackled.store.stored_records import EVERYTHING, Change, Filter
from unshackled.telemetry import get_logger

log = get_logger(__name__)

KINDS: Final = ("customer_ref", "order", "email", "phone", "imei")
# By kind, all that a checkout is found by.
Terms: TypeAlias = Mapping[str, Sequence[str]]


class IndexKeys(Record):
    """What hashes are made with now, and what they were made with before."""

    present: bytes
    before: tuple[bytes, ...] = ()

    @property
    def all(self) -> tuple[bytes, ...]:
        """Every key that a row may have been made with."""
        return (self.present, *self.before)


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

    async def index(self, portion: Portion, terms: Mapping[str, Terms]) -> None:
        """Note by checkout what it can be found by, in clear, and how far this came.

        What another key noted of a checkout is forgotten. Of one that moved on since it was read
        nothing is written, and the portion is to be read again. The same again changes nothing.
        """
        ...

    async def renew_index_keys(self, now: datetime) -> int:
        """Give each account a new key of the index, which is to be filled anew; how many."""
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


def mark_of(key: bytes, *more: str) -> str:
    """What the progress of filling the index is noted by; it says nothing of the key.

    With other kinds, or other words, than before it is filled anew.
    """
    return hashed(key, "", "mark", " ".join((*KINDS, *more)))


def entries_of(
    keys: Mapping[str, bytes], portion: Portion, terms: Mapping[str, Terms]
) -> list[tuple[str, str, str, str]]:
    """What a portion adds to the index: (account, kind, hash, checkout) each; keys by account."""
    return [
        (one.account, kind, hashed(keys[one.account], one.account, kind, value), one.id)
        for one in portion.rows
        for kind, values in terms.get(one.id, {}).items()
        for value in values
    ]


def rows_of(key: bytes, change: Change) -> list[tuple[str, str]] | None:
    """All that the index has of a checkout after an append: (kind, hash) each; None: as before."""
    if change.lookups is None:
        return None
    account = change.checkout.account
    return [
        (kind, hashed(key, account, kind, value))
        for kind, values in change.lookups.items()
        for value in values
    ]


def filter_values(
    keys: IndexKeys, account: str, only: Filter = EVERYTHING, **more: str | None
) -> dict[str, Any]:
    """What a list is asked for by its name in the stores' `FILTERS`; what is None is not asked.

    What is looked up is a list of hashes, of which any will do.
    """
    return {
        "retailer": account,
        **more,
        "flow": only.flow,
        "created_from": only.created_from,
        "created_to": only.created_to,
        **{
            kind: [hashed(key, account, kind, value) for key in keys.all]
            for kind in KINDS
            if (value := getattr(only, kind)) is not None
        },
    }
