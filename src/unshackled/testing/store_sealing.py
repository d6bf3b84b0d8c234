"""The part of the store contract that is about data keys, and about erasing by deleting one."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Final

import pytest

from unshackled.domain.checkout import Checkout, Private
from unshackled.domain.erasure import Erasure
from unshackled.errors import Conflict
from unshackled.store import snapshot
from unshackled.store.port import Store
from unshackled.testing.made_up_checkouts import change_of, checkout_of, next_of
from unshackled.testing.samples import NOW
from unshackled.testing.store_appends import RECORD, Opener

LATER: Final = NOW + timedelta(minutes=1)
ERASURE: Final = Erasure(at=NOW, by="retailer", reason="asked")


def erased_of(checkout: Checkout) -> Checkout:
    """The next version of a checkout, as it reads once it is erased."""
    return snapshot.erased(next_of(checkout, erasure=ERASURE))


async def erase(store: Store, checkout: Checkout) -> None:
    """Append the next version of a checkout, and delete its key with it."""
    await store.append(change_of(next_of(checkout, erasure=ERASURE)))


class Sealing:
    """What a store promises of data keys."""

    async def test_a_checkout_has_a_key_from_its_first_append(self, store: Store) -> None:
        """One of its own, wrapped by the key of its account; later appends leave it alone."""
        await store.append(change_of(checkout_of("one")))
        await store.append(change_of(checkout_of("two")))
        await store.append(change_of(checkout_of("test", livemode=False)))
        keys = [await store.tables.data_keys.get(one) for one in ("one", "two", "test")]
        assert len({key.wrapped for key in keys if key is not None and key.wrapped}) == 3
        assert [key and key.retailer for key in keys] == [
            "northstar",
            "northstar",
            "northstar:test",
        ]
        over = [key.wrapped_by for key in keys if key is not None]
        assert over[0] == over[1] != over[2]
        await store.append(change_of(next_of(checkout_of("one"))))
        assert await store.tables.data_keys.get("one") == keys[0]

    @pytest.mark.parametrize("how", ["by an append", "by its row"])
    async def test_without_its_key_a_checkout_reads_as_erased(
        self, store: Store, opener: Opener, how: str
    ) -> None:
        """Alone and in lists, in every process, and for good; everything public stays."""
        await store.append(change_of(checkout_of()))
        other = opener()
        await other.open()
        assert await other.load("chk_1") == checkout_of()
        if how == "by an append":
            await erase(store, checkout_of())
            expected = erased_of(checkout_of())
        else:
            assert await store.tables.data_keys.delete("chk_1", now=LATER)
            expected = snapshot.erased(checkout_of())
        assert expected.private == Private()
        for each in (store, other):
            page = await each.checkouts("northstar", status=None, after=None, limit=9)
            assert await each.load("chk_1") == expected
            assert [row.checkout for row in page.rows] == [expected]
        await other.close()

    async def test_an_erased_checkout_goes_on_without_personal_data(
        self, store: Store, opener: Opener
    ) -> None:
        """What is appended later has no place for any, whoever appends it."""
        await store.append(change_of(checkout_of()))
        await erase(store, checkout_of())
        gone = erased_of(checkout_of())
        late = next_of(gone, private=Private(customer_ref="late"), bucket=7)
        await store.append(change_of(late))
        other = opener()
        await other.open()
        assert await other.load("chk_1") == snapshot.erased(late)
        await other.append(change_of(next_of(late)))
        assert await other.load("chk_1") == snapshot.erased(next_of(late))
        await other.close()

    async def test_a_stale_writer_does_not_bring_personal_data_back(
        self, store: Store, opener: Opener
    ) -> None:
        """It has snapshot and key in memory, and loses by the version all the same."""
        await store.append(change_of(checkout_of()))
        other = opener()
        await other.open()
        stale = await other.load("chk_1")
        assert stale is not None
        await erase(store, checkout_of())
        with pytest.raises(Conflict):
            await other.append(change_of(next_of(stale)))
        for each in (store, other):
            assert await each.load("chk_1") == erased_of(checkout_of())
        await other.close()

    async def test_of_erasing_and_going_on_at_once_one_wins(self, store: Store) -> None:
        """Either it is erased, or its key is as it was."""
        await store.append(change_of(checkout_of()))
        key = await store.tables.data_keys.get("chk_1")
        ends = await asyncio.gather(
            store.append(change_of(next_of(checkout_of(), bucket=9))),
            erase(store, checkout_of()),
            return_exceptions=True,
        )
        assert sorted(type(end).__name__ for end in ends) == ["Conflict", "NoneType"]
        found, now = await store.load("chk_1"), await store.tables.data_keys.get("chk_1")
        if ends[1] is None:
            assert (found, now and now.wrapped) == (erased_of(checkout_of()), None)
        else:
            assert (found, now) == (next_of(checkout_of(), bucket=9), key)

    async def test_an_erasing_that_is_not_written_deletes_no_key(self, store: Store) -> None:
        """It conflicts by its version or by an idempotency key: then everything is as it was."""
        await store.append(change_of(checkout_of(), idempotency=RECORD))
        key = await store.tables.data_keys.get("chk_1")
        late = change_of(checkout_of(version=9, erasure=ERASURE))
        used = change_of(next_of(checkout_of(), erasure=ERASURE), idempotency=RECORD)
        for wrong in (late, used):
            with pytest.raises(Conflict):
                await store.append(wrong)
        assert await store.load("chk_1") == checkout_of()
        assert await store.tables.data_keys.get("chk_1") == key

    async def test_erasing_again_changes_nothing(self, store: Store) -> None:
        """The time of the first stays."""
        await store.append(change_of(checkout_of()))
        await erase(store, checkout_of())
        mark = await store.tables.data_keys.get("chk_1")
        assert mark is not None
        assert (mark.wrapped, mark.erased_at) == (None, next_of(checkout_of()).updated_at)
        again = next_of(erased_of(checkout_of()), updated_at=LATER)
        await store.append(change_of(again))
        assert await store.tables.data_keys.get("chk_1") == mark
        assert await store.load("chk_1") == again

    async def test_a_creation_that_failed_is_no_hindrance(self, store: Store) -> None:
        """What it left of a key is replaced by that of the checkout which takes the id."""
        await store.append(change_of(checkout_of("taken"), references=["REF"]))
        with pytest.raises(Conflict):
            await store.append(change_of(checkout_of(), references=["REF"]))
        await store.append(change_of(checkout_of(), references=["MINE"]))
        assert await store.load("chk_1") == checkout_of()
        with pytest.raises(Conflict):
            await store.append(change_of(checkout_of(bucket=1)))
        await store.append(change_of(next_of(checkout_of())))
        assert await store.load("chk_1") == next_of(checkout_of())
