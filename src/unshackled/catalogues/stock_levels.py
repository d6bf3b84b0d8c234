"""How much of each product there is: read at once for all that is sold, and served for a moment.

What is fresh is served, what is stale is served at once and read again beside it (RFC 5861). Nobody
waits long for it: what is not known in time is unknown, and a list is never held up or cut by it.
Only lists are told; what is bought is reserved in the checkout, whatever was told here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextvars import Context
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final, Protocol

from unshackled.catalogues.provider_query import first_answer
from unshackled.domain.account import retailer_of
from unshackled.domain.catalogue import Accessory, Catalogue, Handset
from unshackled.domain.clock import Clock
from unshackled.domain.stock_level import StockLevel
from unshackled.errors import NotSent, ProviderError
from unshackled.flow.engine.route_choice import RouteRequest
from unshackled.flow.language.policy import Policy
from unshackled.flow.language.retailer_settings import StockSpec
from unshackled.flow.language.spec import Retailer
from unshackled.flow.runtime.backend_port import Backends
from unshackled.outbound.retry import RetryPolicy
from unshackled.ports.outcome import Passed
from unshackled.ports.stock import MOST_GOODS, AskAvailability, GoodsList, StockAvailability
from unshackled.telemetry import get_logger, whose

AVAILABILITY: Final = "stock.availability"
# So long a list waits for levels that are not there yet, and of so many products.
PATIENCE: Final = timedelta(milliseconds=500)
MOST_PRODUCTS: Final = 2_000
PAUSES: Final = RetryPolicy(initial=timedelta(seconds=1), maximum=timedelta(minutes=5))
log = get_logger(__name__)

Levels = Mapping[str, StockLevel]


class StockBackends(Backends, Protocol):
    """Providers of which not every one can be asked for levels."""

    def offers(self, retailer: str, provider: str, operation: str) -> bool:
        """Whether a provider has an operation."""
        ...


@dataclass(slots=True)
class _Shelf:
    """What one account has, as far as this process read it."""

    levels: Levels = field(default_factory=dict)
    read_at: datetime | None = None
    failures: int = 0
    retry_at: datetime | None = None
    reading: asyncio.Task[None] | None = None


class StockLevels:
    """Each account's levels, from its `stock` provider; its file says how long they keep."""

    def __init__(
        self,
        retailers: Mapping[str, Retailer],
        backends: StockBackends,
        clock: Clock,
        *,
        patience: timedelta = PATIENCE,
        random: Random | None = None,
    ) -> None:
        """Nothing is read before it is asked for."""
        self._retailers = retailers
        self._backends = backends
        self._clock = clock
        self._patience = patience.total_seconds()
        self._random = random or Random(0)  # noqa: S311 - jitter
        self._shelves: dict[str, _Shelf] = {}

    async def levels(self, account: str, catalogue: Catalogue) -> Levels:
        """The levels of what an account sells, as far as they are known; it never fails."""
        able = self._able(account)
        if able is None:
            return {}
        shelf, span = self._shelves.setdefault(account, _Shelf()), self._span(account)
        age = self._age(shelf)
        if age is None or age >= span.fresh:
            reading = self._reading(account, able, shelf, _skus(catalogue))
            if reading is not None and (age is None or age > span.stale):
                await asyncio.wait({reading}, timeout=self._patience)
        age = self._age(shelf)
        return shelf.levels if age is not None and age <= span.stale else {}

    def recent_levels(self, account: str) -> Levels:
        """What was read lately of an account, without asking anybody."""
        shelf = self._shelves.get(account)
        age = self._age(shelf) if shelf is not None else None
        if shelf is None or age is None or age > self._span(account).stale:
            return {}
        return shelf.levels

    async def close(self) -> None:
        """End the readings under way."""
        tasks = [one.reading for one in self._shelves.values() if one.reading is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _span(self, account: str) -> StockSpec:
        return self._retailers[retailer_of(account)].stock

    def _age(self, shelf: _Shelf) -> timedelta | None:
        return None if shelf.read_at is None else self._clock.now() - shelf.read_at

    def _able(self, account: str) -> tuple[Policy, tuple[str, ...]] | None:
        """Who serves the stock, and those of them that can be asked; None where nobody can."""
        policy = self._retailers[retailer_of(account)].default("stock")
        names = policy.providers if policy is not None else ()
        able = tuple(one for one in names if self._backends.offers(account, one, AVAILABILITY))
        return (policy, able) if policy is not None and able else None

    def _reading(
        self,
        account: str,
        able: tuple[Policy, tuple[str, ...]],
        shelf: _Shelf,
        skus: Sequence[str],
    ) -> asyncio.Task[None] | None:
        """The one reading under way, begun where there is none; None while it is too early."""
        if shelf.reading is not None and not shelf.reading.done():
            return shelf.reading
        if shelf.retry_at is not None and self._clock.now() < shelf.retry_at:
            return None
        # A context of its own: the deadline of the customer who came first must not end it.
        shelf.reading = asyncio.get_running_loop().create_task(
            self._read(account, able, shelf, skus), context=Context()
        )
        return shelf.reading

    async def _read(
        self,
        account: str,
        able: tuple[Policy, tuple[str, ...]],
        shelf: _Shelf,
        skus: Sequence[str],
    ) -> None:
        levels: dict[str, StockLevel] = {}
        try:
            for batch in _batches(skus):
                levels |= await self._ask(account, able, batch)
        except ProviderError as error:
            self._failed(account, shelf, str(error))
        # Its text may hold what a backend said.
        except Exception as error:  # noqa: BLE001 - an adapter's bug is an outage, told like one
            self._failed(account, shelf, f"the adapter broke: {type(error).__name__}")
        else:
            shelf.levels, shelf.read_at = levels, self._clock.now()
            shelf.failures, shelf.retry_at = 0, None

    def _failed(self, account: str, shelf: _Shelf, error: str) -> None:
        """Ask again later, each time a little later."""
        shelf.failures += 1
        shelf.retry_at = self._clock.now() + PAUSES.pause(shelf.failures, self._random)
        age = self._age(shelf)
        seconds = None if age is None else age.total_seconds()
        log.warning("stock.not_read", **whose(account), age_seconds=seconds, error=error)

    async def _ask(
        self, account: str, able: tuple[Policy, tuple[str, ...]], skus: Sequence[str]
    ) -> Levels:
        policy, candidates = able
        ask = RouteRequest(
            retailer=account, operation=AVAILABILITY, policy=policy, candidates=candidates
        )
        wanted = frozenset(skus)

        def read(provider: str, outcome: Passed[Any]) -> Levels:
            if not isinstance(outcome.output, StockAvailability):
                raise NotSent("the stock was not to be had", provider=provider)
            return {one.sku: one for one in outcome.output.levels if one.sku in wanted}

        request = AskAvailability(goods=GoodsList(skus=tuple(skus)))
        retailer = self._retailers[retailer_of(account)]
        return await first_answer(self._backends, self._clock, retailer, ask, request, read=read)


def _skus(catalogue: Catalogue) -> Sequence[str]:
    """The products of a catalogue, each once; of a very large one the first."""
    goods: list[Handset | Accessory] = [*catalogue.handsets, *catalogue.accessories]
    return list(dict.fromkeys(one.sku for one in goods))[:MOST_PRODUCTS]


def _batches(skus: Sequence[str]) -> Iterator[Sequence[str]]:
    for begin in range(0, len(skus), MOST_GOODS):
        yield skus[begin : begin + MOST_GOODS]
