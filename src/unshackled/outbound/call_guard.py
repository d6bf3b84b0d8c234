"""What stands between us and one provider, composed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Literal, TypeVar

from unshackled.domain.clock import Clock
from unshackled.domain.records import Record
from unshackled.errors import InDoubt, NotSent, Refused
from unshackled.outbound.breaker import Breaker, BreakerChange, BreakerState
from unshackled.outbound.bulkhead import Bulkhead
from unshackled.outbound.call_failures import Shed
from unshackled.outbound.deadline import Deadline, until
from unshackled.outbound.limiter import Limiter
from unshackled.outbound.limits import Limits
from unshackled.outbound.request_trail import followed
from unshackled.system_clock import SystemClock

T = TypeVar("T")
Ending = Literal["answered", "refused", "in_doubt", "not_sent", "shed", "canceled", "broken"]


class Attempt(Record):
    """One finished attempt: how it ended, how long it took, the breaker's state after it."""

    provider: str
    ending: Ending
    seconds: float
    breaker: BreakerState


class CallGuard:
    """Guards every call to one provider.

    `on_attempt` sees each of them when it ends, `on_breaker` each change of the breaker.
    """

    def __init__(
        self,
        provider: str,
        limits: Limits | None = None,
        *,
        clock: Clock | None = None,
        on_attempt: Callable[[Attempt], None] | None = None,
        on_breaker: Callable[[BreakerChange], None] | None = None,
    ) -> None:
        self.provider = provider
        self.limits = limits = limits or Limits()
        self._clock = clock = clock or SystemClock()
        self._on_attempt = on_attempt
        self.breaker = Breaker(provider, limits.breaker, clock, on_breaker)
        self.bulkhead = Bulkhead(
            provider, limits.concurrency, queue=limits.queue, patience=limits.patience
        )
        rate = limits.rate_per_second
        self.limiter = None if rate is None else Limiter(provider, rate, clock)

    def admits(self) -> bool:
        """Whether the provider would be tried now: what a router asks before it picks."""
        return self.turned_away() is None

    def turned_away(self) -> str | None:
        """Why the provider would not be tried now; None where it would."""
        if not self.breaker.admits():
            return "breaker_open"
        if not self.bulkhead.admits():
            return "bulkhead_full"
        return None if self.limiter is None or self.limiter.admits() else "rate_limit"

    async def call(self, send: Callable[[], Awaitable[T]], within: timedelta | None = None) -> T:
        """Await `send()`, bounded by `within` (default: the provider's timeout), layer by layer.

        Fails fast with `Shed`, a `NotSent`, where a layer does not let it through. The breaker
        comes first: an open one costs no slot and no token, and it ignores what is shed below.
        """
        deadline = Deadline.after(within or self.limits.timeout, self._clock)
        with followed(), self._observed(), self.breaker.permit():
            async with self.bulkhead.slot():
                if self.limiter is not None:
                    self.limiter.take()
                return await self._bounded(send, deadline)

    async def _bounded(self, send: Callable[[], Awaitable[T]], deadline: Deadline) -> T:
        remaining = deadline.remaining()
        if remaining <= 0:
            message = f"{self.provider}: no time left to send"
            raise Shed(message, provider=self.provider, reason="no_time")
        try:
            with until(deadline):
                async with asyncio.timeout(remaining):
                    return await send()
        except TimeoutError as error:
            message = f"{self.provider}: timed out"
            raise InDoubt(message, provider=self.provider, reason="timeout") from error

    @contextmanager
    def _observed(self) -> Iterator[None]:
        started = self._clock.monotonic()
        error: BaseException | None = None
        try:
            yield
        except BaseException as raised:
            error = raised
            raise
        finally:
            if self._on_attempt is not None:
                attempt = Attempt(
                    provider=self.provider,
                    ending=_ending(error),
                    seconds=self._clock.monotonic() - started,
                    breaker=self.breaker.state,
                )
                self._on_attempt(attempt)


_ENDINGS: tuple[tuple[type[BaseException], Ending], ...] = (
    (Shed, "shed"),
    (NotSent, "not_sent"),
    (InDoubt, "in_doubt"),
    (Refused, "refused"),
    (asyncio.CancelledError, "canceled"),
    (BaseException, "broken"),
)


def _ending(error: BaseException | None) -> Ending:
    if error is None:
        return "answered"
    return next(ending for kind, ending in _ENDINGS if isinstance(error, kind))
