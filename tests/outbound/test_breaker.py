"""The circuit breaker against a naive model of it, and its named cases."""

from __future__ import annotations

import asyncio
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.outbound.fakes import FakeClock
from unshackled.errors import InDoubt, NotSent, Refused, Undecided
from unshackled.outbound import Breaker, BreakerPolicy, Shed

ENDINGS: dict[str, BaseException | None] = {
    "answered": None,
    "refused": Refused("", code="400"),
    "not_sent": NotSent(""),
    "in_doubt": InDoubt(""),
    "undecided": Undecided(""),
    "shed": Shed(""),
    "canceled": asyncio.CancelledError(),
    "bug": KeyError("x"),
}
COUNTS_AS_FAILURE = {
    "not_sent": True,
    "in_doubt": True,
    "undecided": False,
    "answered": False,
    "refused": False,
}


def end(permit: AbstractContextManager[None], ending: str) -> None:
    """Leave the body of a permit in this way."""
    error = ENDINGS[ending]
    swallowed = permit.__exit__(type(error) if error else None, error, None)
    assert not swallowed


def call(breaker: Breaker, ending: str) -> None:
    """One whole call."""
    permit = breaker.permit()
    permit.__enter__()
    end(permit, ending)


@dataclass
class Model:
    """The breaker as one would write it without caring for cost."""

    policy: BreakerPolicy
    state: str = "closed"
    opened_at: float = 0.0
    history: list[tuple[float, bool]] = field(default_factory=list)
    probed: int = 0

    def ended(self, now: float, failed: bool) -> None:
        if self.state == "closed":
            self.history.append((now, failed))
            oldest = now - self.policy.window.total_seconds()
            seen = [f for at, f in self.history[-self.policy.calls :] if at >= oldest]
            enough = len(seen) >= self.policy.minimum_calls
            if failed and enough and sum(seen) / len(seen) >= self.policy.failure_rate:
                self.open(now)
        elif failed:
            self.open(now)
        else:
            self.probed += 1
            if self.probed == self.policy.probes:
                self.state, self.history = "closed", []

    def open(self, now: float) -> None:
        self.state, self.opened_at, self.probed = "open", now, 0

    def seen_at(self, now: float) -> str:
        if self.state == "open" and now >= self.opened_at + self.policy.open_for.total_seconds():
            self.state = "half_open"
        return self.state


class Machine(RuleBasedStateMachine):
    """Any interleaving of calls, endings and time."""

    @initialize(
        calls=st.integers(3, 6),
        minimum=st.integers(1, 3),
        rate=st.sampled_from([0.25, 0.5, 1.0]),
        probes=st.integers(1, 3),
    )
    def start(self, calls: int, minimum: int, rate: float, probes: int) -> None:
        self.policy = BreakerPolicy(
            window=timedelta(seconds=8),
            calls=calls,
            minimum_calls=minimum,
            failure_rate=rate,
            open_for=timedelta(seconds=4),
            probes=probes,
        )
        self.clock = FakeClock()
        self.breaker = Breaker("acme", self.policy, self.clock)
        self.model = Model(self.policy)
        self.running: list[tuple[str, int, AbstractContextManager[None]]] = []
        self.era = 0

    def state(self) -> str:
        return self.model.seen_at(self.clock.monotonic())

    def probing(self) -> int:
        return sum(1 for state, era, _ in self.running if state == "half_open" and era == self.era)

    @rule()
    def begin(self) -> None:
        admitted = self.breaker.admits()
        full = self.probing() >= self.policy.probes
        assert admitted == (self.state() == "closed" or (self.state() == "half_open" and not full))
        permit = self.breaker.permit()
        if admitted:
            permit.__enter__()
            self.running.append((self.state(), self.era, permit))
        else:
            with pytest.raises(Shed):
                permit.__enter__()

    @precondition(lambda self: self.running)
    @rule(data=st.data(), ending=st.sampled_from(sorted(ENDINGS)))
    def finish(self, data: st.DataObject, ending: str) -> None:
        index = data.draw(st.integers(0, len(self.running) - 1))
        _, era, permit = self.running.pop(index)
        end(permit, ending)
        if era == self.era and ending in COUNTS_AS_FAILURE:
            before = self.state()
            self.model.ended(self.clock.monotonic(), COUNTS_AS_FAILURE[ending])
            self.era += self.model.state != before

    @rule(seconds=st.sampled_from([0.5, 1.0, 4.0, 9.0]))
    def wait(self, seconds: float) -> None:
        self.clock.advance(seconds)

    @invariant()
    def agrees(self) -> None:
        assert self.breaker.state == self.state()
        assert self.probing() <= self.policy.probes


TestBreaker = Machine.TestCase


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def opened(clock: FakeClock) -> Breaker:
    breaker = Breaker("acme", BreakerPolicy(minimum_calls=2, probes=2), clock)
    for _ in range(2):
        call(breaker, "in_doubt")
    return breaker


def test_open_breaker_says_when_to_come_back(opened: Breaker, clock: FakeClock) -> None:
    """A caller learns how long the circuit stays open."""
    clock.advance(4)
    with pytest.raises(Shed) as raised, opened.permit():
        pass
    assert raised.value.retry_after == timedelta(seconds=6)
    assert str(raised.value) == "acme: circuit open"


def test_of_twenty_concurrent_callers_only_the_probes_get_through(
    opened: Breaker, clock: FakeClock
) -> None:
    """A backend that is coming back is not run over."""
    clock.advance(10)
    permits = []
    for _ in range(20):
        if opened.admits():
            permits.append(opened.permit())
            permits[-1].__enter__()
    assert len(permits) == 2


def test_a_call_from_before_the_opening_does_not_count_as_probe(clock: FakeClock) -> None:
    """A slow old call neither closes nor reopens a circuit that opened meanwhile."""
    breaker = Breaker("acme", BreakerPolicy(minimum_calls=2, probes=1), clock)
    old = [breaker.permit(), breaker.permit()]
    for permit in old:
        permit.__enter__()
    for _ in range(2):
        call(breaker, "not_sent")
    clock.advance(10)
    end(old[0], "answered")
    end(old[1], "in_doubt")
    assert breaker.state == "half_open"


@pytest.mark.parametrize("ending", ["shed", "canceled", "bug"])
def test_an_uncounted_probe_gives_its_place_back(
    opened: Breaker, clock: FakeClock, ending: str
) -> None:
    """Whatever happens to a probe, the breaker cannot get stuck half open."""
    clock.advance(10)
    for _ in range(5):
        call(opened, ending)
    assert opened.admits()
    for _ in range(2):
        call(opened, "answered")
    assert opened.state == "closed"


@pytest.mark.parametrize(
    "policy", [{"minimum_calls": 0}, {"calls": 5}, {"failure_rate": 0}, {"probes": 0}]
)
def test_a_policy_that_makes_no_sense_is_refused(policy: dict[str, int]) -> None:
    """A mistake in the settings shows at start-up, by the name of the field."""
    with pytest.raises(ValueError, match=r"minimum_calls|failure_rate|probes"):
        BreakerPolicy(**policy)  # type: ignore[arg-type]
