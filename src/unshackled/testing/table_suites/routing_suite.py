"""What settings of routes, parity, and kept catalogues promise in every store."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from unshackled.domain.catalogue import Catalogue
from unshackled.domain.records import replace
from unshackled.errors import Conflict
from unshackled.store.side_tables import SideTables
from unshackled.store.side_tables.kept_catalogues import CachedCatalogue
from unshackled.store.side_tables.parity_counts import (
    WHOLE,
    FieldParity,
    ParityCount,
    ProviderPair,
    ProviderParity,
    Verdict,
)
from unshackled.store.side_tables.routing_settings import (
    ProviderSettings,
    RouteSettings,
    RoutingSetting,
    Window,
)
from unshackled.testing.samples import NOW

HOUR = timedelta(hours=1)
PAIR = ProviderPair(
    retailer="northstar", route="credit", live="a", candidate="b", operation="credit.quote"
)


def entry_of(**given: Any) -> RoutingSetting:
    """The shares of a route, never set before."""
    known = {"retailer": "northstar", "kind": "route", "name": "credit"}
    settings = RouteSettings(weights={"a": 90.0, "b": 10.0}, closed=("c",))
    made = {"settings": settings, "changed_at": NOW, "changed_by": "alice", "reason": "trial"}
    return RoutingSetting(**{**known, **made, **given})


def count_of(verdict: Verdict, amount: int, field: str = WHOLE, **given: Any) -> ParityCount:
    """A count of the pair."""
    return ParityCount(**{"pair": PAIR, **given}, field=field, verdict=verdict, amount=amount)


class RoutingPromises:
    """Settings: two operators cannot overwrite each other's."""

    async def test_settings_come_back_with_their_version(self, tables: SideTables) -> None:
        """In the order of retailer, kind and name; each put makes the version grow by one."""
        settings = tables.routing_settings
        windows = (Window(begins=NOW, ends=NOW + HOUR),)
        away = entry_of(kind="provider", name="b", settings=ProviderSettings(windows=windows))
        off = entry_of(retailer="a-shop", kind="provider", settings=ProviderSettings(disabled=True))
        assert await settings.all() == []
        for one in (entry_of(), away, off):
            await settings.put(one)
        first = [replace(one, version=1) for one in (off, away, entry_of())]
        assert list(await settings.all()) == first
        changed = replace(first[2], settings=RouteSettings(), reason="over")
        await settings.put(changed)
        assert (await settings.all())[2] == replace(changed, version=2)

    async def test_one_of_two_who_set_the_same_wins(self, tables: SideTables) -> None:
        """At the first time and later; what is stale or was never set is a conflict."""
        settings = tables.routing_settings
        for version in (0, 1):
            ends = await asyncio.gather(
                *(settings.put(entry_of(version=version)) for _ in range(2)),
                return_exceptions=True,
            )
            assert [type(end) for end in ends if end is not None] == [Conflict]
        for stale in (entry_of(version=1), entry_of(), entry_of(name="other", version=1)):
            with pytest.raises(Conflict):
                await settings.put(stale)
        assert [one.version for one in await settings.all()] == [2]


class ParityPromises:
    """Counts of processes and hours add up."""

    async def test_counts_add_up(self, tables: SideTables) -> None:
        """Of the hours since then, by pair; the fields that differ most come first."""
        parity = tables.parity
        other = replace(PAIR, candidate="c")
        await parity.add([], NOW)
        await parity.add([count_of("agreed", 100), count_of("skipped", 1, pair=other)], NOW - HOUR)
        many = [
            count_of("agreed", 5),
            count_of("differed", 2),
            count_of("failed", 1),
            count_of("differed", 1, "apr", example="9.9 | 10.9"),
            count_of("differed", 2, "term", example="12 | 24"),
        ]
        await asyncio.gather(parity.add(many, NOW), parity.add(many[::-1], NOW))
        await parity.add([count_of("differed", 3, "apr")], NOW)
        fields = (
            FieldParity(field="apr", differed=5, example="9.9 | 10.9"),
            FieldParity(field="term", differed=4, example="12 | 24"),
        )
        mine = ProviderParity(pair=PAIR, agreed=10, differed=4, failed=2, fields=fields)
        assert list(await parity.report(NOW)) == [mine]
        both = await parity.report(NOW - HOUR)
        assert list(both) == [replace(mine, agreed=110), ProviderParity(pair=other, skipped=1)]

    async def test_old_hours_are_pruned(self, tables: SideTables) -> None:
        """At most `limit` counts at a time."""
        parity = tables.parity
        for hours in range(3):
            await parity.add([count_of("agreed", 1)], NOW - hours * HOUR)
        assert await parity.prune(before=NOW - 5 * HOUR, limit=9) == 0
        assert await parity.prune(before=NOW - HOUR / 2, limit=1) == 1
        assert await parity.prune(before=NOW - HOUR / 2, limit=9) == 1
        assert [one.agreed for one in await parity.report(NOW - 9 * HOUR)] == [1]


class CataloguePromises:
    """The catalogue that was read last is kept."""

    async def test_the_newest_catalogue_is_kept(self, tables: SideTables) -> None:
        """An older one, or one of the same time, does not replace it; each account has its own."""
        kept = tables.catalogues
        new = CachedCatalogue(Catalogue(currency="GBP", version="2"), NOW, NOW + HOUR)
        await kept.put("northstar", new)
        for read_at in (NOW, NOW - HOUR):
            await kept.put(
                "northstar", CachedCatalogue(Catalogue(currency="GBP", version="1"), read_at)
            )
        assert await kept.get("northstar") == new
        assert await kept.get("northstar", after=NOW - HOUR) == new
        assert await kept.get("northstar", after=NOW) is None
        assert await kept.get("orbit") is None
        newer = CachedCatalogue(Catalogue(currency="GBP", version="3"), NOW + HOUR)
        await kept.put("northstar", newer)
        assert await kept.get("northstar") == newer
