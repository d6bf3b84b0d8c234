"""The ways out of a "no": derived from the plan, so that every flow has them without saying so.

What is declined was made of something: data that the customer gave, parts of the package. Each of
it that may still be changed is a way on, and so is another try where the same again makes sense.
What a sent hard search stands on cannot be changed; only the credit can be given up.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final

from unshackled.domain.codec import adapter
from unshackled.domain.package import (
    Accessories,
    CreditTerms,
    HandsetLine,
    Package,
    Selection,
    TariffLine,
    TradeInLine,
)
from unshackled.domain.states import S
from unshackled.flow.engine.action import CustomerAction
from unshackled.flow.engine.data_refusals import mendable, refused, refused_after_yes
from unshackled.flow.engine.draft import Draft
from unshackled.flow.engine.lifetimes import feeds
from unshackled.flow.plan.condition_results import holds
from unshackled.flow.plan.plan import FromCheckout, Plan, PlannedStep
from unshackled.flow.plan.sums import AMOUNT_NOT_TAKEN

Json = Any
PARTS: Final[Mapping[type, str]] = {
    HandsetLine: "handset",
    TariffLine: "tariff",
    CreditTerms: "credit",
    Accessories: "accessories",
    TradeInLine: "trade_in",
}
# A credit's amount is made of these, so they stand as long as the application does.
IN_CREDIT: Final = frozenset({"handset", "credit", "accessories"})
# The same again may end otherwise: somebody was slow, a page was closed, goods came back.
TRY_AGAIN: Final = frozenset(
    {"authentication_failed", "declined", "out_of_stock", "signature_refused", "timed_out"}
)
_PART_READ: Final = re.compile(r"\bpackage\.([a-z_]+)")


def blocked(draft: Draft, step: PlannedStep) -> bool:
    """Whether the customer has to do something about a step that did not come off."""
    if draft.closed or draft.confirmed or step.best_effort:
        return False
    state = draft.state(step.name)
    if refused(step, state):
        return True
    if not mendable(step, state.code):
        return False
    if state.state is S.PENDING:
        # It took the customer's yes back with it; `code` is dropped when something is done.
        return step.downstream_of_confirm and state.code is not None and not state.held
    if state.state is S.WAITING_CUSTOMER and step.definition.action == "choose":
        return not draft.checkout.private.offers.get(step.name)
    return state.state is S.DECLINED and not step.downstream_of_pivot


def made_of(plan: Plan, name: str) -> frozenset[str]:
    """The steps that a step is made of; a person's verdict, which has no request, of all before."""
    step = plan.steps[name]
    return step.ancestors if step.definition.request is None else feeds(plan, name)


def ways(draft: Draft, step: PlannedStep) -> Iterator[CustomerAction]:
    """What the customer can do about a blocked step, the likeliest first."""
    found = [*_corrections(draft, step), *_other_package(draft, step)]
    yield from found
    state = draft.state(step.name)
    if state.state is not S.DECLINED or step.hard_search:
        return
    if not found or state.code in TRY_AGAIN:
        yield CustomerAction(step=step.name, type="retry", due=not found, resolves=(step.name,))


def other_data(draft: Draft, step: PlannedStep) -> Iterator[CustomerAction]:
    """What may be changed although the yes was said; doing so takes the yes back.

    The step waits at a provider's page, which is given up, or it was refused.
    """
    if refused_after_yes(draft, step):
        yield from ways(draft, step)
    elif waits_at_page(draft, step):
        yield from _corrections(draft, step, due=False)


def waits_at_page(draft: Draft, step: PlannedStep) -> bool:
    """Whether a call of after the yes waits for the customer at a provider's page."""
    here = step.downstream_of_confirm and not step.downstream_of_pivot and not step.pivot
    state = draft.state(step.name).state
    hosted = state is S.WAITING_CUSTOMER and step.definition.action is None
    return here and hosted and draft.confirmed and not draft.closed


def takes_yes_back(draft: Draft, given: PlannedStep) -> str | None:
    """Why other data for a step may be taken although the yes was said; None where it may not."""
    for step in draft.plan.steps.values():
        if given.name in made_of(draft.plan, step.name) and given.name not in _searched(draft):
            if waits_at_page(draft, step):
                return "page_given_up"
            if refused_after_yes(draft, step):
                return "refused_after_confirm"
    return None


def answered_by_package(draft: Draft) -> tuple[str, ...]:
    """The steps after the yes whose "no" another package answers: its message goes."""
    return tuple(
        step.name
        for step in draft.plan.steps.values()
        if step.downstream_of_confirm
        and draft.state(step.name).state is S.PENDING
        and blocked(draft, step)
        and next(_other_package(draft, step), None) is not None
    )


def repackages(draft: Draft) -> bool:
    """Whether another package may be taken although the yes was said: one was refused with it."""
    return any(
        refused_after_yes(draft, step) and next(_other_package(draft, step), None) is not None
        for step in draft.plan.steps.values()
    )


def sources_of(draft: Draft, step: PlannedStep) -> frozenset[str]:
    """The steps that other data of could help; where it is the sum, those that add to it."""
    if draft.state(step.name).code != AMOUNT_NOT_TAKEN:
        return made_of(draft.plan, step.name)
    return frozenset(one.name for one in draft.plan.bringing_lines)


def _corrections(draft: Draft, step: PlannedStep, *, due: bool = True) -> Iterator[CustomerAction]:
    """The data that it was made of, to be given anew."""
    sources, fixed = sources_of(draft, step), _searched(draft)
    for one in draft.plan.steps.values():
        kind = one.definition.action
        if one.name not in sources or one.name in fixed or kind not in ("submit", "choose"):
            continue
        if draft.state(one.name).state is not S.PASSED:
            continue
        options = draft.checkout.private.offers.get(one.name)
        if kind == "choose" and len(options or ()) < 2:
            continue
        yield CustomerAction(
            step=one.name,
            type=kind,
            due=due,
            options=options if kind == "choose" else None,
            resolves=(step.name,),
        )


def _searches(draft: Draft) -> list[PlannedStep]:
    """The hard searches that were sent and still stand."""
    return [
        step
        for step in draft.plan.hard_searches
        if draft.state(step.name).sent
        and draft.state(step.name).state is not S.SKIPPED
        and holds(draft.checkout, step) is not False
    ]


def _searched(draft: Draft) -> frozenset[str]:
    """The steps that a sent hard search stands on."""
    found = [made_of(draft.plan, step.name) for step in _searches(draft)]
    return frozenset().union(*found)


def correctable(draft: Draft, step: PlannedStep) -> bool:
    """Whether the customer gave data that a step was made of, and may give other data."""
    return next(_corrections(draft, step), None) is not None


def _other_package(draft: Draft, step: PlannedStep) -> Iterator[CustomerAction]:
    """Another package: parts that may be exchanged, and those that may be left out.

    What was bought stays as it is in a case.
    """
    if draft.case is not None:
        return
    present = _present(draft.checkout.package)
    reads = {
        PARTS[source.fact]
        for source in step.sources.values()
        if isinstance(source, FromCheckout) and source.fact in PARTS
    }
    if draft.state(step.name).code == AMOUNT_NOT_TAKEN:
        reads = {*IN_CREDIT}
    wanted_by = set(_PART_READ.findall(step.when.source)) if step.when is not None else set()
    kept = IN_CREDIT if _searches(draft) else frozenset()
    changes = tuple(part for part in PARTS.values() if part in reads & present - kept)
    dropped = (reads | wanted_by) & present - (kept - {"credit"})
    stands = made_of(draft.plan, step.name) & _searched(draft)
    if reads & present & kept or stands:
        # What the application stands on is free again once the credit is given up.
        dropped |= {"credit"} & present
    patches = tuple(_without(draft, part) for part in PARTS.values() if part in dropped)
    patches = tuple(patch for patch in patches if patch)
    if not changes and not patches:
        return
    yield CustomerAction(
        type="change_package",
        due=True,
        changes=changes,
        patches=patches,
        resolves=(step.name,),
    )


def _present(package: Package) -> frozenset[str]:
    return frozenset(part for part in PARTS.values() if getattr(package, part) is not None)


def _without(draft: Draft, part: str) -> Json:
    """The merge patch that leaves a part out; None where the flow or the rest needs it."""
    optional = _optional(draft.plan)
    present = _present(draft.checkout.package)
    left = present - {part}
    if part not in optional or not left & {"handset", "tariff", "accessories"}:
        return None
    if part == "handset" and "credit" in present:
        return {"package": {"handset": None, "credit": None}} if "credit" in optional else None
    return {"package": {part: None}}


def _optional(plan: Plan) -> frozenset[str]:
    """The parts that a package may do without; a flow of before they were said has its extras."""
    if plan.sells is None:
        return frozenset({"credit", "accessories", "trade_in"})
    return frozenset(part for part, how in plan.sells.items() if how == "optional")


def patch_schema(changes: tuple[str, ...], patches: tuple[Json, ...]) -> Json:
    """The JSON Schema of the merge patch: only what may be exchanged or left out."""
    whole = _selection()
    names = [*changes, *(part for patch in patches for part in patch["package"])]
    known = {name: whole["properties"][name] for name in dict.fromkeys(names)}
    parts = {name: shape if name in changes else {"type": "null"} for name, shape in known.items()}
    package = {
        "type": "object",
        "properties": parts,
        "additionalProperties": False,
        "minProperties": 1,
    }
    schema = {
        "type": "object",
        "properties": {"package": package},
        "required": ["package"],
        "additionalProperties": False,
    }
    return {**schema, "$defs": whole["$defs"]} if changes and "$defs" in whole else schema


@cache
def _selection() -> Json:
    """The JSON Schema of what is chosen, made once: it costs more than a decision."""
    return adapter(Selection).json_schema()
