"""What the steps of a sale gave, found by the type of the fact."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from unshackled.domain.checkout import Checkout
from unshackled.domain.facts import Fact
from unshackled.domain.personal import fields_of
from unshackled.domain.records import Record
from unshackled.domain.runs import RunView, SaleStep

Json = Any


class SaleSteps(Record, eq=False):
    """Where the facts of a sale lie: the step of each type, and the steps of each operation.

    Two steps may call one operation, of which one was done; so the second is looked at first.
    """

    outputs: Mapping[type[Fact], str]
    effects: Mapping[str, tuple[SaleStep, ...]]

    def give(self, fact: type[Fact]) -> Iterator[str]:
        """The steps that give a fact of a type, or of one made of it."""
        for steps in self.effects.values():
            for step in reversed(steps):
                if step.output is not None and issubclass(step.output, fact):
                    yield step.name
        if fact in self.outputs:
            yield self.outputs[fact]


def output_of(sale: Checkout, steps: SaleSteps, fact: type[Fact]) -> dict[str, Json] | None:
    """The sale's fact of a type as JSON, personal fields included.

    None where it has none, or had it erased. What its flow added to a form is left out.
    """
    shape: Any = fact
    known = fields_of(shape)
    for step in steps.give(fact):
        data = None if _erased(sale, step) else sale.output(step)
        if data is not None:
            return {key: value for key, value in data.items() if key in known}
    return None


def fact_of_sale(run: Checkout, fact: type[Fact]) -> dict[str, Json] | None:
    """The same of the sale that a run is a case of; None of a purchase."""
    if not isinstance(run, RunView):
        return None
    steps = SaleSteps(outputs=run.sale_outputs, effects=run.sale_effects)
    return output_of(run.sale, steps, fact)


def _erased(sale: Checkout, step: str) -> bool:
    erasure = sale.erasure
    return erasure is not None and (erasure.whole or step in erasure.steps)
