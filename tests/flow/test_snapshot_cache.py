"""The snapshots that a process keeps: those of open checkouts, and a few others."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.flow.test_size_limits import of_size
from tests.flow.world import EngineHarness
from unshackled.domain.checkout import Cancellation, Checkout
from unshackled.domain.records import replace
from unshackled.flow.runtime.snapshot_cache import ENDED, FORGOTTEN_AFTER, SnapshotCache
from unshackled.testing.virtual_clock import VirtualClock

SAMPLE = of_size(1_000)
NAMES = st.sampled_from(["a", "b", "c", "d", "e"])
puts = st.lists(
    st.tuples(NAMES, st.sampled_from(["open", "completed", "canceled", "dropped"])), max_size=40
)


def standing(name: str, how: str, version: int) -> Checkout:
    """A snapshot of a checkout that is open or has ended."""
    one = replace(SAMPLE, id=name, version=version)
    if how == "completed":
        return replace(one, completed_at=one.created_at)
    if how == "canceled":
        return replace(one, canceled=Cancellation(code="late", by="clock", at=one.created_at))
    return one


@given(puts)
def test_each_kind_has_its_bound_and_the_newest_snapshot_counts(
    moves: list[tuple[str, str]],
) -> None:
    """Against two lists in the order of use: ended checkouts never drive out an open one."""
    cache = SnapshotCache(VirtualClock(), size=3, ended=2)
    lists: dict[bool, list[Checkout]] = {False: [], True: []}
    for version, (name, how) in enumerate(moves):
        lists = {key: [one for one in row if one.id != name] for key, row in lists.items()}
        if how == "dropped":
            cache.drop(name)
        else:
            one, ended = standing(name, how, version), how != "open"
            cache.put(one)
            lists[ended] = [*lists[ended], one][-(2 if ended else 3) :]
        kept = {one.id: one for row in lists.values() for one in row}
        assert len(cache) == len(kept)
    # Being asked for is a use, so this comes last.
    for name in "abcde":
        assert cache.get(name) == {one.id: one for row in lists.values() for one in row}.get(name)


async def test_a_canceled_checkout_is_kept_among_the_few() -> None:
    """What the engine commits last goes where it leaves room for open checkouts."""
    world = EngineHarness()
    begun = await world.begin()
    assert world.engine.recent.get(begun.id) is not None
    ended = await world.cancel()
    for number in range(ENDED):
        world.engine.recent.put(standing(f"chk_other{number}", "completed", 1))
    assert world.engine.recent.get(ended.id) is None
    assert len(world.engine.recent) == ENDED


async def test_a_snapshot_is_forgotten_in_time() -> None:
    """What was erased elsewhere is here for five minutes at most, however often it is used."""
    clock = VirtualClock()
    cache = SnapshotCache(clock)
    first, ended = standing("a", "open", 1), standing("b", "completed", 1)
    cache.put(first)
    cache.put(ended)
    for _ in range(4):
        await clock.advance(FORGOTTEN_AFTER / 5)
        assert cache.get("a") is first
        cache.put(first)
    second = standing("a", "open", 2)
    cache.put(second)
    await clock.advance(FORGOTTEN_AFTER / 5)
    assert cache.get("a") is second
    assert cache.get("b") is None
    await clock.advance(FORGOTTEN_AFTER)
    assert cache.get("a") is None
    assert len(cache) == 0
