"""What the conditions of a case flow see: the case, and what its sale gave.

There is no `quote`: a case is decided by what it asks for and by what was done, never by a price.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from unshackled.domain.case import CaseRequest
from unshackled.domain.checkout import Checkout
from unshackled.domain.codec import encode
from unshackled.domain.facts import Fact
from unshackled.domain.runs import SaleStep
from unshackled.flow.plan.cases.sale_outputs import SaleSteps, output_of
from unshackled.flow.plan.cases.sale_parts import SalePart, sale_parts, sale_shape
from unshackled.flow.plan.condition_variables import VARIABLES, Variable, Vocabulary, present

Json = Any
# The variables of a purchase that a case has too.
_ALIKE: Final = tuple(row for row in VARIABLES if row.name != "quote")
CASE: Final = Variable(
    name="case",
    meaning="what was asked for when the case was opened; money in minor units",
    type=CaseRequest,
    reads=("case",),
    value=lambda case: present(encode(case)),
)


@cache
def sale_variable() -> Variable:
    """The row of `sale`, made when the first case flow is read: it knows every capability."""
    return Variable(
        name="sale",
        meaning="what the sale did, by capability, and what was collected in it, by model; a part"
        " that it did not do is absent",
        type=sale_shape(),
        reads=("sale", "sale_outputs", "sale_effects"),
        value=sale_as_seen,
    )


@cache
def in_a_case() -> Vocabulary:
    """What the conditions of the steps of a case flow may name."""
    return Vocabulary(rows=(*_ALIKE, CASE, sale_variable()))


@cache
def at_its_opening() -> Vocabulary:
    """What `opens.when` may name: there is no case yet, and none of its steps."""
    return Vocabulary(rows=(*_ALIKE, sale_variable()), with_steps=False)


def sale_as_seen(
    sale: Checkout,
    outputs: Mapping[type[Fact], str],
    effects: Mapping[str, tuple[SaleStep, ...]],
) -> dict[str, Json]:
    """The sale as conditions see it: each part with the fields of all that it is made of."""
    steps = SaleSteps(outputs=outputs, effects=effects)
    parts = {name: _seen(part, sale, steps) for name, part in sale_parts().items()}
    return {name: seen for name, seen in parts.items() if seen is not None}


def _seen(part: SalePart, sale: Checkout, steps: SaleSteps) -> dict[str, Json] | None:
    """The part; None where the sale has nothing of it. What weighs most is said last."""
    every = [output_of(sale, steps, fact) for fact in part.facts]
    known = [present(data) for data in reversed(every) if data is not None]
    return {key: value for one in known for key, value in one.items()} if known else None
