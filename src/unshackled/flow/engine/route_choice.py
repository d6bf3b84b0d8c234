"""Which provider serves a step now: pure, on what the checkout says and what was measured."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from typing import Final

from unshackled.domain.checkout import Checkout, RouteAssignment, bucket_of
from unshackled.domain.records import Record
from unshackled.domain.states import STANDING
from unshackled.flow.language.policy import Policy
from unshackled.flow.plan.condition_results import rule_holds
from unshackled.flow.plan.plan import Plan, PlannedStep

BUCKETS: Final = 10_000


class RouteRequest(Record):
    """One step that needs a provider.

    `candidates` are those of the policy that this round has not used up. `bucket` (0 to 9999) is
    the checkout's, for this route; None: the one that serves the most. `current` served the
    route before in this checkout, `left` are those it moved away from; `pinned` says that what was
    done at `current` still stands, so that no other can go on with it. `chance` (0 to 9999)
    decides on exploration. `amount` is what is due today, in minor units.
    """

    retailer: str
    operation: str
    policy: Policy
    candidates: tuple[str, ...]
    bucket: int | None = None
    current: str | None = None
    pinned: bool = False
    left: tuple[str, ...] = ()
    chance: int = BUCKETS - 1
    amount: int = 0


class RouteChoice(Record, kw_only=False):
    """A provider, and why it is the one, in words for the record."""

    provider: str
    why: str


class RouteState(Record):
    """What operators, and the cut-back, said about a route: runtime data, never part of a digest.

    `weights` are percents by provider and replace those of the file; `closed` providers get
    nothing, and what stands at them moves away.
    """

    weights: Mapping[str, float] | None = None
    closed: frozenset[str] = frozenset()


class Score(Record):
    """What was measured of a provider: its success rate from 0 to 1, and of how many calls.

    `cost` is what one success costs, in minor units.
    """

    rate: float
    calls: float
    cost: float = 0.0


NEUTRAL: Final = Score(rate=1.0, calls=0)
UNTOUCHED: Final = RouteState()
Scores = Callable[[str], Score]


class RankingInputs(Record):
    """What a ranking goes by beside the checkout."""

    state: RouteState = UNTOUCHED
    scores: Mapping[str, Score] = field(default_factory=dict)

    def score(self, provider: str) -> Score:
        """What was measured; a provider without measures is as good as the best."""
        return self.scores.get(provider, NEUTRAL)


def ranked(ask: RouteRequest, board: RankingInputs) -> tuple[RouteChoice, ...]:
    """The candidates in the order in which they are tried; a closed one is none.

    Where a provider is kept it comes first; who was left comes last.
    """
    open_ones = tuple(name for name in ask.candidates if name not in board.state.closed)
    picks = _ORDERS.get(ask.policy.how, _in_order)(ask, board, open_ones)
    kept = [RouteChoice(p.provider, "kept") for p in picks if _stays(ask, board, p.provider)]
    rest = [pick for pick in picks if pick.provider not in {one.provider for one in kept}]
    fresh = [pick for pick in rest if pick.provider not in ask.left]
    again = [RouteChoice(p.provider, "nobody else") for p in rest if p.provider in ask.left]
    return (*kept, *fresh, *again)


def _stays(ask: RouteRequest, board: RankingInputs, provider: str) -> bool:
    if provider != ask.current:
        return False
    sticky = ask.policy.how == "split" and _share(ask, board, provider) > 0
    return ask.pinned or sticky


def _in_order(ask: RouteRequest, board: RankingInputs, names: Sequence[str]) -> list[RouteChoice]:
    words = {"single": "only", "waterfall": "waterfall", "by": "rule"}
    first = words.get(ask.policy.how, "first")
    return [RouteChoice(name, first if i == 0 else "next") for i, name in enumerate(names)]


def shares_of(policy: Policy, weights: Mapping[str, float] | None) -> dict[str, float]:
    """The percent of each provider of a split; `weights` are those set by operators, if any were.

    Of a policy that is no split, and was never set, no provider has a share.
    """
    if weights is not None:
        return {name: weights.get(name, 0.0) for name in policy.providers}
    return dict(zip(policy.providers, policy.weights, strict=False))


def _share(ask: RouteRequest, board: RankingInputs, name: str) -> float:
    """A provider's percent; one that the file does not name any more has none."""
    return shares_of(ask.policy, board.state.weights).get(name, 0.0)


def _by_share(ask: RouteRequest, board: RankingInputs, names: Sequence[str]) -> list[RouteChoice]:
    """The one whose part of the buckets this is; after an outage the others, larger shares first.

    Candidates take the low buckets and the first provider the rest, so that a share that grows
    only ever adds customers.
    """
    shares = shares_of(ask.policy, board.state.weights)
    ordered = sorted(names, key=lambda name: -shares.get(name, 0.0))
    if ask.bucket is None:
        return [RouteChoice(name, "largest share") for name in ordered]
    chosen, edge = ask.policy.providers[0], 0.0
    for name in (*ask.policy.providers[1:], ask.policy.providers[0]):
        edge += shares[name] * BUCKETS / 100
        if ask.bucket < edge:
            chosen = name
            break
    why = f"split {shares[chosen]:g} %"
    return [
        *(RouteChoice(name, why) for name in ordered if name == chosen),
        *(RouteChoice(name, "next") for name in ordered if name != chosen),
    ]


def _best(ask: RouteRequest, board: RankingInputs, names: Sequence[str]) -> list[RouteChoice]:
    """By what was measured; now and then another one first, so that it is measured too."""
    by_cost = ask.policy.measure == "cost"

    def worth(name: str) -> tuple[float, int]:
        score = board.score(name)
        return (score.cost if by_cost else -score.rate, ask.policy.providers.index(name))

    ordered = sorted(names, key=worth)
    if len(ordered) > 1 and ask.chance < ask.policy.explore * BUCKETS / 100:
        others = ordered[1:]
        explored = others[bucket_of("explore", f"{ask.bucket}:{ask.chance}") % len(others)]
        rest = [RouteChoice(name, "next") for name in ordered if name != explored]
        return [RouteChoice(explored, "explored"), *rest]

    def words(name: str) -> str:
        score = board.score(name)
        return f"cost {score.cost:.1f}" if by_cost else f"success rate {score.rate:.1%}"

    return [RouteChoice(name, words(name)) for name in ordered]


_ORDERS: Final = {"split": _by_share, "best": _best}


def candidates(checkout: Checkout, step: PlannedStep, policy: Policy) -> tuple[str, ...]:
    """Who may serve the step in this round."""
    state = checkout.steps[step.name]
    left = policy.left((*state.tried, *state.down))
    return tuple(name for name in servers(checkout, step, policy) if name in left)


def servers(checkout: Checkout, step: PlannedStep, policy: Policy) -> tuple[str, ...]:
    """Who may serve the step in any round."""
    if policy.how != "by":
        return policy.providers
    for rule, condition in zip(policy.rules, step.rules, strict=True):
        if condition is None or rule_holds(checkout, condition):
            return rule.providers
    return ()


def ask_of(
    plan: Plan, checkout: Checkout, step: PlannedStep, names: tuple[str, ...]
) -> RouteRequest | None:
    """The step's question; None for a step that follows another and so has no choice."""
    policy, operation = step.policy, step.definition.operation
    if policy is None or operation is None:
        return None
    standing = checkout.routes.get(policy.route, RouteAssignment())
    generation = checkout.steps[step.name].generation
    return RouteRequest(
        retailer=checkout.account,
        operation=operation.key,
        policy=policy,
        candidates=names,
        bucket=bucket_of(policy.route, str(checkout.bucket)),
        current=standing.provider,
        pinned=bool(holding(plan, checkout, policy.route, standing.provider)),
        left=standing.left,
        chance=bucket_of(f"{policy.route}.chance", f"{checkout.id}:{generation}"),
        amount=checkout.quote.due_today,
    )


def holding(
    plan: Plan, checkout: Checkout, route: str, provider: str | None
) -> tuple[PlannedStep, ...]:
    """The steps of a route whose effects stand at a provider, in the order of the flow."""
    if not route or provider is None:
        return ()
    return tuple(
        step
        for step in plan.steps.values()
        if step.policy is not None
        and step.policy.route == route
        and step.undo is not None
        and checkout.steps[step.name].provider == provider
        and checkout.steps[step.name].state in STANDING
    )
