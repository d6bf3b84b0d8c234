"""Which traces are kept: a caller's choice, else that of its first trace, else chance."""

from __future__ import annotations

from collections.abc import Sequence

from opentelemetry.context import Context
from opentelemetry.sdk.trace.sampling import (
    ALWAYS_OFF,
    ALWAYS_ON,
    ParentBased,
    Sampler,
    SamplingResult,
    TraceIdRatioBased,
)
from opentelemetry.trace import Link, SpanKind, TraceState
from opentelemetry.util.types import Attributes


class CheckoutTraceSampler(Sampler):
    """For traces without a parent: what they are linked to decides, a whole checkout or none."""

    def __init__(self, ratio: float) -> None:
        self._chance = TraceIdRatioBased(ratio)

    def should_sample(  # noqa: PLR0917 - the signature of the base class
        self,
        parent_context: Context | None,
        trace_id: int,
        name: str,
        kind: SpanKind | None = None,
        attributes: Attributes = None,
        links: Sequence[Link] | None = None,
        trace_state: TraceState | None = None,
    ) -> SamplingResult:
        """Record, or drop."""
        sampler: Sampler = self._chance
        if links:
            sampled = any(link.context.trace_flags.sampled for link in links)
            sampler = ALWAYS_ON if sampled else ALWAYS_OFF
        return sampler.should_sample(
            parent_context, trace_id, name, kind, attributes, links, trace_state
        )

    def get_description(self) -> str:
        """For logs of the SDK."""
        return f"CheckoutTraceSampler{{{self._chance.rate}}}"


def sampler(ratio: float) -> Sampler:
    """The sampler of the process; `ratio` from 0 to 1 for traces that begin here."""
    return ParentBased(CheckoutTraceSampler(ratio))
