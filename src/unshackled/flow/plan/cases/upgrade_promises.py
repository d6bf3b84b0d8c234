"""Case flows beside upgrade programmes: a case of an old device keeps what its programme says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Final

from unshackled.domain.records import Record
from unshackled.domain.upgrade import Programme
from unshackled.flow.language.diagnostics import Diagnostics
from unshackled.flow.language.durations import written
from unshackled.flow.language.yaml_marks import SourceLocation
from unshackled.flow.plan.compile import FlowSource
from unshackled.flow.plan.plan import FromLiteral, Plan, PlannedStep

INSPECT: Final = "trade_in.inspect"
ANSWER: Final = "trade_in_answer"
SETTLE: Final = "credit.settle"
WAITS: Final = "upgrade_waits_otherwise"


class PromisedUpgrade(Record):
    """A programme, and the step of a flow that sells by it."""

    source: FlowSource
    step: str
    programme: Programme

    @property
    def mark(self) -> SourceLocation:
        """Where the step says its terms."""
        return self.source.body.at(["steps", self.step, "with"])


class BrokenPromise(Record):
    """What a case flow does otherwise than a programme says."""

    mark: SourceLocation
    code: str
    message: str


def upgrade_promises_kept(
    flows: Sequence[tuple[FlowSource, Plan | None]], report: Diagnostics
) -> None:
    """Each programme has a case that waits as long as it says, and settles where it says so.

    Of several case flows each serves the sales that its `opens.when` names: every programme needs
    one that keeps it, and every such flow a programme that it keeps.
    """
    known = [(source, plan) for source, plan in flows if plan is not None]
    if len(known) < len(flows):
        return  # the one that could not be read may be the case
    promised = [one for source, plan in known for one in _promised(source, plan)]
    cases = [(source, plan) for source, plan in known if _inspects(plan)]
    broken = [[[*_broken(*case, one)] for one in promised] for case in cases]
    for number, one in enumerate(promised):
        if not cases:
            report.add(one.mark, "upgrade_not_inspected", _nobody(one))
        elif all(of_case[number] for of_case in broken):
            _add(broken[0][number], report)
    for of_case in broken:
        if of_case and all(of_case):
            _add(of_case[0], report)


def _add(mistakes: Sequence[BrokenPromise], report: Diagnostics) -> None:
    for one in mistakes:
        report.add(one.mark, one.code, one.message)


def _promised(source: FlowSource, plan: Plan) -> Iterator[PromisedUpgrade]:
    """The programmes by which a flow sells, where the old device comes back."""
    if plan.case is not None or not any(_calls(one, "trade_in.accept") for one in _steps(plan)):
        return
    for step in _steps(plan):
        for literal in step.sources.values():
            value = literal.value if isinstance(literal, FromLiteral) else None
            if isinstance(value, Programme):
                yield PromisedUpgrade(source=source, step=step.name, programme=value)


def _steps(plan: Plan) -> Sequence[PlannedStep]:
    return tuple(plan.steps.values())


def _calls(step: PlannedStep, key: str) -> bool:
    operation = step.definition.operation
    return operation is not None and operation.key == key


def _inspects(plan: Plan) -> bool:
    """Whether a flow is the case of an old device that its sale opens by itself."""
    case = plan.case
    opened = case is not None and case.kind == "trade_in" and "flow" in case.by
    return opened and any(_calls(one, INSPECT) for one in _steps(plan))


def _nobody(one: PromisedUpgrade) -> str:
    return (
        f"{one.step}: the programme {one.programme.name} takes the old device back, and nobody "
        "looks at it: add a flow of the retailer that the sale opens, e.g. "
        "`trade-in: {extends: base/trade-in-inspection}`"
    )


def _broken(source: FlowSource, plan: Plan, one: PromisedUpgrade) -> Iterator[BrokenPromise]:
    programme, flow = one.programme, source.name
    for step in _steps(plan):
        if _calls(step, INSPECT):
            promised = programme.return_within + programme.inspect_within
            terms = (
                f"return_within {written(programme.return_within)} and inspect_within "
                f"{written(programme.inspect_within)}"
            )
            yield from _waits(source, step, promised, terms, one)
        elif step.definition.detail == ANSWER:
            promised = programme.answer_within
            yield from _waits(source, step, promised, "answer_within", one)
    if not any(step.definition.detail == ANSWER for step in _steps(plan)):
        message = (
            f"{flow}: asks the customer nothing, and {_named(one)} gives them "
            f"{written(programme.answer_within)} to answer a lower value (answer_within): add a "
            f"step `collect: {ANSWER}`"
        )
        yield BrokenPromise(mark=source.body.at(["steps"]), code=WAITS, message=message)
    late = programme.settles == "after_inspection"
    if late and not any(_calls(step, SETTLE) for step in _steps(plan)):
        message = (
            f"{flow}: {_named(one)} settles the old agreement after the inspection, and no step "
            f"does: add `call: {SETTLE}`, or extend base/trade-in-settlement"
        )
        mark = source.body.at(["steps"])
        yield BrokenPromise(mark=mark, code="upgrade_not_settled", message=message)


def _waits(
    source: FlowSource, step: PlannedStep, promised: timedelta, terms: str, one: PromisedUpgrade
) -> Iterator[BrokenPromise]:
    """A step that waits for another time, or without an end: only what is skipped ends by it."""
    mark, wanted = source.body.at(["steps", step.name, "deadline"]), written(promised)
    if step.on_decline != "skip":
        message = (
            f"{step.name}: waits without an end, and {_named(one)} says {wanted} ({terms}): write "
            f"`deadline: {wanted}` and `on_decline: skip`"
        )
        yield BrokenPromise(mark=mark, code=WAITS, message=message)
    elif step.deadline != promised:
        message = (
            f"{step.name}: waits {written(step.deadline)}, and {_named(one)} says {wanted} "
            f"({terms}): write `deadline: {wanted}`, or change the programme"
        )
        yield BrokenPromise(mark=mark, code=WAITS, message=message)


def _named(one: PromisedUpgrade) -> str:
    return f"the programme {one.programme.name} of {one.source.name}"
