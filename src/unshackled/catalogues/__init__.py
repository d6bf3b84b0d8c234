"""What each retailer sells: kept, served stale while it is read again, and remembered by the store.

The words are those of RFC 5861: what is fresh is served, what is stale is served at once and
revalidated beside it, and an error of the backend is hidden while what is kept is not too old.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextvars import Context
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Final

from unshackled.catalogues.vat_names import with_known_rates
from unshackled.domain.account import retailer_of
from unshackled.domain.catalogue import Catalogue, Freshness
from unshackled.domain.clock import Clock
from unshackled.errors import NotSent, ProviderError, StoreError
from unshackled.flow.engine.route_choice import RouteRequest
from unshackled.flow.language.spec import Retailer
from unshackled.flow.runtime.backend_port import Backends
from unshackled.outbound.retry import RetryPolicy
from unshackled.ports.call_context import Call
from unshackled.ports.catalogue import BrowseCatalogue, CatalogueFound, LeftOut
from unshackled.ports.outcome import Passed
from unshackled.store.side_tables.kept_catalogues import CachedCatalogue, KeptCatalogues
from unshackled.telemetry import Where, get_logger, problem_of, tell_problem, whose

BROWSE: Final = "catalogue.browse"
# A catalogue that has not changed is written down again this seldom.
WRITE_EVERY: Final = timedelta(minutes=10)
PAUSES = RetryPolicy(initial=timedelta(seconds=1), maximum=timedelta(minutes=1))
# Of what is left out, so many are in the log line.
SHOWN: Final = 20
log = get_logger(__name__)


@dataclass(slots=True)
class _Window:
    """One account's shop window in this process."""

    cached: CachedCatalogue | None = None
    written: CachedCatalogue | None = None
    looked: bool = False
    looking: asyncio.Lock = field(default_factory=asyncio.Lock)
    failures: int = 0
    retry_at: datetime | None = None
    reading: asyncio.Task[Catalogue] | None = None
    left_out: tuple[LeftOut, ...] = ()


class Catalogues:
    """Each account's catalogue, from its `catalogue` provider; its file says how long it keeps.

    An account is `northstar`, or `northstar:test` for what its sandbox sells.

    `catalogues` remembers the last one for a process that starts while the backend is away.
    """

    def __init__(
        self,
        retailers: Mapping[str, Retailer],
        backends: Backends,
        clock: Clock,
        *,
        catalogues: KeptCatalogues | None = None,
        random: Random | None = None,
    ) -> None:
        """Nothing is read before it is asked for."""
        self._retailers = retailers
        self._backends = backends
        self._clock = clock
        self._table = catalogues
        self._random = random or Random(0)  # noqa: S311 - jitter
        self._windows: dict[str, _Window] = {}

    async def catalogue(self, account: str) -> Catalogue:
        """What an account sells now; raises a `ProviderError` when nothing can be served."""
        window = self._windows.setdefault(account, _Window())
        if not window.looked:
            await self._look(account, window)
        kept = self._good(account, window)
        if kept is None:
            return await self._wait(account, window)
        if self._age(kept) >= self._retailers[
            retailer_of(account)
        ].catalogue.fresh and self._may_try(window):
            self._reading(account, window)
        return kept.catalogue

    def at_hand(self, account: str) -> Catalogue | None:
        """What would be served without asking anybody; None where that has to be read first."""
        window = self._windows.get(account)
        kept = self._good(account, window) if window is not None else None
        return kept.catalogue if kept is not None else None

    def freshness(self, account: str) -> Freshness:
        """How old what is served is; nothing served yet is as good as new."""
        span = self._retailers[retailer_of(account)].catalogue
        window = self._windows.get(account)
        kept = window.cached if window is not None else None
        age = self._age(kept) if kept is not None else timedelta(0)
        return Freshness(age=max(age, timedelta(0)), fresh=span.fresh, stale=span.stale)

    def ages(self) -> Iterator[tuple[str, float]]:
        """(account, seconds since its catalogue was read) of all that is served."""
        for account, window in self._windows.items():
            if window.cached is not None:
                yield account, self._age(window.cached).total_seconds()

    def left_out(self) -> Iterator[tuple[str, float]]:
        """(account, offerings that cannot be read, and so are not sold) of all that is served."""
        for account, window in self._windows.items():
            if window.cached is not None:
                yield account, float(len(window.left_out))

    async def close(self) -> None:
        """End the reads under way: no request waits for them any more."""
        tasks = [window.reading for window in self._windows.values() if window.reading is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _age(self, catalogue: CachedCatalogue) -> timedelta:
        return self._clock.now() - catalogue.read_at

    def _good(self, account: str, window: _Window) -> CachedCatalogue | None:
        """What is kept, unless it is too old to be served, or a price of it began or ended."""
        kept = window.cached
        if kept is None or not kept.holds(self._clock.now()):
            return None
        if self._age(kept) > self._retailers[retailer_of(account)].catalogue.stale:
            return None
        return kept

    async def _wait(self, account: str, window: _Window) -> Catalogue:
        """Read it now; where that fails, another process may have read it meanwhile."""
        try:
            return await asyncio.shield(self._reading(account, window))
        except ProviderError:
            kept = self._good(account, window)
            if kept is None:
                raise
            return kept.catalogue

    def _may_try(self, window: _Window) -> bool:
        return window.retry_at is None or self._clock.now() >= window.retry_at

    def _reading(self, account: str, window: _Window) -> asyncio.Task[Catalogue]:
        """The one reading under way, begun where there is none."""
        if window.reading is None or window.reading.done():
            # A context of its own: the deadline of the customer who came first must not end it.
            window.reading = asyncio.get_running_loop().create_task(
                self._read(account, window), context=Context()
            )
            window.reading.add_done_callback(_heard)
        return window.reading

    async def _read(self, account: str, window: _Window) -> Catalogue:
        try:
            kept = await self._browse(account)
        except ProviderError as error:
            await self._failed(account, window, error)
            raise
        # Its text may hold what a backend said.
        except Exception as error:  # noqa: BLE001 - an adapter's bug is an outage, told like one
            broken = NotSent(f"{account}: the catalogue's adapter broke: {type(error).__name__}")
            await self._failed(account, window, broken)
            raise broken from None
        window.cached = kept
        window.failures, window.retry_at = 0, None
        await self._write(account, window, kept)
        return kept.catalogue

    async def _failed(self, account: str, window: _Window, error: ProviderError) -> None:
        """Ask again later, each time a little later; see whether another process did better."""
        window.failures += 1
        window.retry_at = self._clock.now() + PAUSES.pause(window.failures, self._random)
        await self._remember(account, window)
        age = self._age(window.cached).total_seconds() if window.cached else None
        log.warning("catalogue.not_read", **whose(account), age_seconds=age, error=str(error))

    async def _look(self, account: str, window: _Window) -> None:
        """Look what the store has, before anything is served; who comes meanwhile waits."""
        async with window.looking:
            if not window.looked:
                await self._remember(account, window)
                window.looked = True

    async def _remember(self, account: str, window: _Window) -> None:
        """Take what the store has, where it is newer."""
        if self._table is None:
            return
        known = window.cached.read_at if window.cached is not None else None
        try:
            found = await self._table.get(account, after=known)
        except (StoreError, ValueError) as error:
            log.warning("catalogue.not_remembered", **whose(account), kind=type(error).__name__)
            return
        if found is not None and (window.cached is None or found.read_at > window.cached.read_at):
            window.cached = window.written = found

    async def _write(self, account: str, window: _Window, catalogue: CachedCatalogue) -> None:
        """Write it down where it is another one, or the last time is long ago."""
        old = window.written
        same = old is not None and old.catalogue == catalogue.catalogue
        if self._table is None or (same and old and catalogue.read_at - old.read_at < WRITE_EVERY):
            return
        try:
            await self._table.put(account, catalogue)
        except StoreError as error:
            log.warning("catalogue.not_written", **whose(account), error=str(error))
        else:
            window.written = catalogue

    async def _browse(self, account: str) -> CachedCatalogue:
        retailer = self._retailers[retailer_of(account)]
        policy = retailer.default("catalogue")
        if policy is None:
            raise NotSent(f"{retailer.id} names no provider for `catalogue` under defaults")
        ask = RouteRequest(
            retailer=account,
            operation=BROWSE,
            policy=policy,
            candidates=policy.providers,
        )
        picks = self._backends.picks(ask)
        if not picks:
            raise NotSent(f"{account}: nobody who serves the catalogue can be asked now")
        last: ProviderError | None = None
        for pick in picks:
            try:
                return await self._ask(account, policy.route, pick.provider)
            except ProviderError as error:
                last = error
                self._tell_failure(account, pick.provider, error)
        raise last or NotSent("the catalogue was not to be had")

    def _tell_failure(self, account: str, provider: str, error: ProviderError) -> None:
        problem = problem_of(error, at=self._clock.now(), provider=provider, operation=BROWSE)
        tell_problem(log, None, Where(account=account), problem)

    async def _ask(self, account: str, route: str, provider: str) -> CachedCatalogue:
        retailer = self._retailers[retailer_of(account)]
        call = Call(
            reference=f"catalogue-{retailer.id}",
            checkout="",
            currency=retailer.currency,
            locale=retailer.locale,
            time_zone=retailer.time_zone,
            callback_url="",
            return_url="",
            route=route or None,
        )
        outcome = await self._backends.perform(account, provider, BROWSE, BrowseCatalogue(), call)
        if not isinstance(outcome, Passed) or not isinstance(outcome.output, CatalogueFound):
            raise NotSent("the catalogue was not to be had", provider=provider)
        now = self._clock.now()
        found = with_known_rates(outcome.output, retailer.rules(now).vat)
        self._tell(account, provider, found.left_out)
        return CachedCatalogue(found.catalogue, now, outcome.valid_until)

    def _tell(self, account: str, provider: str, left_out: Sequence[LeftOut]) -> None:
        """Count what cannot be read, and so is not sold; say so when it is other than before."""
        window = self._windows.setdefault(account, _Window())
        before, window.left_out = window.left_out, tuple(left_out)
        if left_out and window.left_out != before:
            log.warning(
                "catalogue.left_out",
                **whose(account),
                provider=provider,
                items=len(left_out),
                shown=[f"{one.kind} {one.item}: {one.why}" for one in left_out[:SHOWN]],
            )


def _heard(task: asyncio.Task[Catalogue]) -> None:
    """Its failure was reported already, whether or not a customer waited for it."""
    if not task.cancelled():
        task.exception()


__all__ = ["CatalogueTable", "Catalogues", "Kept"]
