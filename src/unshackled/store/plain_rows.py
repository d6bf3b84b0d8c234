"""Rows of before there were keys: a store that may have some can seal them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Protocol, runtime_checkable

from unshackled.domain.checkout import Checkout
from unshackled.domain.records import Record
from unshackled.errors import Conflict, StoreError, StoreUnavailable
from unshackled.store.snapshot_sealer import DataKey, SealedChange, SnapshotRow, SnapshotSealer
from unshackled.telemetry import get_logger

log = get_logger(__name__)
Write = Callable[[str, int, SealedChange], Awaitable[None]]


class SealedPortion(Record):
    """What became of the next rows: the `last` that was looked at, None where there was none.

    `unreadable` are those that this version cannot read; they stay as they are.
    """

    last: str | None = None
    sealed: int = 0
    unreadable: int = 0


@runtime_checkable
class PlainRows(Protocol):
    """A store that keeps rows, of which some may be older than its keys."""

    async def seal_plain(self, *, after: str, limit: int) -> SealedPortion:
        """Seal the next rows behind an id that are not; one that moves on seals itself."""
        ...


async def seal_portion(
    sealer: SnapshotSealer, last: str | None, rows: Sequence[SnapshotRow], write: Write
) -> SealedPortion:
    """Seal rows, each by a key of its own; `write` writes one at its version, or conflicts.

    `last` is the last id that was looked at for them.
    """
    sealed = unreadable = 0
    for row in rows:
        try:
            checkout, key = await sealer.reading(partial(_opened, sealer, row))
            await write(row.checkout, checkout.version, await sealer.resealed(checkout, key))
            sealed += 1
        except Conflict:  # it was appended to, and so sealed, or another rotation was here
            continue
        except StoreUnavailable:
            raise
        except StoreError as error:
            log.warning("encryption.unreadable", checkout=row.checkout, error=str(error))
            unreadable += 1
    return SealedPortion(last=last, sealed=sealed, unreadable=unreadable)


async def _opened(sealer: SnapshotSealer, row: SnapshotRow) -> tuple[Checkout, DataKey]:
    return sealer.opened(row)
