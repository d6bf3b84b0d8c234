"""How a store writes and reads the personal part of a checkout: sealed, by a key of its own.

The key of a checkout is written with the append that creates it, in a place of its own. A row of
before there were keys is plain JSON: it is read as it is, and sealed by the next append. Once a
key was deleted its checkout reads as erased, whatever else is there; where it is lost without a
mark the checkout does not open at all (`Undecryptable`), and nothing of it is changed.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Awaitable, Callable
from enum import Enum
from typing import Final, NamedTuple, TypeAlias, TypeVar

from unshackled.domain.checkout import Checkout
from unshackled.domain.records import Record
from unshackled.encryption.secret_key import SecretKey, key_id_of, random_key
from unshackled.errors import Undecryptable, UnshackledError
from unshackled.lru_cache import LruCache
from unshackled.store import snapshot
from unshackled.store.data_key_wrapper import PURPOSE, DataKeyWrapper
from unshackled.store.key_ring import KeyRing
from unshackled.store.side_tables.data_keys import DataKeys, StoredDataKey
from unshackled.store.stored_records import Change

T = TypeVar("T")
ERASED_PART: Final = b"\x00"  # what stands where an erased personal part was
REMEMBERED: Final = 2_000  # data keys: more than the snapshots that a process keeps
PLAIN: Final = b"{"  # how what was stored before there were keys begins
PERSONAL: Final = "personal"


class KeyMark(Enum):
    """What a checkout has in place of a data key."""

    NONE = "none"  # it was written before there were keys
    ERASED = "erased"


DataKey: TypeAlias = SecretKey | KeyMark


class KeyWanted(UnshackledError):
    """A retailer key that this process has not unwrapped yet."""

    def __init__(self, key: str, subject: str) -> None:
        super().__init__(key)
        self.key = key
        self.subject = subject


class SnapshotRow(NamedTuple):
    """The columns of a checkout, and of its key: `wrapped` is base64, None where it has no key."""

    checkout: str
    retailer: str
    public: str
    personal: bytes | str
    key: str | None
    wrapped_by: str | None
    wrapped: str | None


class SealedChange(Record):
    """What an append writes of a checkout; `new_key` is its key, or the mark that erases it."""

    public: bytes
    personal: bytes
    key: DataKey
    new_key: StoredDataKey | None = None


class SnapshotSealer:
    """Seals what is appended and opens what is read, of one store."""

    def __init__(self, ring: KeyRing, stored: DataKeys) -> None:
        """`stored` is asked only where a checkout is appended to that was not read here before."""
        self.wrapper = DataKeyWrapper(ring)
        self._ring = ring
        self._stored = stored
        self._known = LruCache[str, DataKey](REMEMBERED)

    async def sealed(self, change: Change) -> SealedChange:
        """What to write for a change; raises `StoreError` where there is no master key."""
        change.require_sound()
        return await self.resealed(change.checkout, await self._key(change))

    async def resealed(self, checkout: Checkout, key: DataKey) -> SealedChange:
        """What to write for a checkout that has this key: a new one, where it has none yet."""
        public, personal = snapshot.dump(checkout)
        if key is KeyMark.ERASED or (checkout.erasure is not None and checkout.erasure.whole):
            mark = _mark(checkout) if key is not KeyMark.ERASED else None
            return SealedChange(
                public=public, personal=ERASED_PART, key=KeyMark.ERASED, new_key=mark
            )
        if isinstance(key, SecretKey):
            return SealedChange(public=public, personal=_seal(key, checkout, personal), key=key)
        new = random_key()
        at = checkout.updated_at
        return SealedChange(
            public=public,
            personal=_seal(new, checkout, personal),
            key=new,
            new_key=await self.wrapper.wrapped(new, checkout.id, checkout.account, now=at),
        )

    def remember(self, checkout: str, key: DataKey) -> None:
        """Note the key of a checkout that was read, or whose append is done."""
        self._known.put(checkout, key)

    def opened(self, row: SnapshotRow) -> tuple[Checkout, DataKey]:
        """The checkout of a row, and its key, to be remembered.

        Raises `KeyWanted` where its retailer key is not at hand, `Undecryptable` where the row was
        changed, cut or moved or its key is lost, and what `snapshot.parse` raises.
        """
        key = self._data_key(row)
        return snapshot.parse(row.public, _personal(row, key)), key

    async def reading(self, read: Callable[[], Awaitable[T]]) -> T:
        """What `read` gives, with each retailer key that it wants unwrapped first."""
        while True:
            try:
                return await read()
            except KeyWanted as wanted:
                await self._ring.key(wanted.key, subject=wanted.subject)

    async def _key(self, change: Change) -> DataKey:
        if not change.expected:
            return KeyMark.NONE
        known = self._known.get(change.checkout.id)
        if known is not None:
            return known
        row = await self._stored.get(change.checkout.id)
        if row is None:
            return KeyMark.NONE
        return KeyMark.ERASED if row.wrapped is None else await self.wrapper.unwrapped(row)

    def _data_key(self, row: SnapshotRow) -> DataKey:
        if row.key is None or row.wrapped is None:
            return KeyMark.NONE
        if not row.wrapped or row.personal == ERASED_PART:
            return KeyMark.ERASED
        known = self._known.peek(row.checkout)
        if isinstance(known, SecretKey) and known.id == row.key:
            return known
        over = self._ring.at_hand(row.wrapped_by or "")
        if over is None:
            raise KeyWanted(row.wrapped_by or "", row.checkout)
        wrapped = b64decode(row.wrapped)
        return SecretKey(row.key, over.open(wrapped, PURPOSE, row.retailer, row.checkout))


def _seal(key: SecretKey, checkout: Checkout, personal: bytes) -> bytes:
    return key.seal(personal, PERSONAL, checkout.account, checkout.id)


def _personal(row: SnapshotRow, key: DataKey) -> bytes:
    """The JSON of a row's personal part."""
    stored = row.personal.encode() if isinstance(row.personal, str) else row.personal
    if key is KeyMark.ERASED or stored == ERASED_PART:
        return snapshot.NOTHING
    if stored == snapshot.NOTHING or (stored.startswith(PLAIN) and key is KeyMark.NONE):
        return stored  # whoever has a key was sealed: what is in clear then is not from us
    if not isinstance(key, SecretKey):
        lost = key_id_of(stored, row.checkout)
        raise Undecryptable(row.checkout, lost, "the data key is lost")
    return key.open(stored, PERSONAL, row.retailer, row.checkout)


def _mark(checkout: Checkout) -> StoredDataKey:
    """What is left of a key that was deleted."""
    return StoredDataKey(
        subject=checkout.id,
        retailer=checkout.account,
        id="",
        wrapped_by="",
        wrapped=None,
        created_at=checkout.created_at,
        erased_at=checkout.updated_at,
    )
