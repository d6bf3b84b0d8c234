"""What a drill has shown: for people as lines, for machines as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from unshackled.proving.drill.acts import ACTS, Drill, fields
from unshackled.proving.drill.drill_environment import NEW_ADAPTER, OLD_ADAPTER
from unshackled.proving.drill.drill_judge import DrillJudge, PromiseResult

WIDE: Final = 24
SHOWN: Final = 12
HEAD: Final = (
    f"  {'':15} {'seconds':>7} {'orders':>6}  {'▒ old':{WIDE // 2}}{'new █':>{WIDE // 2}}"
    "  old : new   median  slowest"
)
NAMES: Final[Mapping[str, str]] = {
    "legacy_shop": "ShopServer (SOAP, 2004)",
    "commerce": "a commerce platform (REST)",
    "tmf": "TM Forum",
}


@dataclass(frozen=True, kw_only=True)
class Act:
    """One act in figures: its seconds, its completed checkouts by shop, and how long they took."""

    name: str
    seconds: float
    customers: int
    old: int
    new: int
    median_seconds: float
    slowest_seconds: float


@dataclass(frozen=True, kw_only=True)
class DrillReport:
    """The figures of a drill; times in seconds."""

    seed: int
    seconds: float
    old: str
    new: str
    acts: Sequence[Act]
    ended: Mapping[str, int]
    customers_per_second: float
    cut_back: str
    cut_back_after_seconds: float | None
    alarm_after_seconds: float | None
    waited_for_the_mending: int
    doubts: int
    moved: int
    parity: Sequence[Mapping[str, Any]]
    resends: int
    refusals: Mapping[str, int]
    promises: Sequence[PromiseResult]

    @property
    def all_hold(self) -> bool:
        """Whether every promise was kept."""
        return all(one.holds for one in self.promises)

    def lines(self) -> Iterator[str]:
        """The report as text."""
        yield f"A shop moves from {self.old} to {self.new} while it sells"
        pace = f"{self.customers_per_second:.1f} customers a second"
        yield f"seed {self.seed}, {self.seconds:.0f} s, {pace}"
        yield ""
        yield HEAD
        for act in self.acts:
            yield _line(act)
        yield ""
        yield f"  {_pairs(self.ended)}; {self.doubts} doubts, all resolved by asking or resending"
        yield f"  {self.moved} were moved as a whole, stock and all, to the other shop"
        yield f"  {self.waited_for_the_mending} had paid, and waited until it was mended"
        yield f"  {self.resends} requests went unanswered and were sent again"
        yield f"  answers that were no yes: {_pairs(self.refusals)}"
        yield ""
        yield "  parity report (live > candidate)"
        for pair in self.parity:
            yield from _parity(pair)
        yield ""
        for promise in self.promises:
            yield from _told(promise)
        kept = sum(one.holds for one in self.promises)
        yield ""
        yield f"{kept} of {len(self.promises)} promises kept"


def report(drill: Drill, judge: DrillJudge, seconds: float) -> DrillReport:
    """Put it together."""
    promises = list(judge.verdict())
    seen, happened, entry = drill.facts, judge.happened, drill.facts.cut_back
    ended: dict[str, int] = {}
    for one in judge.observed:
        ended[one.checkout["status"]] = ended.get(one.checkout["status"], 0) + 1
    selling = sum(drill.seconds.values())
    return DrillReport(
        seed=drill.plan.seed,
        seconds=round(seconds, 1),
        old=NAMES.get(OLD_ADAPTER, OLD_ADAPTER),
        new=NAMES.get(NEW_ADAPTER, NEW_ADAPTER),
        acts=[_act(drill, judge, name) for name in ACTS],
        ended=dict(sorted(ended.items())),
        customers_per_second=round(len(judge.observed) / selling, 2) if selling else 0.0,
        cut_back=entry["reason"] if entry else "",
        cut_back_after_seconds=judge.cut_back_after,
        alarm_after_seconds=seen.alarm_after and round(seen.alarm_after, 1),
        waited_for_the_mending=seen.inside_when_mended,
        doubts=happened["step.in_doubt.v1"],
        moved=happened["route.moved.v1"],
        parity=seen.parity_mended or seen.parity_fault,
        resends=drill.customers.line.resent,
        refusals=dict(sorted(drill.customers.refusals.items())),
        promises=promises,
    )


def _act(drill: Drill, judge: DrillJudge, name: str) -> Act:
    served = judge.served()[name]
    took = sorted(one.took for one in drill.customers.done(name) if one.took is not None)
    return Act(
        name=name,
        seconds=round(drill.seconds.get(name, 0.0), 1),
        customers=sum(one.act == name for one in drill.customers.visits),
        old=served[OLD_ADAPTER],
        new=served[NEW_ADAPTER],
        median_seconds=round(took[len(took) // 2], 2) if took else 0.0,
        slowest_seconds=round(took[-1], 2) if took else 0.0,
    )


def _line(act: Act) -> str:
    orders = act.old + act.new
    new = round(WIDE * act.new / orders) if orders else 0
    bar = "▒" * (WIDE - new if orders else 0) + "█" * new
    return (
        f"  {act.name:15} {act.seconds:7.1f} {orders:6}  {bar:{WIDE}}  {act.old:3} : {act.new:<3}"
        f"  {act.median_seconds:5.2f} s {act.slowest_seconds:6.2f} s"
    )


def _parity(pair: Mapping[str, Any]) -> Iterator[str]:
    counts = {name: pair[name] for name in ("agreed", "differed", "failed", "skipped")}
    yield f"    {pair['live']} > {pair['candidate']}  {pair['operation']}: {_pairs(counts)}"
    for one in fields([dict(pair)])[:SHOWN]:
        yield f"      {one['field']} differed {one['differed']} times, e.g. {one['example']}"


def _told(promise: PromiseResult) -> Iterator[str]:
    yield f"  {'✓' if promise.holds else '✗'} {promise.text}"
    if promise.shown:
        yield f"      {promise.shown}"
    if not promise.holds:
        yield from (f"      ! {wrong}" for wrong in promise.wrong[:SHOWN])


def _pairs(counts: Mapping[str, Any]) -> str:
    return ", ".join(f"{value} {name}" for name, value in counts.items() if value) or "none"
