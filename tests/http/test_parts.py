"""The small parts: ids, keys, merge patches, and the trace that a broken request names."""

from datetime import timedelta
from typing import Any

import pytest

from tests.http.world import ApiHarness
from unshackled.http.auth.credentials import issue_key, read_key
from unshackled.http.checkouts.change import merge
from unshackled.http.ids import RandomIds
from unshackled.telemetry import start_telemetry
from unshackled.testing.virtual_clock import VirtualClock

# RFC 7396, appendix A.
MERGES: tuple[tuple[Any, Any, Any], ...] = (
    ({"a": "b"}, {"a": "c"}, {"a": "c"}),
    ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
    ({"a": "b"}, {"a": None}, {}),
    ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
    ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
    ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
    ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
    ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
    (["a", "b"], ["c", "d"], ["c", "d"]),
    ({"a": "b"}, ["c"], ["c"]),
    ({"a": "foo"}, None, None),
    ({"a": "foo"}, "bar", "bar"),
    ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
    ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
    ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
)


@pytest.mark.parametrize(("target", "change", "result"), MERGES)
def test_merge_patches_are_those_of_the_standard(target: Any, change: Any, result: Any) -> None:
    """Every example of RFC 7396 comes out as printed there."""
    assert merge(target, change) == result


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


def test_a_key_is_read_as_it_was_issued() -> None:
    """Its parts come back, and what is stored is not the secret."""
    clock = VirtualClock()
    stored, text = issue_key(
        RandomIds(clock), retailer="north-star", kind="secret", now=clock.now(), scopes=["reports"]
    )
    read = read_key(text)
    assert read is not None
    assert (read.kind, read.retailer, read.id) == ("secret", "north-star", stored.id)
    assert read.secret not in repr(stored)


def test_a_key_has_only_scopes_that_exist() -> None:
    """The message names what is allowed."""
    clock = VirtualClock()
    with pytest.raises(ValueError, match="checkouts:read"):
        issue_key(RandomIds(clock), retailer="a", kind="secret", now=clock.now(), scopes=["all"])


@pytest.mark.parametrize("text", ["", "sk_", "sk_a_b", "sk_a_b_", "xx_a_b_c", "sk_a_b_c_d", "sk"])
def test_what_is_no_key_is_not_read(text: str) -> None:
    """Nothing but four full parts with a known prefix."""
    assert read_key(text) is None


async def test_a_broken_request_names_its_trace() -> None:
    """A customer can quote the trace id of a 500 to support."""
    telemetry = start_telemetry()
    world = ApiHarness(layers=(telemetry.middleware,))
    await world.open()
    made = await world.create()
    world.engine.plans = None  # type: ignore[assignment]
    async with world.client(made.json()["customer_token"]) as customer:
        answer = await customer.get(f"/v1/checkouts/{made.json()['id']}")
    telemetry.shutdown()
    assert answer.status_code == 500
    assert len(answer.json()["trace_id"]) == 32
