"""The cache of what was used last."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

import unshackled
from unshackled.lru_cache import LruCache

moves = st.lists(
    st.tuples(st.sampled_from(["get", "put", "pop"]), st.integers(0, 6), st.integers(1, 99)),
    max_size=40,
)


@given(st.integers(1, 4), moves)
def test_the_longest_unused_goes_first(size: int, moves: list[tuple[str, int, int]]) -> None:
    """Against a list in the order of use: never over its size, and what goes is handed back."""
    cache, model = LruCache[int, int](size), list[tuple[int, int]]()
    for move, key, value in moves:
        known = dict(model).get(key)
        rest = [pair for pair in model if pair[0] != key]
        if move == "put":
            model = [*rest, (key, value)]
            gone = model.pop(0)[1] if len(model) > size else None
            assert cache.put(key, value) == gone
        elif move == "get":
            model = [*rest, (key, known)] if known is not None else model
            assert cache.get(key) == known
        else:
            model = rest
            assert cache.pop(key) == known
        assert len(cache) == len(model)
    assert cache.drain() == [value for _, value in model]
    assert len(cache) == 0


def test_nobody_else_keeps_an_order_of_use() -> None:
    """Moving to the end is this cache's; what also goes by hand says so itself."""
    root = Path(unshackled.__file__).parent
    others = {"flow/runtime/plan_registry.py"}
    found = {
        str(path.relative_to(root))
        for path in root.rglob("*.py")
        if OrderedDict.move_to_end.__name__ in path.read_text()
    }
    assert found == {"lru_cache.py", *others}
