"""What the engine asks of the providers; the only way from the engine to the outside."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from unshackled.flow.engine.route_choice import RouteChoice, RouteRequest
from unshackled.ports.amount_ranges import Ranges
from unshackled.ports.call_context import Call, Undo
from unshackled.ports.operation import Doubt
from unshackled.ports.outcome import Found, Outcome, Undone


class Backends(Protocol):
    """The providers of one retailer's flow, behind their guards.

    Every call raises a `ProviderError` when it gave no outcome.
    """

    def admits(self, retailer: str, provider: str) -> bool:
        """Whether the provider would be tried now: enabled, breaker closed, not full."""
        ...

    def turned_away(self, retailer: str, provider: str) -> str | None:
        """Why the provider would not be tried now, e.g. `breaker_open`; None where it would."""
        ...

    def offers(self, retailer: str, provider: str, operation: str) -> bool:
        """Whether the provider is there and has the operation."""
        ...

    def ranges(self, retailer: str, provider: str) -> Ranges:
        """The sums that the provider takes, by operation and currency."""
        ...

    def picks(self, ask: RouteRequest) -> Sequence[RouteChoice]:
        """Who would serve a step, in the order in which they are tried; each would take it now."""
        ...

    def doubt(self, retailer: str, provider: str, operation: str) -> Doubt:
        """The declared way out of doubt of an effect, e.g. of `stock.reserve`."""
        ...

    async def perform(
        self, retailer: str, provider: str, operation: str, request: Any, call: Call
    ) -> Outcome[Any]:
        """Carry out an operation."""
        ...

    async def look_up(self, retailer: str, provider: str, operation: str, call: Call) -> Found[Any]:
        """Ask what became of the effect under `call.reference`."""
        ...

    async def undo(
        self, retailer: str, provider: str, operation: str, undo: Undo[Any], call: Call
    ) -> Undone:
        """Take an effect back; doing so twice is as good as once."""
        ...
