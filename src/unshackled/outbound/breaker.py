"""A circuit breaker: stop asking a backend that fails, and probe it before trusting it again."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Literal

from unshackled.domain.clock import Clock
from unshackled.domain.records import Record
from unshackled.errors import InDoubt, NotSent, ProviderError, Undecided
from unshackled.outbound.call_failures import Shed

BreakerState = Literal["closed", "open", "half_open"]


class BreakerPolicy(Record):
    """Opens when, of the last `calls` calls within `window`, `failure_rate` or more failed.

    Below `minimum_calls` it never opens. After `open_for` at most `probes` calls are let
    through at a time; as many successes close it, one failure opens it again.
    """

    window: timedelta = timedelta(seconds=30)
    calls: int = 100
    minimum_calls: int = 10
    failure_rate: float = 0.5
    open_for: timedelta = timedelta(seconds=10)
    probes: int = 2

    def __post_init__(self) -> None:
        if not 1 <= self.minimum_calls <= self.calls:
            raise ValueError("minimum_calls: from 1 to calls")
        if not 0 < self.failure_rate <= 1:
            raise ValueError("failure_rate: above 0, at most 1")
        if self.probes < 1:
            raise ValueError("probes: at least 1")


class BreakerChange(Record):
    """A breaker went from one state to another; of the last `calls` calls `failures` failed."""

    provider: str
    was: BreakerState
    state: BreakerState
    calls: int
    failures: int


def _is_failure(error: ProviderError) -> bool:
    return isinstance(error, NotSent | InDoubt) and not isinstance(error, Undecided)


class Breaker:
    """The breaker of one provider.

    `NotSent` and `InDoubt` are failures; any answer, a decline, `Refused` or `Undecided` too, is a
    success.
    What we shed ourselves, a cancelled call and a bug say nothing and are not counted.
    `on_change` hears of each change, in the call that brings it: `half_open` with the first probe.
    """

    def __init__(
        self,
        provider: str,
        policy: BreakerPolicy,
        clock: Clock,
        on_change: Callable[[BreakerChange], None] | None = None,
    ) -> None:
        self._provider = provider
        self._on_change = on_change
        self._told: BreakerState = "closed"
        self._counted = (0, 0)
        self._policy = policy
        self._clock = clock
        self._calls: deque[tuple[float, bool]] = deque()
        self._failures = 0
        self._opened_at: float | None = None
        self._epoch = 0
        self._in_flight = 0
        self._probed = 0

    @property
    def state(self) -> BreakerState:
        """`closed`, `open` (all calls fail fast) or `half_open` (probes only)."""
        if self._opened_at is None:
            return "closed"
        return "open" if self._closed_for() > 0 else "half_open"

    def admits(self) -> bool:
        """Whether a call would be let through now."""
        state = self.state
        return state == "closed" or (state == "half_open" and self._in_flight < self._policy.probes)

    @contextmanager
    def permit(self) -> Iterator[None]:
        """Let the call in the body through and learn from how it ends, or raise `Shed`."""
        if not self.admits():
            wait = timedelta(seconds=max(self._closed_for(), 0))
            message = f"{self._provider}: circuit {self.state}"
            raise Shed(message, provider=self._provider, reason="breaker_open", retry_after=wait)
        self._tell()
        epoch = self._epoch
        self._in_flight += 1
        failed: bool | None = None
        try:
            yield
            failed = False
        except ProviderError as error:
            failed = None if isinstance(error, Shed) else _is_failure(error)
            raise
        finally:
            if epoch == self._epoch:
                self._in_flight -= 1
                self._learn(failed=failed)
                self._tell()

    def _tell(self) -> None:
        was, state = self._told, self.state
        if state == was:
            return
        self._told = state
        if self._on_change is not None:
            calls, failures = self._counted
            self._on_change(
                BreakerChange(
                    provider=self._provider, was=was, state=state, calls=calls, failures=failures
                )
            )

    def _closed_for(self) -> float:
        opened = self._opened_at or 0.0
        return opened + self._policy.open_for.total_seconds() - self._clock.monotonic()

    def _learn(self, *, failed: bool | None) -> None:
        if failed is None:
            return
        if self._opened_at is None:
            self._count(failed=failed)
            if failed and self._too_many():
                self._start(opened_at=self._clock.monotonic())
        elif failed:
            self._start(opened_at=self._clock.monotonic())
        else:
            self._probed += 1
            if self._probed >= self._policy.probes:
                self._start(opened_at=None)

    def _count(self, *, failed: bool) -> None:
        now = self._clock.monotonic()
        self._calls.append((now, failed))
        self._failures += failed
        oldest = now - self._policy.window.total_seconds()
        while self._calls[0][0] < oldest or len(self._calls) > self._policy.calls:
            self._failures -= self._calls.popleft()[1]

    def _too_many(self) -> bool:
        seen = len(self._calls)
        enough = seen >= self._policy.minimum_calls
        return enough and self._failures >= self._policy.failure_rate * seen

    def _start(self, *, opened_at: float | None) -> None:
        """Open or close with a clean slate; calls that began before no longer count."""
        self._counted = (len(self._calls), self._failures)
        self._opened_at = opened_at
        self._epoch += 1
        self._calls.clear()
        self._failures = self._in_flight = self._probed = 0
