"""Ids: in the order of time, and never twice."""

from datetime import timedelta

from unshackled.http.ids import RandomIds
from unshackled.testing.virtual_clock import VirtualClock


async def test_ids_sort_by_time_and_never_repeat() -> None:
    """A later checkout has a greater id; ids of one millisecond still differ."""
    clock = VirtualClock()
    ids = RandomIds(clock)
    same = {ids.checkout() for _ in range(1000)}
    await clock.advance(timedelta(milliseconds=1))
    assert len(same) == 1000
    assert max(same) < ids.checkout()
    assert len({ids.secret() for _ in range(100)}) == 100
    assert {len(one) for one in same} == {30}
