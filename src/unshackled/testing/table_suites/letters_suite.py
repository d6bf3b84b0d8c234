"""What dead letters, and places in a broker's stream, promise in every store."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from unshackled.domain.records import replace
from unshackled.errors import Conflict
from unshackled.store.side_tables import SideTables
from unshackled.store.side_tables.dead_letters import DISCARDED, OPEN, REPLAYED, LetterRecord
from unshackled.store.stored_records import EventRow
from unshackled.testing.samples import NOW

MINUTE = timedelta(minutes=1)


def letter_of(number: int = 1, **given: Any) -> LetterRecord:
    """A letter of the consumer `reports`, each a minute younger than the one before."""
    row = EventRow(
        checkout=f"chk_{number}",
        retailer=given.pop("retailer", "northstar"),
        version=7,
        index=0,
        type="step.passed.v1",
        at=NOW,
        data={"step": "credit", "n": [1, 2]},
    )
    at = NOW + number * MINUTE
    known = {"consumer": "reports", "error": "KeyError", "detail": "", "tries": 3}
    return LetterRecord(**{**known, "event": row, "first_at": at, "last_at": at, **given})


class LetterPromises:
    """Dead letters: one for each consumer and event, decided once."""

    async def test_a_letter_comes_back_as_it_was(self, tables: SideTables) -> None:
        """With its event, whole; one that nobody wrote is None."""
        await tables.dead_letters.add(letter_of())
        assert await tables.dead_letters.get(letter_of().id) == letter_of()
        assert await tables.dead_letters.get("reports:none") is None

    async def test_the_same_letter_again_adds_its_tries(self, tables: SideTables) -> None:
        """And says what it failed of last; what was decided stays."""
        letters, at = tables.dead_letters, NOW + timedelta(hours=1)
        await letters.add(letter_of())
        again = letter_of(error="ValueError", detail="no such flow", tries=2, last_at=at)
        await letters.add(replace(again, first_at=at))
        expected = replace(again, tries=5)
        assert await letters.get(again.id) == expected
        assert await letters.close(again.id, DISCARDED, at=at)
        await letters.add(again)
        assert await letters.get(again.id) == replace(expected, tries=7, state=DISCARDED)

    async def test_an_open_letter_is_decided_once(self, tables: SideTables) -> None:
        """Of two who decide at the same time one does; nobody decides on what is not there."""
        letters, at = tables.dead_letters, NOW + timedelta(hours=1)
        await letters.add(letter_of())
        ends = await asyncio.gather(
            letters.close(letter_of().id, REPLAYED, at=at, tries=1),
            letters.close(letter_of().id, REPLAYED, at=at, tries=1),
        )
        assert sorted(ends) == [False, True]
        closed = replace(letter_of(), state=REPLAYED, tries=4, last_at=at)
        assert await letters.get(letter_of().id) == closed
        assert not await letters.close("reports:none", DISCARDED, at=at)

    async def test_letters_are_found_by_what_they_say(self, tables: SideTables) -> None:
        """By consumer, by state, by retailer with its test account; open ones unless told else."""
        letters = tables.dead_letters
        for one in (
            letter_of(1),
            letter_of(2, consumer="webhooks:we_1"),
            letter_of(3, retailer="northstar:test"),
            letter_of(4, retailer="orbit"),
        ):
            await letters.add(one)
        await letters.close(letter_of(1).id, DISCARDED, at=NOW)
        asked: dict[str, Any]
        for asked, found in (
            ({}, [4, 3, 2]),
            ({"state": None}, [4, 3, 2, 1]),
            ({"state": DISCARDED}, [1]),
            ({"state": OPEN, "retailer": "northstar"}, [3, 2]),
            ({"consumer": "webhooks:we_1"}, [2]),
            ({"consumer": "nobody"}, []),
        ):
            page = await letters.page(**asked)
            assert [one.event.checkout for one in page.letters] == [f"chk_{n}" for n in found]
            assert page.next is None

    async def test_pages_of_letters_have_no_gap(self, tables: SideTables) -> None:
        """Also where several are of one time; a cursor that no page gave is refused."""
        letters, after, found = tables.dead_letters, None, []
        for number in range(5):
            await letters.add(letter_of(number, first_at=NOW + (number // 2) * MINUTE))
        while True:
            page = await letters.page(after=after, limit=2)
            found += [one.event.checkout for one in page.letters]
            after = page.next
            if after is None:
                break
        assert found == [f"chk_{number}" for number in (4, 3, 2, 1, 0)]
        with pytest.raises(ValueError, match="cursor"):
            await letters.page(after="!")


class PlacePromises:
    """Places in a stream, moved by compare-and-swap, so that two processes cannot both go on."""

    async def test_a_place_is_moved_by_who_knows_it(self, tables: SideTables) -> None:
        """From nowhere first, then from where it is; each consumer by itself."""
        cursors = tables.stream_cursors
        assert (await cursors.place("one"), await cursors.places()) == (None, {})
        await cursors.move("one", expected=None, to="7")
        await cursors.move("one", expected="7", to="9")
        await cursors.move("two", expected=None, to="1")
        assert (await cursors.place("one"), await cursors.place("two")) == ("9", "1")
        assert await cursors.places() == {"one": "9", "two": "1"}

    async def test_one_of_two_who_move_a_place_wins(self, tables: SideTables) -> None:
        """The other gets a conflict, at the first move and later; what is stale moves nothing."""
        cursors = tables.stream_cursors
        for expected, ends in ((None, ("7", "8")), ("7", ("9", "10"))):
            moved = await asyncio.gather(
                *(cursors.move("one", expected=expected, to=end) for end in ends),
                return_exceptions=True,
            )
            assert [type(end) for end in moved if end is not None] == [Conflict]
            there = await cursors.place("one")
            assert there in ends
            await cursors.move("one", expected=there, to="7")
        for stale in (None, "6"):
            with pytest.raises(Conflict):
                await cursors.move("one", expected=stale, to="9")
        assert await cursors.place("one") == "7"
