"""Walks every order in which what is under way can come back: a small model checker.

`asyncio` runs what is ready in order, so one process alone decides nothing by chance. What nobody
decides is which answer comes next: of the database, of a backend, or the arrival of a request.
Each of them waits at a gate. When nothing can run, one gate opens; which one is a choice, and the
explorer takes every choice, depth first, from the same beginning.

Two schedules that lead to the same state have the same future. A state is what the store and the
backends hold, and what each process has seen, in order. A schedule that comes to a known state
ends there; `interleavings` counts all orders, those that are represented by another included.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import TypeAlias

from unshackled.proving.simulation.loop import SimulatedLoop

Key: TypeAlias = int
Graph: TypeAlias = dict[Key, list[Key | None]]
Choice: TypeAlias = tuple[Key, int]  # at a state, which gate


ENOUGH = 10  # findings


class Merged(Exception):
    """This schedule came to a state from which everything was explored."""


class Course:
    """One schedule: the choices it is given, and after them always the first."""

    def __init__(self, given: Sequence[Choice], graph: Graph) -> None:
        """Follow `given`; `graph` holds what every schedule before came to."""
        self.given = given
        self.graph = graph
        self.taken: list[Choice] = []
        self.story: list[str] = []

    def choose(self, width: int, state: Callable[[], Hashable]) -> int:
        """One of `width`; raises `Merged` where the state is known."""
        place = len(self.taken)
        key, choice = self.given[place] if place < len(self.given) else (hash(state()), 0)
        if self.taken:
            before, took = self.taken[-1]
            self.graph[before][took] = key
        if place >= len(self.given):
            if key in self.graph:
                raise Merged
            self.graph[key] = [None] * width
        elif len(self.graph[key]) != width:
            raise AssertionError("the same choices led to another state")
        self.taken.append((key, choice))
        return choice

    def next(self) -> Sequence[Choice] | None:
        """The choices of the next schedule, or None after the last."""
        taken = list(self.taken)
        while taken and taken[-1][1] + 1 == len(self.graph[taken[-1][0]]):
            taken.pop()
        if not taken:
            return None
        key, choice = taken[-1]
        return [*taken[:-1], (key, choice + 1)]


class ExploringLoop(SimulatedLoop):
    """Runs what is ready in order; the course decides which gate opens when nothing is."""

    def __init__(self, course: Course | None, begin: float = 0.0) -> None:
        """At `begin` virtual seconds; there is a choice only in this instant."""
        super().__init__(Random(0))
        self.chance = lambda: 0.0
        self._begin = self._moment = begin
        self._course = course
        self._gates: list[tuple[str, asyncio.Future[None]]] = []
        self.state: Callable[[], Hashable] = lambda: ()

    async def gate(self, label: str) -> None:
        """Wait until it is the turn of what `label` says."""
        future: asyncio.Future[None] = self.create_future()
        self._gates.append((label, future))
        await future

    def _advance(self) -> None:
        self._gates = [gate for gate in self._gates if not gate[1].done()]
        if not self._gates:
            super()._advance()
            return
        label, future = self._gates.pop(self._pick())
        if self._course is not None:
            self._course.story.append(label)
        future.set_result(None)

    def _pick(self) -> int:
        if self._course is None or len(self._gates) == 1 or self._moment > self._begin:
            return 0
        return self._course.choose(len(self._gates), self._known)

    def _known(self) -> Hashable:
        return (tuple(sorted(label for label, _ in self._gates)), self.state())


Play: TypeAlias = Callable[[Course], tuple[str, list[str]]]


class Walk(Course):
    """One schedule by chance, for scenarios with more schedules than there is time for."""

    def __init__(self, random: Random) -> None:
        """Ask `random`."""
        super().__init__((), {})
        self._random = random

    def choose(self, width: int, state: Callable[[], Hashable]) -> int:
        """Any of `width`."""
        return self._random.randrange(width)


@dataclass(slots=True, kw_only=True)
class Explored:
    """What came of all schedules.

    `ends` counts how they ended; `different` tells those apart that were played to the end.
    """

    schedules: int = 0
    interleavings: int = 0
    complete: bool = False
    ends: dict[str, int] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    different: set[int] = field(default_factory=set)

    def add(self, play: Play, course: Course) -> None:
        """Play one schedule."""
        self.schedules += 1
        try:
            end, wrong = play(course)
        except Merged:
            return
        self.different.add(hash(tuple(course.story)))
        self.ends[end] = self.ends.get(end, 0) + 1
        self.wrong += [f"{line}; schedule: {' > '.join(course.story)}" for line in wrong]


def wander(play: Play, *, schedules: int) -> Explored:
    """Play so many schedules by chance, the same in each run."""
    found, random = Explored(), Random(1)
    while found.schedules < schedules and len(found.wrong) < ENOUGH:
        found.add(play, Walk(random))
    return found


def explore(play: Play) -> Explored:
    """Play every schedule; `play` gives how it ended and what was wrong."""
    found, graph = Explored(), Graph()
    given: Sequence[Choice] | None = ()
    root: Key | None = None
    while given is not None and len(found.wrong) < ENOUGH:
        course = Course(given, graph)
        found.add(play, course)
        root = course.taken[0][0] if course.taken else None
        given = course.next()
    found.complete = given is None
    found.interleavings = _paths(graph, root) if found.complete else 0
    return found


def _paths(graph: Graph, root: Key | None) -> int:
    """How many ways lead through the graph from its root to an end."""
    counts: dict[Key, int] = {}
    stack = [root] if root is not None else []
    while stack:
        key = stack[-1]
        missing = [child for child in _children(graph, key) if child not in counts]
        if missing:
            stack += missing
            continue
        counts[stack.pop()] = sum(1 if c is None else counts[c] for c in graph[key])
    return counts[root] if root is not None else 1


def _children(graph: Graph, key: Key) -> Iterator[Key]:
    return (child for child in graph[key] if child is not None)
