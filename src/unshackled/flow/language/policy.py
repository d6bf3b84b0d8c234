"""Who may serve a step, and how one of them is chosen: the policies of the flow language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

How = Literal["single", "first", "waterfall", "split", "by", "best"]
Measure = Literal["success_rate", "cost"]
WHOLE = 100.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyArm:
    """One arm of `by`: these providers, in order, where the condition holds; None always does."""

    providers: tuple[str, ...]
    when: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shadow:
    """A candidate that is asked beside the provider that serves; no customer waits for it.

    `sample` is the share of calls in percent. `ignore` are fields of the answer that may differ,
    e.g. the backend's own numbers; `tolerate` says by how much: `1` (a number), `0.5%`, `60s`.
    `alarm_calls` calls, and no answer for `alarm_after`: then there is an alarm.
    """

    candidate: str
    sample: float = WHOLE
    ignore: tuple[str, ...] = ()
    tolerate: Mapping[str, str] = field(default_factory=dict)
    alarm_calls: int = 20
    alarm_after: timedelta = timedelta(minutes=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class CutBack:
    """When a candidate of a split loses its share by itself.

    Of at least `calls` within `window`, more than `errors` percent gave no answer, or more than
    `mismatches` percent of the compared answers differed from the first provider's.
    """

    errors: float = 25.0
    mismatches: float = 5.0
    calls: int = 20
    window: timedelta = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Who may serve a step, in order.

    `single` and `first` go on only after an outage; `waterfall` goes on after a decline too.
    `split` goes by `weights` (percent, as the file has them; the store may hold others) and is
    sticky per checkout; `by` goes by the first of `rules` that holds; `best` by what was measured,
    with `explore` percent for the others. After an outage each of them tries the others.

    `route` names the policy; it is `shared` where it is one of the retailer's `routes`: its steps
    share one pick. How `shadow` and `cut_back` are set,
    like weights, is no part of a flow's digest.
    """

    how: How
    providers: tuple[str, ...]
    route: str = ""
    weights: tuple[float, ...] = ()
    rules: tuple[PolicyArm, ...] = ()
    measure: Measure = "success_rate"
    explore: float = 5.0
    shadow: Shadow | None = None
    cut_back: CutBack | None = None
    shared: bool = False

    def left(self, tried: tuple[str, ...]) -> tuple[str, ...]:
        """The providers that this generation has not used up."""
        return tuple(name for name in self.providers if name not in tried)

    @property
    def chosen(self) -> bool:
        """Whether the pick depends on more than the order."""
        return self.how in ("split", "best")
