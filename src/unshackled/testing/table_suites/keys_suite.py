"""What the tables of keys promise."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from unshackled.domain.records import replace
from unshackled.store.side_tables import SideTables
from unshackled.store.side_tables.data_keys import StoredDataKey
from unshackled.store.side_tables.retailer_keys import StoredRetailerKey
from unshackled.testing.samples import NOW

RETAILER_KEY: Final = StoredRetailerKey(
    id="00000000000000a1",
    retailer="northstar",
    purpose="data",
    number=1,
    master="00000000000000f1",
    wrapped=b"\x01 wrapped \x00\xff",
    created_at=NOW,
)
DATA_KEY: Final = StoredDataKey(
    subject="chk_k1",
    retailer="northstar",
    id="00000000000000d1",
    wrapped_by=RETAILER_KEY.id,
    wrapped=b"\x01 data \x00\xff",
    created_at=NOW,
)
LATER: Final = NOW + timedelta(days=1)


class RetailerKeyPromises:
    """The keys of accounts."""

    async def test_an_account_has_one_key_of_a_number(self, tables: SideTables) -> None:
        """Of two processes that make the first one wins; other purposes and accounts are free."""
        keys = tables.retailer_keys
        assert await keys.add(RETAILER_KEY)
        rival = replace(RETAILER_KEY, id="00000000000000a2", wrapped=b"x")
        assert not await keys.add(rival)
        others = [
            replace(rival, purpose="index"),
            replace(rival, id="00000000000000a3", retailer="northstar:test"),
        ]
        assert [await keys.add(one) for one in others] == [True, True]
        assert await keys.of("northstar", "data") == [RETAILER_KEY]
        assert await keys.get(RETAILER_KEY.id) == RETAILER_KEY
        assert await keys.get("00000000000000a9") is None

    async def test_the_key_with_the_highest_number_is_current(self, tables: SideTables) -> None:
        """Those that it replaced follow it; all can be gone through by their ids."""
        keys = tables.retailer_keys
        made = [
            replace(RETAILER_KEY, id=f"00000000000000b{number}", number=number)
            for number in (2, 10, 1)
        ]
        for one in made:
            assert await keys.add(one)
        assert [one.number for one in await keys.of("northstar", "data")] == [10, 2, 1]
        first = await keys.page(after="", limit=2)
        rest = await keys.page(after=first[-1].id, limit=2)
        assert [one.number for one in (*first, *rest)] == [1, 10, 2]

    async def test_a_key_is_rewrapped_as_it_was_read(self, tables: SideTables) -> None:
        """Of two who do it at once one wins."""
        keys = tables.retailer_keys
        await keys.add(RETAILER_KEY)
        after = replace(RETAILER_KEY, master="00000000000000f2", wrapped=b"again")
        assert await keys.rewrap(after, expected=RETAILER_KEY.wrapped)
        assert not await keys.rewrap(replace(after, wrapped=b"x"), expected=RETAILER_KEY.wrapped)
        assert await keys.get(RETAILER_KEY.id) == after
        await keys.add(replace(RETAILER_KEY, id="00000000000000a4", number=2))
        assert await keys.masters() == ["00000000000000f1", "00000000000000f2"]


class DataKeyPromises:
    """The keys of checkouts and documents."""

    async def test_a_subject_has_one_data_key(self, tables: SideTables) -> None:
        """The first stays, byte for byte."""
        keys = tables.data_keys
        assert await keys.add(DATA_KEY)
        assert not await keys.add(replace(DATA_KEY, id="00000000000000d2", wrapped=b"x"))
        assert await keys.get(DATA_KEY.subject) == DATA_KEY
        assert await keys.get("chk_other") is None

    async def test_a_deleted_data_key_leaves_a_mark(self, tables: SideTables) -> None:
        """Once, without anything of the key; its subject never gets another."""
        keys = tables.data_keys
        await keys.add(DATA_KEY)
        assert await keys.delete(DATA_KEY.subject, now=LATER)
        mark = await keys.get(DATA_KEY.subject)
        assert mark == replace(DATA_KEY, wrapped=None, wrapped_by="", erased_at=LATER)
        assert not await keys.delete(DATA_KEY.subject, now=NOW)
        assert not await keys.delete("chk_other", now=NOW)
        assert not await keys.add(DATA_KEY)
        assert await keys.get(DATA_KEY.subject) == mark
        assert await keys.under(RETAILER_KEY.id, limit=9) == []

    async def test_data_keys_are_rewrapped_as_they_were_read(self, tables: SideTables) -> None:
        """One that changed, or was deleted meanwhile, stays what it is."""
        keys = tables.data_keys
        rows = [
            replace(DATA_KEY, subject=name, wrapped=name.encode())
            for name in ("one", "two", "gone")
        ]
        for row in rows:
            await keys.add(row)
        new = [replace(row, wrapped_by="00000000000000a2", wrapped=b"new") for row in rows]
        await keys.delete("gone", now=LATER)
        before = [rows[0], replace(rows[1], wrapped=b"else"), rows[2]]
        assert await keys.rewrap(list(zip(before, new, strict=True))) == 1
        assert await keys.get("one") == new[0]
        assert await keys.under(RETAILER_KEY.id, limit=9) == [rows[1]]
        mark = await keys.get("gone")
        assert mark is not None
        assert mark.wrapped is None
        assert await keys.rewrap([]) == 0

    async def test_a_portion_of_data_keys_has_at_most_so_many(self, tables: SideTables) -> None:
        """However many there are."""
        for number in range(5):
            await tables.data_keys.add(replace(DATA_KEY, subject=f"chk_{number}"))
        assert len(await tables.data_keys.under(RETAILER_KEY.id, limit=3)) == 3
