"""What a case may know of its sale: one part for each capability and for each form of it.

A part has the outputs of what the sale did: of the operations that a case can act on (`of_sale`),
else of all the effects of its capability, else of the queries that a customer chose from.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import make_dataclass
from functools import cache
from typing import Any, get_args

from unshackled.domain.customer import MODELS
from unshackled.domain.facts import Fact
from unshackled.domain.personal import fields_of
from unshackled.domain.records import Record
from unshackled.flow.plan.annotations import unwrap
from unshackled.ports import CAPABILITIES, Operation, all_operations, operations


class SalePart(Record, eq=False):
    """A part by its name: `facts` are what it is made of, the weightiest first.

    It is there where one of them is. `operations` are the keys of those that give them; `shape` has
    their fields: one that is not in all of them may be absent.
    """

    name: str
    facts: tuple[type[Fact], ...]
    operations: tuple[str, ...] = ()
    shape: type

    def proves(self, fact: type[Fact]) -> bool:
        """Whether a fact is there wherever the part is."""
        return all(issubclass(one, fact) for one in self.facts)


@cache
def sale_parts() -> Mapping[str, SalePart]:
    """Every part of a sale by its name."""
    parts = {name: _part(name, [model]) for name, model in MODELS.items()}
    for capability, protocol in CAPABILITIES.items():
        able = list(_on_hand(operations(capability, protocol)))
        given = {one.key: fact for one in able if (fact := _given(one)) is not None}
        if given:
            parts[capability] = _part(capability, list(given.values()), tuple(given))
    return dict(sorted(parts.items()))


@cache
def sale_shape() -> type:
    """The type of `sale`: every part of it may be absent."""
    fields: list[Any] = [(name, part.shape | None, None) for name, part in sale_parts().items()]
    return make_dataclass("Sale", fields, frozen=True, kw_only=True)


def tells_of(operation: str) -> bool:
    """Whether an operation of the sale was done exactly where a part of the sale is there."""
    part = sale_parts().get(operation.partition(".")[0])
    return part is not None and part.operations == (operation,)


def is_reading(fact: type[Fact]) -> bool:
    """Whether a fact is what a query read at once, and nobody chose: true of its moment alone."""
    return any(issubclass(one, fact) for one in _readings())


@cache
def _readings() -> tuple[type, ...]:
    every = (one for one in all_operations().values() if not one.effect and not one.waits)
    return tuple(one.output for one in every if "options" not in fields_of(one.output))


def part_that_proves(fact: type[Fact]) -> str | None:
    """The name of a part with which a fact is there; None where no part tells."""
    return next((name for name, part in sale_parts().items() if part.proves(fact)), None)


def _on_hand(known: Mapping[str, Operation]) -> Iterator[Operation]:
    """The operations whose output a part is made of."""
    named = dict.fromkeys(name for one in known.values() for name in one.of_sale)
    if named:
        yield from (known[name] for name in named)
        return
    able = [one for one in known.values() if not one.by_engine]
    effects = [one for one in able if one.effect]
    yield from effects or (one for one in able if "options" in fields_of(one.output))


def _given(operation: Operation) -> type[Fact] | None:
    """What a step that calls the operation puts out: its answer, or the option that was chosen."""
    offered = fields_of(operation.output).get("options") if not operation.effect else None
    output = get_args(offered)[0] if offered is not None else operation.output
    return output if isinstance(output, type) and issubclass(output, Fact) else None


def _part(name: str, facts: Sequence[type[Fact]], keys: tuple[str, ...] = ()) -> SalePart:
    title = "Sale" + name.title().replace("_", "")
    shape = make_dataclass(title, list(_fields(facts)), frozen=True, kw_only=True)
    return SalePart(name=name, facts=tuple(facts), operations=keys, shape=shape)


def _fields(facts: Sequence[Any]) -> Iterator[Any]:
    """The fields of all of them together; one that means different things is none."""
    every = [fields_of(one) for one in facts]
    for name in dict.fromkeys(name for one in every for name in one):
        kinds = [one.get(name) for one in every]
        known = [kind for kind in kinds if kind is not None]
        if len({(unwrap(kind).inside, unwrap(kind).many) for kind in known}) > 1:
            continue
        certain = len(known) == len(kinds) and not any(unwrap(kind).optional for kind in known)
        yield (name, known[0]) if certain else (name, known[0] | None, None)
