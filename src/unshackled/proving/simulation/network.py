"""Between a replica and the backends: requests and answers are lost, late, or cut off."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any, TypeVar

from unshackled.domain.records import replace
from unshackled.errors import InDoubt, NotSent, ProviderError
from unshackled.flow.engine.route_choice import RankingInputs, RouteChoice, RouteRequest, ranked
from unshackled.ports.amount_ranges import Ranges
from unshackled.ports.call_context import Call, Undo
from unshackled.ports.operation import Doubt, Operation
from unshackled.ports.outcome import Found, Outcome, Undone
from unshackled.ports.taking_back import TakesBack
from unshackled.proving.simulation.backend import OPERATIONS, SimulatedBackend
from unshackled.proving.simulation.replica_store import SharedStore
from unshackled.proving.simulation.traffic import Traffic

T = TypeVar("T")
QUICK = 0.6  # the share of requests that take no time


class Network:
    """The engine's backends in one replica; a request under way outlives the replica."""

    def __init__(
        self, backend: SimulatedBackend, store: SharedStore, strike: Callable[[], Awaitable[None]]
    ) -> None:
        """Reach `backend`; `store` shows what was written ahead, `strike` is fate after sending."""
        self._backend = backend
        self._store = store
        self._strike = strike
        self._stage = backend.stage
        self._traffic = Traffic(backend.stage)

    def admits(self, retailer: str, provider: str) -> bool:
        return True

    def turned_away(self, retailer: str, provider: str) -> str | None:
        return "breaker_open" if self._traffic.known_down(provider) else None

    def offers(self, retailer: str, provider: str, operation: str) -> bool:
        return operation in OPERATIONS

    def ranges(self, retailer: str, provider: str) -> Ranges:
        return {}

    def picks(self, ask: RouteRequest) -> Sequence[RouteChoice]:
        if not ask.policy.chosen:
            return ranked(ask, RankingInputs())
        able = [name for name in ask.candidates if not self._traffic.known_down(name)]
        board = RankingInputs(state=self._traffic.state(ask))
        return ranked(replace(ask, candidates=tuple(able)), board)

    def doubt(self, retailer: str, provider: str, operation: str) -> Doubt:
        return self._backend.way(operation)

    async def perform(
        self, retailer: str, provider: str, operation: str, request: Any, call: Call
    ) -> Outcome[Any]:
        known = OPERATIONS[operation]
        if known.supplies:
            work: Callable[[], Any] = lambda: self._backend.supply(request)  # noqa: E731
        elif not known.effect:
            work = lambda: self._backend.answer(known, request, call)  # noqa: E731
        else:
            if not self._store.is_written_ahead(call.reference):
                self._stage.blame(f"{operation} {call.reference} was sent before it was committed")
            work = self._effect(known, provider, request, call)
        if call.route is not None and self._traffic.down(provider):
            raise NotSent("no connection", provider=provider)
        return await self._ask(provider, call, work)

    def _effect(
        self, known: Operation, provider: str, request: Any, call: Call
    ) -> Callable[[], Outcome[Any]]:
        """What an effect does there; a case may undo what its sale did."""
        if isinstance(request, TakesBack):
            return lambda: self._backend.end(request, call)
        return lambda: self._backend.work(known, provider, request, call)

    async def look_up(self, retailer: str, provider: str, operation: str, call: Call) -> Found[Any]:
        return await self._ask(provider, call, lambda: self._backend.find(call.reference))

    async def undo(
        self, retailer: str, provider: str, operation: str, undo: Undo[Any], call: Call
    ) -> Undone:
        take_back = partial(self._backend.take_back, undo.reference, call.reference)
        return await self._ask(provider, call, take_back)

    async def _ask(self, provider: str, call: Call, work: Callable[[], T]) -> T:
        """Send, and wait no longer than the call's timeout."""
        stage = self._stage
        if stage.chance() < stage.weather.not_sent:
            raise NotSent("no connection", provider=provider)
        answer: asyncio.Future[T] = stage.loop.create_future()
        limit = call.timeout.total_seconds()
        stage.loop.spawn(None, self._carry(provider, work, answer, limit))
        await self._strike()
        try:
            async with asyncio.timeout(limit):
                return await answer
        except TimeoutError:
            raise InDoubt("no answer in time", provider=provider) from None

    async def _carry(
        self, provider: str, work: Callable[[], T], answer: asyncio.Future[T], limit: float
    ) -> None:
        """The way there, the work, and the way back."""
        stage, weather = self._stage, self._stage.weather
        await self._travel(limit)
        if stage.chance() < weather.request_lost:
            return
        try:
            done = work()
        except ProviderError as error:
            self._tell(answer, error)
            return
        await self._travel(limit * 2)
        if stage.chance() < weather.answer_lost:
            return
        if stage.chance() < weather.broken_answer:
            self._tell(answer, self._backend.broken(provider))
        elif not answer.done():
            answer.set_result(done)

    async def _travel(self, limit: float) -> None:
        """A request arrives while its caller still waits; an answer may come too late."""
        stage = self._stage
        if stage.chance() < stage.weather.slow:
            await asyncio.sleep(stage.chance() * limit * 0.99)
        elif stage.chance() > QUICK:
            await asyncio.sleep(stage.chance() * 0.2)

    @staticmethod
    def _tell(answer: asyncio.Future[Any], error: ProviderError) -> None:
        if not answer.done():
            answer.set_exception(error)
