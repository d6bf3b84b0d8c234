"""The order of steps: what each needs, what lies before and behind it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

Needs = Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dag:
    """Steps in a stable topological order, with their transitive relations."""

    order: tuple[str, ...]
    needs: Needs
    ancestors: Needs
    descendants: Needs


def find_cycle(needs: Needs) -> tuple[str, ...]:
    """One circle of steps, the first step again at its end; empty when there is none."""
    done: set[str] = set()
    for start in needs:
        path: list[str] = []
        found = _walk(start, needs, path, done)
        if found:
            return found
    return ()


def _walk(name: str, needs: Needs, path: list[str], done: set[str]) -> tuple[str, ...]:
    if name in path:
        return (*path[path.index(name) :], name)
    if name in done:
        return ()
    path.append(name)
    for need in sorted(needs[name]):
        if found := _walk(need, needs, path, done):
            return found
    path.pop()
    done.add(name)
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
    return {
        name: frozenset(other for other, before in ancestors.items() if name in before)
        for name in ancestors
    }


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
    """The order and relations of steps whose needs have no cycle."""
    ancestors = closure(needs)
    order: list[str] = []
    waiting = list(needs)
    while waiting:
        ready = next(name for name in waiting if ancestors[name] <= set(order))
        order.append(ready)
        waiting.remove(ready)
    return Dag(order=tuple(order), needs=needs, ancestors=ancestors, descendants=turned(ancestors))
