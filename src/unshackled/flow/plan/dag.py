"""The order of steps: what each needs, what lies before and behind it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from graphlib import CycleError, TopologicalSorter
from heapq import heappop, heappush

from unshackled.domain.records import Record

Needs = Mapping[str, frozenset[str]]


class Dag(Record):
    """Steps in a stable topological order, with their transitive relations."""

    order: tuple[str, ...]
    needs: Needs
    ancestors: Needs
    descendants: Needs


def find_cycle(needs: Needs) -> tuple[str, ...]:
    """One circle, each step before one that it needs; empty when there is none.

    It begins, and ends again, with the one of its steps that is written first.
    """
    try:
        _sorter(needs).prepare()
    except CycleError as error:
        # Python's circle goes from what is needed to what needs it.
        circle = list(reversed(error.args[1]))[1:]
        first = circle.index(next(name for name in needs if name in circle))
        return (*circle[first:], *circle[:first], circle[first])
    return ()


def closure(needs: Needs) -> dict[str, frozenset[str]]:
    """Every step that lies before each step; the needs must have no cycle."""
    found: dict[str, frozenset[str]] = {}

    def before(name: str) -> frozenset[str]:
        if name not in found:
            direct = needs[name]
            found[name] = direct.union(*(before(need) for need in direct))
        return found[name]

    for name in needs:
        before(name)
    return found


def turned(ancestors: Needs) -> dict[str, frozenset[str]]:
    """Every step that lies behind each step."""
    behind: dict[str, set[str]] = {name: set() for name in ancestors}
    for name, before in ancestors.items():
        for earlier in before:
            behind[earlier].add(name)
    return {name: frozenset(later) for name, later in behind.items()}


def with_implied(
    needs: Needs, *, confirm: str | None, pivot: str | None, best_effort: Iterable[str]
) -> dict[str, frozenset[str]]:
    """The pivot and `confirm` need every step that is not downstream of them.

    A `best_effort` step never holds the pivot up.
    """
    full = dict(needs)
    for name, excepted in ((pivot, frozenset(best_effort)), (confirm, frozenset[str]())):
        if name is not None:
            behind = turned(closure(full))[name]
            full[name] = full[name] | (frozenset(full) - behind - excepted - {name})
    return full


def dag(needs: Needs) -> Dag:
    """The order and relations of steps whose needs have no cycle.

    Of those that may come next, the one that is written first does.
    """
    places = {name: place for place, name in enumerate(needs)}
    names, sorter = tuple(needs), _sorter(needs)
    sorter.prepare()
    order: list[str] = []
    ready: list[int] = []
    while sorter.is_active():
        for name in sorter.get_ready():
            heappush(ready, places[name])
        order.append(names[heappop(ready)])
        sorter.done(order[-1])
    ancestors = closure(needs)
    return Dag(order=tuple(order), needs=needs, ancestors=ancestors, descendants=turned(ancestors))


def _sorter(needs: Needs) -> TopologicalSorter[str]:
    """Python's own, fed in a stable order, so that it tells of the same circle every time."""
    return TopologicalSorter({name: sorted(before) for name, before in needs.items()})
