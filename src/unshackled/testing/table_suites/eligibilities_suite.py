"""What stored answers about upgrades promise in every store."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from unshackled.domain.records import replace
from unshackled.domain.stored_eligibility import (
    AgainstUpgrade,
    OpenUpgrade,
    StoredEligibility,
)
from unshackled.domain.upgrade import Programme
from unshackled.domain.upgrade_shares import upgrade_shares
from unshackled.store.side_tables import SideTables
from unshackled.store.side_tables.limited_rows import LimitedWrite, WriteLimit
from unshackled.testing.samples import NOW

HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
LIMIT = WriteLimit(most=2, span=timedelta(minutes=1))
PROGRAMME = Programme(name="early", months=24, min_repayments=12)


def eligibility_at(
    now: datetime, agreement: str = "AGR-100001", *, account: str = "northstar", key: str = "key-1"
) -> StoredEligibility:
    """An answer of an hour, about an upgrade that is open."""
    return StoredEligibility(
        id="",
        account=account,
        key=key,
        created_at=now,
        valid_until=now + HOUR,
        flow="upgrade",
        agreement=agreement,
        model="Fern 6",
        grade="good",
        currency="GBP",
        programme=PROGRAMME,
        open=OpenUpgrade(
            figure=25_000,
            worked_out=25_000,
            settles_on=(now + 28 * 24 * HOUR).date(),
            shares=upgrade_shares(PROGRAMME, 25_000, 12_000, 0),
        ),
    ).named


class EligibilityPromises:
    """An answer is there once, for its account alone, and until it is pruned."""

    async def test_an_answer_comes_back_as_it_was(self, tables: SideTables) -> None:
        """For its own account, whether it is a yes or a no; another account finds none."""
        rows, yes = tables.eligibilities, eligibility_at(NOW)
        against = (AgainstUpgrade(code="too_few_repayments", opens=NOW.date()),)
        no = replace(yes, open=None, against=against).named
        assert no.id != yes.id
        assert await rows.get("northstar", yes.id) is None
        for one in (yes, no):
            assert await rows.add(one, LIMIT) == LimitedWrite(new=True)
            assert await rows.get("northstar", one.id) == one
            for account in ("northstar:test", "orbit", ""):
                assert await rows.get(account, one.id) is None

    async def test_the_same_answer_is_there_once(self, tables: SideTables) -> None:
        """Of many who add it at the same time one does."""
        rows, one = tables.eligibilities, eligibility_at(NOW)
        writes = await asyncio.gather(*(rows.add(one, LIMIT) for _ in range(5)))
        assert sorted(write.new for write in writes) == [False] * 4 + [True]
        assert await rows.get("northstar", one.id) == one

    async def test_a_key_asks_so_often_in_a_span(self, tables: SideTables) -> None:
        """Whoever would try agreements out is held up; other keys go on."""
        rows = tables.eligibilities
        for number in range(2):
            assert (await rows.add(eligibility_at(NOW, f"AGR-10000{number}"), LIMIT)).new
        third = eligibility_at(NOW + SECOND, "AGR-100009")
        assert await rows.add(third, LIMIT) == LimitedWrite(again_at=NOW + LIMIT.span)
        assert await rows.get("northstar", third.id) is None
        assert (await rows.add(replace(third, key="key-2"), LIMIT)).new

    async def test_answers_are_pruned_by_their_validity(self, tables: SideTables) -> None:
        """Those that ended before, at most `limit`; quotes stay."""
        rows = [eligibility_at(NOW + number * HOUR, key=f"key-{number}") for number in range(3)]
        for one in rows:
            await tables.eligibilities.add(one, LIMIT)
        prune = tables.eligibilities.prune
        assert await prune(before=rows[0].valid_until, limit=9) == 0
        assert await prune(before=rows[2].valid_until, limit=1) == 1
        assert await tables.eligibilities.get("northstar", rows[0].id) is None
        assert await prune(before=rows[2].valid_until, limit=9) == 1
        assert await tables.eligibilities.get("northstar", rows[2].id) == rows[2]
