"""What each retailer sells: of one provider, or of several as one catalogue."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Final

from unshackled.catalogues.catalogue_source import (
    BROWSE,
    PAUSES,
    SHOWN,
    CatalogueSource,
    SourceDeps,
)
from unshackled.domain.account import retailer_of
from unshackled.domain.catalogue import Catalogue, Freshness
from unshackled.domain.clock import Clock
from unshackled.domain.merged_catalogue import CataloguePart, MergedCatalogue, merged
from unshackled.errors import NotSent, ProviderError
from unshackled.flow.language.spec import Retailer
from unshackled.flow.runtime.backend_port import Backends
from unshackled.store.side_tables.kept_catalogues import KeptCatalogues
from unshackled.telemetry import get_logger, whose

# So long a customer waits for one of several sources; the others are sold without it then.
PATIENCE: Final = timedelta(seconds=2)
log = get_logger(__name__)


@dataclass(slots=True)
class _Account:
    """The sources of one account, the parts that were merged last, and what was told of them."""

    sources: tuple[CatalogueSource, ...]
    parts: tuple[CataloguePart, ...] = ()
    whole: MergedCatalogue | None = None
    missing: tuple[str, ...] = ()


class Catalogues:
    """Each account's catalogue, from its `catalogue` providers; its file says how long it keeps.

    An account is `northstar`, or `northstar:test` for what its sandbox sells.

    `catalogues` remembers the last one for a process that starts while the backend is away. Of
    several sources each is kept by itself, and one that nothing can be served of is left out.
    """

    def __init__(
        self,
        retailers: Mapping[str, Retailer],
        backends: Backends,
        clock: Clock,
        *,
        catalogues: KeptCatalogues | None = None,
        random: Random | None = None,
        patience: timedelta = PATIENCE,
    ) -> None:
        """Nothing is read before it is asked for."""
        self._retailers = retailers
        self._patience = patience.total_seconds()
        self._deps = SourceDeps(
            backends=backends,
            clock=clock,
            random=random or Random(0),  # noqa: S311 - jitter
            table=catalogues,
        )
        self._accounts: dict[str, _Account] = {}

    async def catalogue(self, account: str) -> Catalogue:
        """What an account sells now; raises a `ProviderError` when nothing can be served."""
        known = self._account(account)
        if len(known.sources) == 1:
            return await known.sources[0].catalogue()
        offers = await asyncio.gather(*(self._part(one) for one in known.sources))
        whole = self._merged(account, known, offers)
        if whole is None:
            # Each is away: the first one's failure is that of the whole.
            await known.sources[0].catalogue()
            raise NotSent(f"{account}: no catalogue is in the retailer's currency")
        return whole

    def at_hand(self, account: str) -> Catalogue | None:
        """What would be served without asking anybody; None where that has to be read first."""
        known = self._accounts.get(account)
        if known is None:
            return None
        if len(known.sources) == 1:
            return known.sources[0].at_hand()
        return self._merged(account, known, [one.at_hand() for one in known.sources], tell=False)

    def freshness(self, account: str) -> Freshness:
        """How old what is served is, its oldest part; nothing served yet is as good as new."""
        span = self._retailers[retailer_of(account)].catalogue
        age = max(self._ages(account), default=timedelta(0))
        return Freshness(age=max(age, timedelta(0)), fresh=span.fresh, stale=span.stale)

    def ages(self) -> Iterator[tuple[str, float]]:
        """(account, seconds since its catalogue, or its oldest part, was read) of all served."""
        for account in self._accounts:
            if ages := self._ages(account):
                yield account, max(ages).total_seconds()

    def left_out(self) -> Iterator[tuple[str, float]]:
        """(account, offerings that cannot be read, and so are not sold) of all that is served."""
        for account, known in self._accounts.items():
            if self._ages(account):
                yield account, float(sum(len(one.left_out) for one in known.sources))

    async def close(self) -> None:
        """End the reads under way: no request waits for them any more."""
        sources = [one for known in self._accounts.values() for one in known.sources]
        await asyncio.gather(*(one.close() for one in sources))

    def _account(self, account: str) -> _Account:
        if account not in self._accounts:
            retailer = self._retailers[retailer_of(account)]
            policies = retailer.catalogue_policies() or (None,)
            alone = len(policies) == 1
            sources = []
            for policy in policies:
                name = "" if alone or policy is None else policy.route or policy.providers[0]
                key = f"{account}/{name}" if name else account
                sources.append(CatalogueSource(account, retailer, policy, key, self._deps))
            self._accounts[account] = _Account(sources=tuple(sources))
        return self._accounts[account]

    def _ages(self, account: str) -> Sequence[timedelta]:
        known = self._accounts.get(account)
        ages = [one.age() for one in known.sources] if known is not None else []
        return [age for age in ages if age is not None]

    async def _part(self, source: CatalogueSource) -> Catalogue | None:
        """What a source sells; None where that is not to be had soon."""
        if source.at_hand() is None and not source.may_try():
            return None
        reading = asyncio.ensure_future(source.catalogue())
        reading.add_done_callback(_failure_was_told)
        done, _ = await asyncio.wait({reading}, timeout=self._patience)
        if not done:
            return None
        try:
            return reading.result()
        except ProviderError:
            return None

    def _merged(
        self,
        account: str,
        known: _Account,
        offers: Sequence[Catalogue | None],
        *,
        tell: bool = True,
    ) -> Catalogue | None:
        """The sources that can be served as one; merged anew only where one of them changed."""
        parts = tuple(
            CataloguePart(name=source.name, catalogue=offer)
            for source, offer in zip(known.sources, offers, strict=True)
            if offer is not None
        )
        if known.whole is None or not _same(parts, known.parts):
            currency = self._retailers[retailer_of(account)].currency
            before, known.parts, known.whole = known.whole, parts, merged(parts, currency)
            _tell_twice(account, before, known.whole)
        if tell:
            self._tell_missing(account, known)
        return known.whole.catalogue if known.whole is not None else None

    def _tell_missing(self, account: str, known: _Account) -> None:
        """Say which sources are not sold, when they are others than before."""
        foreign = known.whole.foreign if known.whole is not None else ()
        sold = {one.name for one in known.parts} - set(foreign)
        missing = tuple(one.name for one in known.sources if one.name not in sold)
        if missing == known.missing:
            return
        known.missing = missing
        if missing:
            log.warning(
                "catalogue.part_missing",
                **whose(account),
                missing=list(missing),
                other_currency=list(foreign),
            )
        else:
            log.info("catalogue.whole", **whose(account))


def _same(parts: Sequence[CataloguePart], before: Sequence[CataloguePart]) -> bool:
    """Whether they are the very catalogues of before."""
    pairs = zip(parts, before, strict=False)
    return len(parts) == len(before) and all(
        one.name == old.name and one.catalogue is old.catalogue for one, old in pairs
    )


def _tell_twice(
    account: str, before: MergedCatalogue | None, whole: MergedCatalogue | None
) -> None:
    """Say what two sources sell otherwise, when it is other than before."""
    twice = whole.twice if whole is not None else ()
    if twice and (before is None or before.twice != twice):
        log.warning(
            "catalogue.sold_twice",
            **whose(account),
            items=len(twice),
            shown=[f"{one.kind} {one.item}: {one.first}, not {one.other}" for one in twice[:SHOWN]],
        )


def _failure_was_told(task: asyncio.Future[Catalogue]) -> None:
    """A source tells its failure itself, whether or not a customer waited for it."""
    if not task.cancelled():
        task.exception()


__all__ = ["BROWSE", "PAUSES", "Catalogues"]
