"""Typed samples of what a condition sees: each optional part present and absent.

A step's output is absent where its own condition is false, or where it may be declined away.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from functools import cache, lru_cache
from itertools import combinations, product
from math import comb
from typing import Any, Final, Literal, get_args, get_origin

from unshackled.domain.personal import fields_of
from unshackled.domain.records import Record, is_record
from unshackled.flow.plan.annotations import members_of, unwrap
from unshackled.flow.plan.condition_variables import STEPS, Variable
from unshackled.flow.plan.resolved_flow import ResolvedFlow

Json = Any
Path = tuple[str, ...]
MOST_BITS: Final = 10
NOTHING_KNOWN: Final[Mapping[str, Json]] = {}
_VALUES: Final[Mapping[object, Sequence[Json]]] = {
    bool: (True, False, True),
    int: (1, 0, 100_000_000),
    float: (1.5, 0.0, 1e9),
    Decimal: ("9.9", "0.0", "99.9"),
    str: ("a", "", "b" * 40),
    date: ("2026-01-01", "2026-01-01", "2030-12-31"),
    datetime: ("2026-01-01T00:00:00Z",) * 3,
    timedelta: ("PT30M",) * 3,
}


class Style(Record, eq=False):
    """How the values of a sample are: `words` say it, `scalars` are the values by type.

    A list has `many` items. Of a choice it takes one of the `texts`, or else the `turn`th from the
    end; a text takes `texts[0]`.
    """

    words: str
    scalars: Mapping[object, Json]
    many: int = 1
    turn: int = 0
    texts: tuple[str, ...] = ()

    def scalar(self, kind: object) -> Json:
        """The value of a type that holds no other."""
        return self.texts[0] if kind is str and self.texts else self.scalars.get(kind)

    def choice(self, choices: Sequence[Json]) -> Json:
        """One of a fixed set of values."""
        named = [text for text in self.texts if text in choices]
        return named[0] if named else choices[-self.turn % len(choices)]


def _style(index: int, words: str, many: int) -> Style:
    scalars = {kind: values[index] for kind, values in _VALUES.items()}
    return Style(words=words, scalars=scalars, many=many, turn=index)


USUAL: Final = _style(0, "", 1)
STYLES: Final = (USUAL, _style(1, " and zeros", 0), _style(2, " and great numbers", 2))


class Sample(Record):
    """The variables of one case, and which parts are absent in it."""

    variables: Mapping[str, Any]
    absent: frozenset[Path]
    style: Style = USUAL

    def has(self, *path: str) -> bool:
        """Whether a part or an output is there."""
        here: Json = self.variables
        for key in path:
            here = here.get(key)
            if here is None:
                return False
        return True

    def __str__(self) -> str:
        """What is absent, as a condition would name it, and how big the numbers are."""
        names = sorted(".".join(path) for path in self.absent)
        parts = f"without {', '.join(names)}" if names else "with every part there"
        return parts + self.style.words


class Kind(Record, kw_only=False):
    """What an annotation holds: one of `choices`, or values of `inside`, in a list or not."""

    choices: Sequence[Json]
    inside: object
    many: bool


def _kind(annotation: object) -> Kind:
    plain = unwrap(annotation)
    is_enum = isinstance(plain.inside, type) and issubclass(plain.inside, Enum)
    members = [one.value for one in plain.inside] if is_enum else ()  # type: ignore[attr-defined]
    if choices := _literal(annotation):
        return Kind(choices, plain.inside, many=False)
    return Kind(members, plain.inside, plain.many)


def _literal(annotation: object) -> Sequence[Json]:
    while get_origin(annotation) is not Literal:
        arms = [arm for arm in get_args(annotation) if arm is not type(None)]
        if not arms:
            return ()
        annotation = arms[0]
    return get_args(annotation)


@cache
def _members(shape: type) -> Sequence[tuple[str, Kind]]:
    """The fields of a dataclass by what they hold."""
    return [(name, _kind(annotation)) for name, annotation in fields_of(shape).items()]


def value(shape: type, style: Style, absent: frozenset[Path], path: Path) -> Json:
    """The JSON of a dataclass at a path, in one of the styles: usual, least, most."""
    if not any(gone[: len(path)] == path for gone in absent):
        return _whole(shape, style)
    members = ((key, kind, (*path, key)) for key, kind in _members(shape))
    return {key: _value(kind, style, absent, p) for key, kind, p in members if p not in absent}


@lru_cache(maxsize=512)
def _whole(shape: type, style: Style) -> Json:
    """A dataclass with all of its parts, never changed."""
    return {key: _value(kind, style, frozenset(), ()) for key, kind in _members(shape)}


def _value(kind: Kind, style: Style, absent: frozenset[Path], path: Path) -> Json:
    if kind.many:
        return [_one(kind, style, absent, path)] * style.many
    return _one(kind, style, absent, path)


def _one(kind: Kind, style: Style, absent: frozenset[Path], path: Path) -> Json:
    if kind.choices:
        return style.choice(kind.choices)
    if is_record(kind.inside):
        return value(kind.inside, style, absent, path)
    return style.scalar(kind.inside)


@cache
def optional_paths(shape: type) -> Sequence[Path]:
    """Every part of a dataclass that may be absent, at any depth outside of lists."""
    found: list[Path] = []
    for name, plain in members_of(shape).items():
        found += [(name,)] if plain.optional else []
        if is_record(plain.inside) and not plain.many:
            found += [(name, *inner) for inner in optional_paths(plain.inside)]
    return tuple(found)


class Space(Record):
    """The cases that matter to the conditions of some steps."""

    layout: ResolvedFlow
    steps: tuple[str, ...]
    bits: tuple[Path, ...]

    def __len__(self) -> int:
        """How many cases there are."""
        count = len(self.bits)
        return len(STYLES) * sum(comb(count, size) for size in self._sizes())

    def __iter__(self) -> Iterator[Sample]:
        """Every case; with many optional parts, each alone and in pairs.

        Of a case flow those alone whose sale it is for.
        """
        opens = self.layout.opens_when
        for style, absent in product(STYLES, self.absences()):
            sample = self.sample(style, absent)
            if opens is None or opens.evaluate(sample.variables) is not False:
                yield sample

    def absences(self) -> Iterator[frozenset[Path]]:
        """Which optional parts are absent, in every case."""
        for size in self._sizes():
            yield from map(frozenset, combinations(self.bits, size))

    def _sizes(self) -> Sequence[int]:
        """How many parts are absent at once."""
        count = len(self.bits)
        return range(count + 1) if count <= MOST_BITS else (0, 1, 2, count - 1, count)

    def sample(
        self,
        style: Style,
        absent: frozenset[Path],
        *,
        known: Mapping[str, Json] = NOTHING_KNOWN,
        due_today: int | None = None,
    ) -> Sample:
        """One case; `due_today` sets what the quote asks for today.

        What is `known` of every checkout of the flow, by attribute, is as it is.
        """
        outputs: dict[str, Json] = {}
        seen = self.layout.vocabulary
        variables = {row.name: _tried(row, style, absent) for row in seen.rows}
        variables |= {**seen.known(known), STEPS: outputs}
        if due_today is not None:
            variables["quote"] = _asking(variables["quote"], due_today)
        missing = set(absent)
        for name in self.steps:
            outputs[name] = self._output(name, style, absent, variables)
            missing |= {(STEPS, name)} if outputs[name] is None else set()
        return Sample(variables=variables, absent=frozenset(missing), style=style)

    def _output(
        self, name: str, style: Style, absent: frozenset[Path], variables: Mapping[str, Any]
    ) -> Json:
        condition = self.layout.conditions.get(name)
        skipped = condition is not None and condition.evaluate(variables) is False
        if skipped or (STEPS, name) in absent:
            return None
        shape = self.layout.sketches[name].definition.output
        if not shape:
            return {}
        path = (STEPS, name)
        return _valued(shape, style, frozenset(p for p in absent if p[:2] == path), path)


def _tried(row: Variable, style: Style, absent: frozenset[Path]) -> Json:
    """A variable as it is tried: its own sample, or a value of its type; never changed."""
    if row.sample is not None:
        return row.sample
    mine = frozenset(path for path in absent if path[0] == row.name)
    return _valued(row.type, style, mine, (row.name,))


@lru_cache(maxsize=2_000)
def _valued(shape: type, style: Style, absent: frozenset[Path], path: Path) -> Json:
    """As `value`: many cases differ in one variable or step alone."""
    return value(shape, style, absent, path)


def _asking(quote: Json, due_today: int) -> Json:
    total = max(quote["total_payable"], due_today)
    return quote | {"due_today": due_today, "total_payable": total}


def space(layout: ResolvedFlow, names: Sequence[str], words: str) -> Space:
    """The cases of the steps `names`: every optional part that their conditions or `words` name."""
    steps = _closure(layout, names)
    sources = [layout.conditions[name].source for name in steps if name in layout.conditions]
    if layout.opens_when is not None:
        sources.append(layout.opens_when.source)
    text = " ".join([words, *sources])
    tried = [row for row in layout.vocabulary.rows if row.sample is None]
    parts = ((row.name, path) for row in tried for path in optional_paths(row.type))
    bits = [(name, *path) for name, path in parts if all(key in text for key in path)]
    for name in steps:
        step = layout.sketches[name]
        bits += [(STEPS, name)] if step.droppable else []
        if step.definition.output:
            inner = optional_paths(step.definition.output)
            bits += [(STEPS, name, *path) for path in inner if path[-1] in text]
    return Space(layout=layout, steps=steps, bits=tuple(bits))


def _closure(layout: ResolvedFlow, names: Sequence[str]) -> tuple[str, ...]:
    """The steps that the conditions read, and those that their conditions read, in order."""
    wanted: set[str] = set(names)
    waiting = list(names)
    while waiting:
        condition = layout.conditions.get(waiting.pop())
        fresh = (condition.steps if condition else frozenset()) - wanted
        wanted |= fresh
        waiting.extend(fresh)
    return tuple(name for name in layout.dag.order if name in wanted)
