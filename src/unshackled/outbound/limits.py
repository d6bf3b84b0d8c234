"""How much we ask of one provider, and how long we wait for it."""

from __future__ import annotations

from dataclasses import field
from datetime import timedelta

from unshackled.domain.records import Record
from unshackled.outbound.breaker import BreakerPolicy


class Limits(Record):
    """The limits of one provider.

    `timeout` bounds one attempt of one call. Of calls beyond `concurrency`, `queue` wait up
    to `patience`; the others fail fast. No `rate_per_second`, no rate limit.
    """

    timeout: timedelta = timedelta(seconds=10)
    concurrency: int = 64
    queue: int = 0
    patience: timedelta = timedelta(milliseconds=100)
    rate_per_second: float | None = None
    breaker: BreakerPolicy = field(default_factory=BreakerPolicy)


class Timeouts(Record):
    """The bounds of the phases of one request; the whole is bounded by the call's deadline.

    `connect` covers a free connection of the pool, TCP and TLS. `read` and `write` bound each
    wait for bytes.
    """

    connect: timedelta = timedelta(seconds=2)
    write: timedelta = timedelta(seconds=10)
    read: timedelta = timedelta(seconds=10)

    def phases(self, within: float) -> dict[str, float]:
        """The bounds in seconds by phase, for a request that has `within` seconds in all.

        Connecting ends before the whole does: only its own timeout proves that nothing was sent.
        """
        connect = min(self.connect.total_seconds(), within * 0.9)
        return {
            "pool": connect,
            "connect": connect,
            "write": min(self.write.total_seconds(), within),
            "read": min(self.read.total_seconds(), within),
        }
