"""Which provider serves: shares, measures, what is kept and what was left. Pure."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from unshackled.domain.checkout import bucket_of
from unshackled.domain.records import replace
from unshackled.flow.engine.route_choice import (
    RankingInputs,
    RouteRequest,
    RouteState,
    Score,
    ranked,
)
from unshackled.flow.language.policy import Policy

SPLIT = Policy(how="split", providers=("old", "new"), weights=(90.0, 10.0), route="shop")
BEST = Policy(how="best", providers=("a", "b", "c"), route="pay")


def ask(policy: Policy = SPLIT, **more: object) -> RouteRequest:
    """A question with every provider at hand."""
    base = RouteRequest(
        retailer="acme",
        operation="orders.place",
        policy=policy,
        candidates=policy.providers,
        bucket=5000,
    )
    return replace(base, **more)


def names(question: RouteRequest, board: RankingInputs | None = None) -> list[str]:
    """The providers in order."""
    return [pick.provider for pick in ranked(question, board or RankingInputs())]


def share(weights: dict[str, float] | None, of: str = "new") -> float:
    """The part of all buckets that one provider gets, in percent."""
    board = RankingInputs(state=RouteState(weights=weights))
    mine = sum(names(ask(bucket=bucket), board)[0] == of for bucket in range(10_000))
    return mine / 100


def test_a_split_gives_each_its_share() -> None:
    """The file's percents hold until the store has others."""
    assert share(None) == 10.0
    assert share({"old": 75.0, "new": 25.0}) == 25.0
    assert share({"old": 100.0}) == 0.0
    assert share({"new": 100.0}) == 100.0


@given(st.integers(0, 9999), st.floats(0, 100), st.floats(0, 100))
def test_a_growing_share_only_adds(bucket: int, one: float, other: float) -> None:
    """Who had the candidate at a smaller share has it at a larger one."""
    small, large = sorted((one, other))

    def first(percent: float) -> str:
        weights = {"old": 100 - percent, "new": percent}
        return names(ask(bucket=bucket), RankingInputs(state=RouteState(weights=weights)))[0]

    assert not (first(small) == "new" and first(large) == "old")


def test_the_others_are_there_for_an_outage() -> None:
    """Behind the pick come the others; why each was picked is said."""
    picks = ranked(ask(bucket=1), RankingInputs())
    assert [(pick.provider, pick.why) for pick in picks] == [("new", "split 10 %"), ("old", "next")]


def test_a_pick_is_kept_while_the_share_moves() -> None:
    """A checkout that began with one goes on with it, as long as it has a share at all."""
    more = RankingInputs(state=RouteState(weights={"old": 0.0, "new": 100.0}))
    none = RankingInputs(state=RouteState(weights={"old": 100.0, "new": 0.0}))
    assert names(ask(bucket=5000, current="new"), RankingInputs()) == ["new", "old"]
    assert names(ask(bucket=1, current="new"), none) == ["old", "new"]
    assert names(ask(bucket=1, current="new", pinned=True), none) == ["new", "old"]
    assert names(ask(bucket=5000, current="old", pinned=True), more) == ["old", "new"]


def test_a_closed_provider_is_nobody() -> None:
    """A killed candidate gets nothing, not even what stands at it."""
    board = RankingInputs(state=RouteState(closed=frozenset({"new"})))
    assert names(ask(bucket=1, current="new", pinned=True), board) == ["old"]


def test_who_was_left_comes_last() -> None:
    """A checkout that moved away from a provider goes back only where nobody else is left."""
    assert names(ask(bucket=1, left=("new",))) == ["old", "new"]
    assert (
        ranked(ask(bucket=1, left=("new",), candidates=("new",)), RankingInputs())[0].why
        == "nobody else"
    )


def test_the_best_is_first() -> None:
    """Success rate: the higher the better; cost: the lower the better."""
    scores = {
        "a": Score(rate=0.90, calls=50, cost=10.0),
        "b": Score(rate=0.97, calls=50, cost=30.0),
        "c": Score(rate=0.80, calls=50, cost=20.0),
    }
    assert names(ask(BEST), RankingInputs(scores=scores)) == ["b", "a", "c"]
    by_cost = replace(BEST, measure="cost")
    assert names(ask(by_cost), RankingInputs(scores=scores)) == ["a", "c", "b"]


def test_exploring_has_a_floor() -> None:
    """The others get their percent of calls, shared between them, however bad they were."""
    scores = {
        "a": Score(rate=0.99, calls=9),
        "b": Score(rate=0.1, calls=9),
        "c": Score(rate=0, calls=9),
    }
    firsts = [
        names(
            ask(BEST, chance=chance, bucket=bucket_of("x", str(chance))),
            RankingInputs(scores=scores),
        )[0]
        for chance in range(10_000)
    ]
    assert firsts.count("a") == 9500
    assert min(firsts.count("b"), firsts.count("c")) > 150


def test_whoever_serves_most_serves_what_belongs_to_no_checkout() -> None:
    """Without a bucket the largest share comes first."""
    board = RankingInputs(state=RouteState(weights={"old": 40.0, "new": 60.0}))
    assert names(ask(bucket=None), board) == ["new", "old"]
