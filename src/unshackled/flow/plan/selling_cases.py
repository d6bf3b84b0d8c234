"""Every case of a package and its quote that a flow can sell, as its conditions see it.

A part that the flow does not sell is never there, one that it requires always is. Numbers and
texts that a condition compares with are tried too, and their neighbours.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import product
from typing import Final

from unshackled.domain.pricing import DUE_TODAY, PAYS_FOR
from unshackled.domain.records import Record
from unshackled.flow.language.spec import PARTS, Sold
from unshackled.flow.plan.resolved_flow import ResolvedFlow
from unshackled.flow.plan.typed_samples import STYLES, USUAL, Path, Sample, Style, space
from unshackled.ports.operation import Carried

GREAT: Final = 100_000_000
MOST_LITERALS: Final = 12
_NUMBER: Final = re.compile(r"(?<![\w.])\d+(?:\.\d+)?")
_TEXT: Final = re.compile(r"\"([^\"\\]*)\"|'([^'\\]*)'")


class Cases(Record):
    """The cases that matter to some steps, `parts` being there in each of them.

    Something is due today only where a part that is paid today is there, or one of the steps
    `bringing` is done, which can add a price to the quote; `due` leaves out the cases without it.
    """

    layout: ResolvedFlow
    sells: Mapping[Carried, Sold]
    steps: Sequence[str]
    parts: frozenset[Carried] = frozenset()
    bringing: Sequence[str] = ()
    due: bool = False

    def __iter__(self) -> Iterator[Sample]:
        """Every case that can be sold."""
        found = space(self.layout, [*self.steps, *self.bringing], "")
        sources = [c.source for n in found.steps if (c := self.layout.conditions.get(n))]
        amounts = [*_amounts(sources), *(() if self.due else (0,))]
        unsold = frozenset(_path(part) for part in PARTS if part not in self.sells)
        here = {_path(part) for part in PARTS if self._always(part)}
        known = self.layout.known
        for absent in found.absences():
            gone = _with_dependants(absent | unsold)
            if here & gone:
                continue
            for style, amount in product(_styles(sources), amounts):
                sample = found.sample(style, gone, known=known, due_today=amount)
                if amount == 0 or self._may_be_due(sample):
                    yield sample

    def _may_be_due(self, sample: Sample) -> bool:
        """Whether a part that is paid today is there, or a step brings a price."""
        paid = any(sample.has("package", part) for part in DUE_TODAY)
        return paid or any(holds(self.layout, name, sample) for name in self.bringing)

    def _always(self, part: Carried) -> bool:
        return part in self.parts or self.sells.get(part) == "required"


def _path(part: str) -> Path:
    return ("package", part)


def _with_dependants(gone: frozenset[Path]) -> frozenset[Path]:
    """What is not there without these parts: credit pays for something that is there."""
    return gone | {_path(part) for part, goods in PAYS_FOR.items() if _path(goods) in gone}


def spoken(sample: Sample) -> str:
    """The case in words: what is bought, how much is due today and how the values are."""
    parts = [part for part in PARTS if sample.has("package", part)]
    due = sample.variables["quote"]["due_today"]
    away = sorted(".".join(path) for path in sample.absent if path[0] == "steps" and len(path) == 2)
    without = f", without {', '.join(away)}" if away else ""
    bought = ", ".join(parts) or "no part"
    return f"for a package of {bought} with {due} due today{sample.style.words}{without}"


def holds(layout: ResolvedFlow, step: str, sample: Sample) -> bool:
    """Whether the step is done in this case."""
    if layout.sketches[step].spec.when is None:
        return True
    condition = layout.conditions.get(step)
    return condition is not None and condition.evaluate(sample.variables) is True


def _styles(sources: Sequence[str]) -> Iterator[Style]:
    """The usual styles, and one for each number and text that is compared with."""
    yield from STYLES
    for number in _numbers(sources):
        scalars = {**USUAL.scalars, int: int(number), float: float(number), Decimal: str(number)}
        yield Style(words=f" and numbers of {number}", scalars=scalars)
    texts = dict.fromkeys(a or b for source in sources for a, b in _TEXT.findall(source))
    for text in list(texts)[:MOST_LITERALS]:
        yield Style(words=f" and {text!r}", scalars=USUAL.scalars, texts=(text,))


def _numbers(sources: Sequence[str]) -> list[Decimal]:
    """The numbers that conditions compare with, and their neighbours."""
    said = {Decimal(one) for source in sources for one in _NUMBER.findall(source)}
    near = {number + step for number in sorted(said)[:MOST_LITERALS] for step in (-1, 0, 1)}
    return sorted(number for number in near if number >= 0)


def _amounts(sources: Sequence[str]) -> list[int]:
    """Amounts above zero that may be due today."""
    return sorted({1, GREAT, *(int(n) for n in _numbers(sources) if n > 0)})
