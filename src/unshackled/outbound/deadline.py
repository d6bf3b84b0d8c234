"""The end of the current call, which every request of it obeys."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import timedelta

from unshackled.domain.clock import Clock
from unshackled.domain.records import Record


class Deadline(Record):
    """The moment, in seconds of the clock's `monotonic`, at which a call must have ended."""

    ends: float
    clock: Clock

    @classmethod
    def after(cls, span: timedelta, clock: Clock) -> Deadline:
        """The deadline so long from now."""
        return cls(ends=clock.monotonic() + span.total_seconds(), clock=clock)

    def remaining(self) -> float:
        """Seconds left; zero or negative when it has passed."""
        return self.ends - self.clock.monotonic()


_current: ContextVar[Deadline | None] = ContextVar("deadline", default=None)


def current_deadline() -> Deadline | None:
    """The deadline of the call we are in, if there is one."""
    return _current.get()


@contextmanager
def until(deadline: Deadline) -> Iterator[None]:
    """Make `deadline` the current one."""
    token = _current.set(deadline)
    try:
        yield
    finally:
        _current.reset(token)
