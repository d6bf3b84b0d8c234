"""An engine that is not watched: a million checkouts need no spans."""

from __future__ import annotations

from typing import Any, Self

from unshackled.telemetry import Recorder


class _Span:
    """Takes an outcome and forgets it."""

    outcome: str | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *ended: object) -> None:
        """Nothing was open."""


class Unobserved(Recorder):
    """Records nothing, and touches no context."""

    def __init__(self) -> None:
        """Of silent parts."""
        silent = Recorder.silent()
        super().__init__(silent.tracer, silent.meters)

    def step_span(self, *story: Any, **facts: Any) -> Any:
        """Around nothing."""
        return _Span()

    def call_span(self, *story: Any, **facts: Any) -> Any:
        """Around nothing."""
        return _Span()


UNOBSERVED = Unobserved()
