"""What moves checkouts between providers: outages for a while, and operators who move shares."""

from __future__ import annotations

from random import Random
from typing import Final

from unshackled.flow.engine.route_choice import UNTOUCHED, RouteRequest, RouteState
from unshackled.proving.simulation.faults import CALM
from unshackled.proving.simulation.simulation_runtime import SimulationRuntime

OUTAGE_SECONDS: Final = 45
SHARES_SECONDS: Final = 120
SHARES: Final = (None, 0.0, 10.0, 50.0, 100.0)


class Traffic:
    """Drawn from the seed and the time alone, so that every replica sees the same."""

    def __init__(self, stage: SimulationRuntime) -> None:
        """Draw how bad it is."""
        self._stage = stage
        self._outages = Random(stage.seed).choice((0.0, 0.05, 0.3))

    def _draw(self, what: str, seconds: int) -> Random:
        slot = int(self._stage.loop.time() // seconds)
        return Random(f"{self._stage.seed} {what} {slot}")

    def down(self, provider: str) -> bool:
        """Whether a provider cannot be reached at this moment."""
        if self._stage.weather is CALM:
            return False
        return self._draw(provider, OUTAGE_SECONDS).random() < self._outages

    def known_down(self, provider: str) -> bool:
        """Whether a breaker knows it: half of the outages are found out by calling."""
        return self.down(provider) and self._draw(f"{provider} open", OUTAGE_SECONDS).random() < 0.5

    def state(self, ask: RouteRequest) -> RouteState:
        """What operators made of a route by now: shares moved, the candidate killed."""
        if ask.policy.how != "split" or self._stage.weather is CALM:
            return UNTOUCHED
        draw = self._draw(ask.policy.route, SHARES_SECONDS)
        share, killed = draw.choice(SHARES), draw.random() < 0.1
        first, *others = ask.policy.providers
        if killed:
            return RouteState(weights={first: 100.0}, closed=frozenset(others))
        if share is None:
            return UNTOUCHED
        return RouteState(weights={first: 100.0 - share, others[0]: share})
