"""A rate limit, for backends that sell us so many calls a second."""

from __future__ import annotations

from datetime import timedelta

from unshackled.domain.clock import Clock
from unshackled.outbound.call_failures import Shed


class Limiter:
    """A token bucket: `burst` calls at once, `rate_per_second` in the long run."""

    def __init__(
        self, provider: str, rate_per_second: float, clock: Clock, *, burst: int | None = None
    ) -> None:
        if rate_per_second <= 0:
            raise ValueError("rate_per_second: above 0")
        self._provider = provider
        self._rate = rate_per_second
        self._clock = clock
        self._burst = float(max(1, burst if burst is not None else int(rate_per_second)))
        self._tokens = self._burst
        self._at = clock.monotonic()

    def admits(self) -> bool:
        """Whether a call would be let through now."""
        return self._level() >= 1

    def take(self) -> None:
        """Use one token, or raise `Shed` that says when there will be one."""
        level, now = self._level(), self._clock.monotonic()
        if level < 1:
            wait = timedelta(seconds=(1 - level) / self._rate)
            message = f"{self._provider}: our rate limit is reached"
            raise Shed(message, provider=self._provider, reason="rate_limit", retry_after=wait)
        self._tokens, self._at = level - 1, now

    def _level(self) -> float:
        passed = self._clock.monotonic() - self._at
        return min(self._burst, self._tokens + passed * self._rate)
