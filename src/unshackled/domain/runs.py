"""A case run as the checkout that the engine works on, and put back into the whole checkout."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from msgspec.structs import asdict, replace

from unshackled.domain.case import CaseRequest
from unshackled.domain.checkout import Checkout, PastEffect, Private
from unshackled.domain.erasure import Erasure
from unshackled.domain.facts import Fact
from unshackled.domain.records import Record
from unshackled.domain.run_records import Run, StepsPrivate, StepState

__all__ = ["Run", "RunView", "SaleStep", "StepsPrivate", "merge", "run_view"]
Json = Any
# What a view has of its run, under the same names.
_OF_RUN = (
    "flow",
    "digest",
    "steps",
    "undos",
    "past",
    "routes",
    "canceled",
    "completed_at",
    "problems",
    "undelivered",
    "reversals",
)
# How many superseded effects of one case are known by their reference.
CASE_PAST: Final = 20
_OF_STEPS = StepsPrivate.__struct_fields__


class SaleStep(Record):
    """A step of the sale whose effect a case may follow, and the type of what it gives."""

    name: str
    output: type[Fact] | None = None


class RunView(Checkout):
    """A checkout that stands for one of its case runs: the engine works on it as on any other.

    Flow, steps and all that comes of them, and what is personal of them, are those of the run that
    `run` names; package, quote and currency are those of the sale. `sale` is the whole checkout as
    it was viewed, `case` what the run is about. `sale_outputs` says by its type which step of the
    sale gave a fact, `sale_effects` which steps have an operation, by its key. A view is never
    stored: see `merge`.
    """

    sale: Checkout
    case: CaseRequest
    sale_outputs: Mapping[type[Fact], str]
    sale_effects: Mapping[str, tuple[SaleStep, ...]]

    def past_with(self, step: str) -> Mapping[str, PastEffect]:
        """As of a checkout; the newest `CASE_PAST` of them, for a checkout has many cases."""
        return dict([*Checkout.past_with(self, step).items()][-CASE_PAST:])

    def sale_output(self, fact: type[Fact]) -> dict[str, Json] | None:
        """The sale's fact of a type as JSON, personal fields included.

        None where it has none, or where it was erased.
        """
        step = self.sale_outputs.get(fact)
        return None if step is None else self.output_of_sale(step)

    def output_of_sale(self, step: str) -> dict[str, Json] | None:
        """The whole output of a step of the sale; None where there is none, or it was erased."""
        erasure = self.sale.erasure
        if erasure is not None and (erasure.whole or step in erasure.steps):
            return None
        return self.sale.output(step)

    def followed(self, operations: tuple[str, ...]) -> tuple[SaleStep, StepState] | None:
        """The step of the sale that did the first of these operations that anyone did."""
        for operation in operations:
            for step in self.sale_effects.get(operation, ()):
                state = self.sale.steps[step.name]
                if state.state == "passed":
                    return step, state
        return None


def run_view(
    checkout: Checkout,
    name: str,
    outputs: Mapping[type[Fact], str],
    effects: Mapping[str, tuple[SaleStep, ...]],
) -> RunView:
    """The view of a run, with what its sale's steps give; raises `KeyError` for an unknown run."""
    run = checkout.runs[name]
    parts = {one: getattr(checkout, one) for one in Checkout.__struct_fields__}
    return RunView(
        **{
            **parts,
            **{one: getattr(run, one) for one in _OF_RUN},
            "run": name,
            "runs": {},
            "paused_at": None,
            "private": _private(checkout, name),
            "erasure": _whole(checkout.erasure),
        },
        sale=checkout,
        case=run.opened,
        sale_outputs=outputs,
        sale_effects=effects,
    )


def _private(checkout: Checkout, name: str) -> Private:
    """What is personal of the run's steps; whose checkout it is stays the same."""
    mine = checkout.private.runs.get(name)
    known = asdict(mine) if mine is not None else {}
    return Private(customer_ref=checkout.private.customer_ref, **known)


def _whole(erasure: Erasure | None) -> Erasure | None:
    """What was erased of the purchase's steps says nothing about steps of the run."""
    return erasure if erasure is not None and erasure.whole else None


def merge(view: RunView) -> Checkout:
    """The whole checkout with what became of the run; all else is as it was viewed."""
    whole, name = view.sale, view.run
    run = replace(whole.runs[name], **{one: getattr(view, one) for one in _OF_RUN})
    private = whole.private
    mine = StepsPrivate(**{one: getattr(view.private, one) for one in _OF_STEPS})
    if mine != private.runs.get(name, StepsPrivate()):
        others = {key: one for key, one in private.runs.items() if key != name}
        kept = {name: mine} if mine != StepsPrivate() else {}
        private = replace(private, runs={**others, **kept})
    return replace(whole, runs={**whole.runs, name: run}, private=private)
