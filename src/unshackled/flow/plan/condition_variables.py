"""The variables of conditions, each a row of `VARIABLES`; beside them stand the outputs of steps.

A row has all that there is to a variable: its name, its type, what it means, and of what it is
made. Types are checked, values made, cases proved and the reference written by these rows. What
the conditions of a case flow see is in `unshackled.flow.plan.cases.case_variables`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from operator import attrgetter
from typing import Any, Final

from unshackled.domain.checkout import Checkout
from unshackled.domain.codec import encode
from unshackled.domain.memo import Memo
from unshackled.domain.package import Package
from unshackled.domain.quote import Quote
from unshackled.domain.records import Record
from unshackled.domain.states import ENDED

Json = Any


class Variable(Record):
    """A name that conditions may say, and what lies under it.

    `type` is the class whose fields it has. `value` makes its JSON, without the keys that are
    None, of the attributes of a checkout that it `reads`. Proofs try it with `sample`; without one
    with each of its optional fields present and absent, in every style of values.
    """

    name: str
    meaning: str
    type: type
    reads: tuple[str, ...]
    value: Callable[..., Mapping[str, Json]]
    sample: Mapping[str, Json] | None = None


class RetailerFacts(Record):
    """What conditions see of a retailer."""

    id: str
    currency: str


def present(data: dict[str, Any]) -> dict[str, Any]:
    """JSON without the keys that are None, so that `has(package.credit)` means what it says."""
    return {
        key: present(value) if isinstance(value, dict) else value
        for key, value in data.items()
        if value is not None
    }


# The JSON of packages and quotes.
_JSON: Final[Memo[dict[str, Any]]] = Memo()


def seen_as(fact: Package | Quote) -> dict[str, Any]:
    """A package or quote as conditions see it; not to be changed."""
    return _JSON.get(fact, make=lambda: present(encode(fact)))


VARIABLES: Final = (
    Variable(
        name="package",
        meaning="what is bought; a part that is not is absent",
        type=Package,
        reads=("package",),
        value=seen_as,
    ),
    Variable(
        name="quote",
        meaning="what it costs and when it is paid, in minor units",
        type=Quote,
        reads=("quote",),
        value=seen_as,
    ),
    Variable(
        name="retailer",
        meaning="who sells it",
        type=RetailerFacts,
        reads=("retailer", "currency"),
        value=lambda name, currency: {"id": name, "currency": currency},
        sample={"id": "a", "currency": "GBP"},
    ),
)
STEPS: Final = "steps"
STEPS_MEANING: Final = (
    "the output of a step that comes before this one, e.g. `steps.prequalify.lender`; absent where"
    " that step was skipped or declined away"
)


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Vocabulary:
    """What the conditions of one kind of flow may name: variables, and the outputs of steps."""

    rows: tuple[Variable, ...]
    with_steps: bool = True

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Every name that a condition may begin with."""
        return (*(row.name for row in self.rows), *((STEPS,) if self.with_steps else ()))

    @cached_property
    def reads(self) -> tuple[str, ...]:
        """The attributes of a checkout that the variables are made of."""
        return tuple(dict.fromkeys(name for row in self.rows for name in row.reads))

    @cached_property
    def read(self) -> Callable[[Checkout], tuple[Any, ...]]:
        """All that the variables are made of, as a tuple in the order of `reads`."""
        return attrgetter(*self.reads)

    def known(self, known: Mapping[str, Any]) -> dict[str, Any]:
        """Those of the variables that can be made of what is known of a checkout, by attribute."""
        return {
            row.name: row.value(*(known[name] for name in row.reads))
            for row in self.rows
            if all(name in known for name in row.reads)
        }

    def of(self, checkout: Checkout, steps: frozenset[str]) -> dict[str, Any]:
        """The variables of a condition that reads these steps.

        An ancestor that is not settled yet is absent; one that ended without output is None.
        """
        outputs = {
            name: checkout.output(name)
            for name in steps
            if checkout.steps[name].state in ENDED or checkout.output(name) is not None
        }
        return {
            **self.known(dict(zip(self.reads, self.read(checkout), strict=True))),
            STEPS: {name: output and present(output) for name, output in outputs.items()},
        }


# What the conditions of a purchase see.
PURCHASE: Final = Vocabulary(rows=VARIABLES)
NAMES: Final = PURCHASE.names


def known_variables(known: Mapping[str, Any]) -> dict[str, Any]:
    """The variables of a purchase that can be made of what is known of it, by attribute."""
    return PURCHASE.known(known)
