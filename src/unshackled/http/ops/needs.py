"""What needs a person, collected across retailers, the longest waiting first."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Final

from unshackled.domain.account import account_of
from unshackled.domain.checkout import Checkout
from unshackled.domain.records import Record
from unshackled.domain.states import ATTENTION
from unshackled.flow.engine.attention import AttentionItem, needs_of
from unshackled.http.checkouts.create import wrong_field
from unshackled.http.context import ApiContext

PAGE: Final = 100
LOOKED_AT: Final = 5_000


class AttentionFilter(Record):
    """Which ones; None is any."""

    retailer: str | None = None
    livemode: bool | None = None
    state: str | None = None
    step: str | None = None
    provider: str | None = None
    code: str | None = None
    older_than: timedelta | None = None

    def fits(self, need: AttentionItem, now: datetime) -> bool:
        """Whether a need is one of them."""
        exact = (
            (self.state, need.state),
            (self.step, need.step),
            (self.provider, need.provider),
            (self.code, need.code),
        )
        old = self.older_than is None or now - need.since >= self.older_than
        return old and all(wanted in (None, found) for wanted, found in exact)


class AttentionRow(Record):
    """A checkout and what of it was wanted."""

    checkout: Checkout
    status: str
    needs: tuple[AttentionItem, ...]

    @property
    def since(self) -> datetime:
        """Since when the oldest of them waits."""
        return min(need.since for need in self.needs)

    @property
    def key(self) -> tuple[datetime, str]:
        """Its place in a list."""
        return self.since, self.checkout.id


class AttentionPage(Record):
    """All that was found; `truncated` when there are more than were looked at."""

    stuck: tuple[AttentionRow, ...]
    truncated: bool


async def collect(context: ApiContext, wanted: AttentionFilter) -> AttentionPage:
    """Every checkout that fits, the longest waiting first."""
    now, left = context.services.clock.now(), LOOKED_AT
    found: dict[str, AttentionRow] = {}
    for account in _accounts(context, wanted):
        for state in [wanted.state] if wanted.state else sorted(ATTENTION):
            async for checkout, status in _rows(context, account, state):
                if left <= 0:
                    return _sorted(found, truncated=True)
                left -= 1
                needs = tuple(need for need in needs_of(checkout) if wanted.fits(need, now))
                if needs:
                    found[checkout.id] = AttentionRow(checkout=checkout, status=status, needs=needs)
    return _sorted(found, truncated=False)


def _sorted(rows: dict[str, AttentionRow], *, truncated: bool) -> AttentionPage:
    stuck = sorted(rows.values(), key=lambda one: one.key)
    return AttentionPage(stuck=tuple(stuck), truncated=truncated)


def _accounts(context: ApiContext, wanted: AttentionFilter) -> list[str]:
    """Every account that may have some; the live ones first."""
    known = sorted(context.services.book.retailers)
    if wanted.retailer is not None and wanted.retailer not in known:
        raise wrong_field("query.retailer", "unknown_retailer", "is not a retailer", tuple(known))
    modes = [True, False] if wanted.livemode is None else [wanted.livemode]
    retailers = known if wanted.retailer is None else [wanted.retailer]
    return [account_of(one, livemode=mode) for mode in modes for one in retailers]


async def _rows(
    context: ApiContext, account: str, state: str
) -> AsyncIterator[tuple[Checkout, str]]:
    after: str | None = None
    while True:
        page = await context.services.store.checkouts(
            account, status=None, after=after, limit=PAGE, attention=state
        )
        for row in page.rows:
            yield row.checkout, row.status
        after = page.next
        if after is None:
            return
