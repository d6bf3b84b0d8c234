"""What a run has shown: for people as lines, for machines as JSON."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from unshackled.proving.chaos.chaos_customers import ChaosCustomers
from unshackled.proving.chaos.chaos_judge import ChaosJudge
from unshackled.proving.chaos.listener import Listener
from unshackled.proving.chaos.storm import Storm

SHOWN: Final = 40
# What was lost on the way to the stream and to the retailers is counted by the event.
LOST: Final = re.compile(
    r"was answered with|is not in the events|is lost|not at rest"
    r"|\b0 (standing|orders|live agreements)"
)
DOUBLED: Final = re.compile(
    r"was done \d+ times|belongs to nobody|\b([2-9]|\d\d+) (standing|orders|live agreements|hard)"
)


@dataclass(frozen=True, kw_only=True)
class ChaosReport:
    """The figures of a run; times in seconds, latencies in milliseconds."""

    seed: int
    replicas: int
    storm_seconds: float
    whole_seconds: float
    postgres: Mapping[str, str]
    survived: Mapping[str, int]
    recovery_seconds: Sequence[float]
    checkouts: int
    ended: Mapping[str, int]
    requests: Mapping[str, int]
    statuses: Mapping[str, int]
    latency_ms: Mapping[str, float]
    gave_up: Mapping[str, int]
    cleared_by_operator: int
    doubts: int
    doubts_left: int
    events: int
    published: int
    published_again: int
    repeats_in_stream: int
    webhooks: int
    webhooks_repeated: int
    caught_up_after_seconds: float
    dead_letters: Sequence[str]
    letters_replayed: int
    lost: int
    doubled: int
    violations: Sequence[str]

    def lines(self) -> Iterator[str]:
        """The report as text."""
        yield f"seed {self.seed}, {self.replicas} replicas, {_pairs(self.postgres)}"
        yield f"storm             {self.storm_seconds:.0f} s, all in all {self.whole_seconds:.0f} s"
        yield f"survived          {_pairs(self.survived)}"
        yield f"database recovery {_seconds(self.recovery_seconds)}"
        yield f"checkouts         {self.checkouts}: {_pairs(self.ended)}"
        yield f"requests          {_pairs(self.requests)}"
        yield f"answers           {_pairs(self.statuses)}"
        yield f"latency           {_pairs(self.latency_ms)} ms"
        yield f"gave up           {_pairs(self.gave_up)}"
        yield f"operator          {self.cleared_by_operator} cleared"
        yield f"doubts            {self.doubts}, {self.doubts_left} of them open"
        yield f"events            {self.events}, published {self.published}"
        yield f"published again   {self.published_again}, in the stream {self.repeats_in_stream}"
        yield f"webhooks          {self.webhooks}, repeated {self.webhooks_repeated}"
        yield f"consumers         caught up after {self.caught_up_after_seconds:.1f} s"
        yield f"dead letters      {len(self.dead_letters)} open, {self.letters_replayed} replayed"
        yield f"lost              {self.lost}"
        yield f"doubled           {self.doubled}"
        yield f"violations        {len(self.violations)}"
        for what in self.violations[:SHOWN]:
            yield f"  {what}"


def report(
    *,
    seed: int,
    storm: Storm,
    customers: ChaosCustomers,
    judge: ChaosJudge,
    listener: Listener,
    violations: Sequence[str],
    seconds: tuple[float, float],
) -> ChaosReport:
    """Put it together; `seconds` of the storm and of everything."""
    line, compared = customers.line, judge.compared
    return ChaosReport(
        seed=seed,
        replicas=len(storm.stage.replicas),
        storm_seconds=round(seconds[0], 1),
        whole_seconds=round(seconds[1], 1),
        postgres=storm.stage.durability,
        survived=dict(sorted(storm.survived.items())),
        recovery_seconds=[round(one, 2) for one in storm.recovered],
        checkouts=len(customers.shoppers),
        ended=dict(sorted(judge.ends.items())),
        requests=dict(sorted(line.attempts.items())),
        statuses={str(status): n for status, n in sorted(line.statuses.items())},
        latency_ms=_percentiles(line.took),
        gave_up=dict(sorted(customers.gave_up.items())),
        cleared_by_operator=customers.operator.resolved,
        doubts=judge.happened["step.in_doubt.v1"],
        doubts_left=sum("still in_doubt" in what for what in violations),
        events=compared.events if compared else 0,
        published=compared.published if compared else 0,
        published_again=listener.repeats,
        repeats_in_stream=compared.repeats if compared else 0,
        webhooks=judge.comparison.published if judge.comparison else 0,
        webhooks_repeated=judge.comparison.repeats if judge.comparison else 0,
        caught_up_after_seconds=round(judge.caught_up_after, 1),
        dead_letters=judge.letters,
        letters_replayed=len(judge.replayed),
        lost=sum(map(bool, map(LOST.search, violations)))
        + sum(len(one.lost) for one in (compared, judge.comparison) if one),
        doubled=sum(map(bool, map(DOUBLED.search, violations))),
        violations=violations,
    )


def _percentiles(took: Sequence[float]) -> dict[str, float]:
    ranked = sorted(took)
    if not ranked:
        return {}
    return {
        f"p{share}": round(1000 * ranked[min(len(ranked) - 1, len(ranked) * share // 100)], 1)
        for share in (50, 99)
    }


def _pairs(counts: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in counts.items()) or "none"


def _seconds(seconds: Sequence[float]) -> str:
    if not seconds:
        return "no kill"
    median = sorted(seconds)[len(seconds) // 2]
    return f"{len(seconds)} times, at most {max(seconds):.2f} s, median {median}"
