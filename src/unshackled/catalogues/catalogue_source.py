"""What one provider of an account's catalogue sells: kept, served stale while it is read again.

The words are those of RFC 5861: what is fresh is served, what is stale is served at once and
revalidated beside it, and an error of the backend is hidden while what is kept is not too old.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextvars import Context
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final

from unshackled.catalogues.provider_query import first_answer
from unshackled.catalogues.vat_names import with_known_rates
from unshackled.domain.catalogue import Catalogue
from unshackled.domain.clock import Clock
from unshackled.domain.records import Record
from unshackled.errors import NotSent, ProviderError, StoreError
from unshackled.flow.engine.route_choice import RouteRequest
from unshackled.flow.language.policy import Policy
from unshackled.flow.language.spec import Retailer
from unshackled.flow.runtime.backend_port import Backends
from unshackled.outbound.retry import RetryPolicy
from unshackled.ports.catalogue import BrowseCatalogue, CatalogueFound, LeftOut
from unshackled.ports.outcome import Passed
from unshackled.store.side_tables.kept_catalogues import CachedCatalogue, KeptCatalogues
from unshackled.telemetry import get_logger, whose

BROWSE: Final = "catalogue.browse"
# A catalogue that has not changed is written down again this seldom.
WRITE_EVERY: Final = timedelta(minutes=10)
PAUSES = RetryPolicy(initial=timedelta(seconds=1), maximum=timedelta(minutes=1))
# Of what is left out, so many are in the log line.
SHOWN: Final = 20
log = get_logger(__name__)


class SourceDeps(Record):
    """What every source reads by; without a `table` nothing is remembered."""

    backends: Backends
    clock: Clock
    random: Random
    table: KeptCatalogues | None = None


class CatalogueSource:
    """One window of an account: what a provider, or the first of a route that answers, sells.

    `key` is its name in the store.
    """

    def __init__(
        self, account: str, retailer: Retailer, policy: Policy | None, key: str, deps: SourceDeps
    ) -> None:
        """Nothing is read before it is asked for."""
        self.name = policy.route or policy.providers[0] if policy else ""
        self.cached: CachedCatalogue | None = None
        self.left_out: tuple[LeftOut, ...] = ()
        self._account = account
        self._retailer = retailer
        self._policy = policy
        self._key = key
        self._backends, self._clock = deps.backends, deps.clock
        self._table, self._random = deps.table, deps.random
        self._written: CachedCatalogue | None = None
        self._looked = False
        self._looking = asyncio.Lock()
        self._failures = 0
        self._retry_at: datetime | None = None
        self._task: asyncio.Task[Catalogue] | None = None

    async def catalogue(self) -> Catalogue:
        """What is sold now; raises a `ProviderError` when nothing can be served."""
        if not self._looked:
            await self._look()
        kept = self._good()
        if kept is None:
            return await self._wait()
        if self._age(kept) >= self._retailer.catalogue.fresh and self.may_try():
            self._reading()
        return kept.catalogue

    def at_hand(self) -> Catalogue | None:
        """What would be served without asking anybody; None where that has to be read first."""
        kept = self._good()
        return kept.catalogue if kept is not None else None

    def age(self) -> timedelta | None:
        """Since it was read last; None where it never was."""
        return self._age(self.cached) if self.cached is not None else None

    def may_try(self) -> bool:
        """Whether its backend may be asked now: after a failure it is left alone for a while."""
        return self._retry_at is None or self._clock.now() >= self._retry_at

    async def close(self) -> None:
        """End the reading under way: no request waits for it any more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def _age(self, catalogue: CachedCatalogue) -> timedelta:
        return self._clock.now() - catalogue.read_at

    def _good(self) -> CachedCatalogue | None:
        """What is kept, unless it is too old to be served, or a price of it began or ended."""
        kept = self.cached
        if kept is None or not kept.holds(self._clock.now()):
            return None
        if self._age(kept) > self._retailer.catalogue.stale:
            return None
        return kept

    async def _wait(self) -> Catalogue:
        """Read it now; where that fails, another process may have read it meanwhile."""
        try:
            return await asyncio.shield(self._reading())
        except ProviderError:
            kept = self._good()
            if kept is None:
                raise
            return kept.catalogue

    def _reading(self) -> asyncio.Task[Catalogue]:
        """The one reading under way, begun where there is none."""
        if self._task is None or self._task.done():
            # A context of its own: the deadline of the customer who came first must not end it.
            self._task = asyncio.get_running_loop().create_task(self._read(), context=Context())
            self._task.add_done_callback(_heard)
        return self._task

    async def _read(self) -> Catalogue:
        try:
            kept = await self._browse()
        except ProviderError as error:
            await self._failed(error)
            raise
        # Its text may hold what a backend said.
        except Exception as error:  # noqa: BLE001 - an adapter's bug is an outage, told like one
            broken = NotSent(
                f"{self._account}: the catalogue's adapter broke: {type(error).__name__}"
            )
            await self._failed(broken)
            raise broken from None
        self.cached = kept
        self._failures, self._retry_at = 0, None
        await self._write(kept)
        return kept.catalogue

    async def _failed(self, error: ProviderError) -> None:
        """Ask again later, each time a little later; see whether another process did better."""
        self._failures += 1
        self._retry_at = self._clock.now() + PAUSES.pause(self._failures, self._random)
        await self._remember()
        age = self._age(self.cached).total_seconds() if self.cached else None
        log.warning("catalogue.not_read", **whose(self._account), age_seconds=age, error=str(error))

    async def _look(self) -> None:
        """Look what the store has, before anything is served; who comes meanwhile waits."""
        async with self._looking:
            if not self._looked:
                await self._remember()
                self._looked = True

    async def _remember(self) -> None:
        """Take what the store has, where it is newer."""
        if self._table is None:
            return
        known = self.cached.read_at if self.cached is not None else None
        try:
            found = await self._table.get(self._key, after=known)
        except (StoreError, ValueError) as error:
            log.warning(
                "catalogue.not_remembered", **whose(self._account), kind=type(error).__name__
            )
            return
        if found is not None and (self.cached is None or found.read_at > self.cached.read_at):
            self.cached = self._written = found

    async def _write(self, catalogue: CachedCatalogue) -> None:
        """Write it down where it is another one, or the last time is long ago."""
        old = self._written
        same = old is not None and old.catalogue == catalogue.catalogue
        if self._table is None or (same and old and catalogue.read_at - old.read_at < WRITE_EVERY):
            return
        try:
            await self._table.put(self._key, catalogue)
        except StoreError as error:
            log.warning("catalogue.not_written", **whose(self._account), error=str(error))
        else:
            self._written = catalogue

    async def _browse(self) -> CachedCatalogue:
        retailer, account = self._retailer, self._account
        policy = self._policy
        if policy is None:
            raise NotSent(f"{retailer.id} names no provider for `catalogue` under defaults")
        ask = RouteRequest(
            retailer=account, operation=BROWSE, policy=policy, candidates=policy.providers
        )
        return await first_answer(
            self._backends, self._clock, retailer, ask, BrowseCatalogue(), read=self._read_answer
        )

    def _read_answer(self, provider: str, outcome: Passed[Any]) -> CachedCatalogue:
        if not isinstance(outcome.output, CatalogueFound):
            raise NotSent("the catalogue was not to be had", provider=provider)
        now = self._clock.now()
        found = with_known_rates(outcome.output, self._retailer.rules(now).vat)
        self._tell(provider, found.left_out)
        return CachedCatalogue(found.catalogue, now, outcome.valid_until)

    def _tell(self, provider: str, left_out: Sequence[LeftOut]) -> None:
        """Count what cannot be read, and so is not sold; say so when it is other than before."""
        before, self.left_out = self.left_out, tuple(left_out)
        if left_out and self.left_out != before:
            log.warning(
                "catalogue.left_out",
                **whose(self._account),
                provider=provider,
                items=len(left_out),
                shown=[f"{one.kind} {one.item}: {one.why}" for one in left_out[:SHOWN]],
            )


def _heard(task: asyncio.Task[Catalogue]) -> None:
    """Its failure was reported already, whether or not a customer waited for it."""
    if not task.cancelled():
        task.exception()
