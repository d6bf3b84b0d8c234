"""What each retailer sells, kept for a moment and served stale while its backend is away."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from unshackled.domain.catalogue import Catalogue
from unshackled.domain.clock import Clock
from unshackled.errors import NotSent, ProviderError
from unshackled.flow.backends import Backends
from unshackled.flow.ranking import Ask
from unshackled.flow.spec import Retailer
from unshackled.ports.call import Call
from unshackled.ports.catalogue import BrowseCatalogue, CatalogueFound
from unshackled.ports.outcome import Passed
from unshackled.telemetry import get_logger

BROWSE = "catalogue.browse"
log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Kept:
    catalogue: Catalogue
    read_at: float


class Catalogues:
    """Each retailer's catalogue, from its `catalogue` provider: fresh a minute, stale a day.

    Or as long as the retailer's file says.
    """

    def __init__(self, retailers: Mapping[str, Retailer], backends: Backends, clock: Clock) -> None:
        """Nothing is read before it is asked for."""
        self._retailers = retailers
        self._backends = backends
        self._clock = clock
        self._kept: dict[str, _Kept] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    async def catalogue(self, retailer: str) -> Catalogue:
        """What a retailer sells now; raises a `ProviderError` when it cannot be had."""
        fresh = self._retailers[retailer].catalogue.fresh
        kept = self._kept.get(retailer)
        if kept is not None and self._age(kept) < fresh:
            return kept.catalogue
        async with self._locks.setdefault(retailer, asyncio.Lock()):
            kept = self._kept.get(retailer)
            if kept is not None and self._age(kept) < fresh:
                return kept.catalogue
            return await self._read(retailer, kept)

    def _age(self, kept: _Kept) -> timedelta:
        return timedelta(seconds=self._clock.monotonic() - kept.read_at)

    async def _read(self, retailer: str, kept: _Kept | None) -> Catalogue:
        try:
            catalogue = await self._browse(self._retailers[retailer])
        except ProviderError as error:
            if kept is None or self._age(kept) > self._retailers[retailer].catalogue.stale:
                raise
            log.warning("catalogue.stale", retailer=retailer, error=str(error))
            return kept.catalogue
        self._kept[retailer] = _Kept(catalogue, self._clock.monotonic())
        return catalogue

    async def _browse(self, retailer: Retailer) -> Catalogue:
        policy = retailer.default("catalogue")
        if policy is None:
            raise NotSent(f"{retailer.id} names no provider for `catalogue` under defaults")
        ask = Ask(
            retailer=retailer.id,
            operation=BROWSE,
            policy=policy,
            candidates=policy.providers,
        )
        picks = self._backends.picks(ask)
        if not picks:
            raise NotSent(f"{retailer.id}: nobody who serves the catalogue can be asked now")
        last: ProviderError | None = None
        for pick in picks:
            try:
                return await self._ask(retailer, policy.route, pick.provider)
            except ProviderError as error:
                last = error
        raise last or NotSent("the catalogue was not to be had")

    async def _ask(self, retailer: Retailer, route: str, provider: str) -> Catalogue:
        call = Call(
            reference=f"catalogue-{retailer.id}",
            checkout="",
            currency=retailer.currency,
            locale=retailer.locale,
            callback_url="",
            return_url="",
            route=route or None,
        )
        outcome = await self._backends.perform(
            retailer.id, provider, BROWSE, BrowseCatalogue(), call
        )
        if not isinstance(outcome, Passed) or not isinstance(outcome.output, CatalogueFound):
            raise NotSent("the catalogue was not to be had", provider=provider)
        return outcome.output.catalogue
