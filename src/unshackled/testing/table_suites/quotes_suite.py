"""What stored quotes promise in every store."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from unshackled.domain.package import Package, Selection
from unshackled.domain.pricing import Priced
from unshackled.domain.records import replace
from unshackled.domain.stored_quote import StoredQuote, stored_quote
from unshackled.store.side_tables import SideTables
from unshackled.store.side_tables.stored_quotes import QuoteWrite, WriteLimit
from unshackled.testing.made_up_checkouts import SELECTION
from unshackled.testing.samples import NOW, PACKAGE, QUOTE

HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
LIMIT = WriteLimit(most=2, span=timedelta(minutes=1))


def quote_at(
    now: datetime,
    flow: str | None = "handset",
    *,
    account: str = "northstar",
    key: str = "key-1",
    selection: Selection = SELECTION,
    package: Package = PACKAGE,
) -> StoredQuote:
    """A quote of an hour, with a device traded in."""
    priced = Priced(package=package, quote=replace(QUOTE, valid_until=now + HOUR))
    return stored_quote(account, key, flow, selection, priced, now=now, validity=HOUR)


class QuotePromises:
    """A quote is there once, for its account alone, and until it is pruned."""

    async def test_a_quote_comes_back_as_it_was(self, tables: SideTables) -> None:
        """For its own account; another account, also the test one of the retailer, finds none."""
        quotes, quote = tables.quotes, quote_at(NOW)
        assert await quotes.get("northstar", quote.id) is None
        assert await quotes.add(quote, LIMIT) == QuoteWrite(new=True)
        assert await quotes.get("northstar", quote.id) == quote
        for account in ("northstar:test", "orbit", ""):
            assert await quotes.get(account, quote.id) is None

    async def test_the_same_quote_is_there_once(self, tables: SideTables) -> None:
        """Of many who add it at the same time one does; the first one stays, limit or not."""
        quotes, quote = tables.quotes, quote_at(NOW)
        limit = replace(LIMIT, most=1)
        writes = await asyncio.gather(*(quotes.add(quote, limit) for _ in range(5)))
        assert sorted(one.new for one in writes) == [False] * 4 + [True]
        assert all(one.again_at is None for one in writes)
        later = replace(quote, created_at=NOW + SECOND, key="key-2")
        assert await quotes.add(later, limit) == QuoteWrite()
        assert await quotes.get("northstar", quote.id) == quote

    async def test_a_key_writes_so_many_in_a_span(self, tables: SideTables) -> None:
        """The next one is refused until the first of them is a span old; other keys write on."""
        quotes = tables.quotes
        for second in range(2):
            quote = quote_at(NOW + second * SECOND, f"flow-{second}")
            assert (await quotes.add(quote, LIMIT)).new
        third = quote_at(NOW + 30 * SECOND, "flow-3")
        assert await quotes.add(third, LIMIT) == QuoteWrite(again_at=NOW + LIMIT.span)
        assert await quotes.get("northstar", third.id) is None
        assert await quotes.add(quote_at(NOW, "flow-0"), LIMIT) == QuoteWrite()
        assert (await quotes.add(replace(third, key="key-2"), LIMIT)).new
        fourth = quote_at(NOW + LIMIT.span, "flow-4")
        assert (await quotes.add(fourth, LIMIT)).new

    async def test_the_limit_holds_for_many_at_once(self, tables: SideTables) -> None:
        """However many are on the way at the same time."""
        quotes = [quote_at(NOW, f"flow-{number}") for number in range(6)]
        writes = await asyncio.gather(*(tables.quotes.add(one, LIMIT) for one in quotes))
        assert sum(one.new for one in writes) == LIMIT.most
        refused = [one for one in writes if not one.new]
        assert refused == [QuoteWrite(again_at=NOW + LIMIT.span)] * 4

    async def test_quotes_are_pruned_by_their_validity(self, tables: SideTables) -> None:
        """Those that ended before, the oldest first, at most `limit`."""
        quotes = [quote_at(NOW + number * HOUR, key=f"key-{number}") for number in range(3)]
        for one in quotes:
            await tables.quotes.add(one, LIMIT)
        ends = [one.quote.valid_until for one in quotes]
        assert await tables.quotes.prune(before=ends[0], limit=9) == 0
        assert await tables.quotes.prune(before=ends[2], limit=1) == 1
        assert await tables.quotes.get("northstar", quotes[0].id) is None
        assert await tables.quotes.prune(before=ends[2], limit=9) == 1
        assert await tables.quotes.get("northstar", quotes[2].id) == quotes[2]
