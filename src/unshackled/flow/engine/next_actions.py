"""What the customer can do next, in the order to do it: what is due first, the end last."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from unshackled.domain.checkout import StepState
from unshackled.domain.states import CUSTOMER_DUE, NOT_BEGUN, S
from unshackled.flow.engine.action import CustomerAction
from unshackled.flow.engine.draft import Draft
from unshackled.flow.engine.lifetimes import renewable
from unshackled.flow.engine.ways_on import blocked, other_data, patch_schema, ways
from unshackled.flow.plan.condition_results import holds
from unshackled.flow.plan.plan import PlannedStep
from unshackled.messages import worded_schema
from unshackled.steps import Json, StepContext


def next_actions(draft: Draft, *, schemas: bool = True) -> tuple[CustomerAction, ...]:
    """Every action there is; without `schemas` only what a status is derived from."""
    if draft.checkout.canceled is not None:
        return ()
    found = [*_ways_out(draft, schemas=schemas), *_of_steps(draft, schemas=schemas)]
    merged = _merged(found)
    return (*(_described(draft, one) if schemas else one for one in merged), *_end(draft))


def _ways_out(draft: Draft, *, schemas: bool) -> Iterator[CustomerAction]:
    for step, _ in draft.in_question():
        if blocked(draft, step):
            yield from ways(draft, step, schemas=schemas)
        else:
            yield from other_data(draft, step, schemas=schemas)


def _of_steps(draft: Draft, *, schemas: bool) -> Iterator[CustomerAction]:
    for step in draft.plan.steps.values():
        state = draft.checkout.steps[step.name]
        if state.state in CUSTOMER_DUE and _may_act(step, state):
            action = _action(draft, step, state, schemas=schemas)
            if action is not None:
                yield action


def _may_act(step: PlannedStep, state: StepState) -> bool:
    """Whether it is the customer's turn, or may be: with a form that is sent early, or again."""
    early = step.definition.action == "submit" and step.definition.request is None
    return early or state.held or state.state is S.WAITING_CUSTOMER


def _merged(actions: Iterable[CustomerAction]) -> Iterator[CustomerAction]:
    """One action of each id: it may be a way out for more than one step."""
    by_id: dict[str, CustomerAction] = {}
    for action in actions:
        known = by_id.get(action.id)
        by_id[action.id] = action if known is None else _both(known, action)
    return iter(by_id.values())


def _described(draft: Draft, action: CustomerAction) -> CustomerAction:
    """A form in the language of the checkout.

    A change of the package says what its body may be, of all the steps that it is about.
    """
    schema, subject = action.schema, "-"
    if action.type == "change_package":
        schema = patch_schema(action.changes, action.patches)
    elif action.step is not None:
        subject = draft.plan.steps[action.step].definition.detail
    return replace(action, schema=worded_schema(schema, draft.checkout.locale, subject))


def _both(one: CustomerAction, other: CustomerAction) -> CustomerAction:
    changes = tuple(dict.fromkeys((*one.changes, *other.changes)))
    patches = (*one.patches, *(patch for patch in other.patches if patch not in one.patches))
    return replace(
        one,
        due=one.due or other.due,
        changes=changes,
        patches=patches,
        resolves=tuple(dict.fromkeys((*one.resolves, *other.resolves))),
    )


def _end(draft: Draft) -> Iterator[CustomerAction]:
    """The customer may leave until the order is being placed."""
    if draft.checkout.completed_at is None and not draft.pivot_sent:
        yield CustomerAction(type="cancel", due=False)


def _action(
    draft: Draft, step: PlannedStep, state: StepState, *, schemas: bool
) -> CustomerAction | None:
    if renewable(draft, step):
        return CustomerAction(step=step.name, type="renew", due=True)
    if state.state is S.WAITING_CUSTOMER:
        return _due_action(draft, step, schemas=schemas)
    early = state.state in NOT_BEGUN and step.definition.action == "submit"
    early = early and step.definition.request is None
    if not early or draft.checkout.private.inputs.get(step.name) is not None:
        return None
    wanted = holds(draft.checkout, step)
    if wanted is False:
        return None
    schema = step.definition.schema() if schemas else None
    return CustomerAction(
        step=step.name, type="submit", due=False, conditional=wanted is None, schema=schema
    )


def _due_action(draft: Draft, step: PlannedStep, *, schemas: bool) -> CustomerAction | None:
    kind = step.definition.action
    if kind is None:
        url = draft.checkout.private.links.get(step.name)
        return CustomerAction(step=step.name, type="redirect", due=True, url=url)
    options = draft.checkout.private.offers.get(step.name)
    if (kind == "confirm" and not draft.needs_settled(step)) or (kind == "choose" and not options):
        return None
    document = None
    if kind in ("show", "submit") and step.definition.request is not None:
        if not draft.upstream_settled(step):
            return None
        document = _document(draft, step) if schemas else None
    return CustomerAction(
        step=step.name,
        type=kind,
        due=True,
        schema=step.definition.schema() if schemas else None,
        options=options,
        document=document,
    )


def _document(draft: Draft, step: PlannedStep) -> Json:
    """What is shown with the action, in the language of the checkout."""
    request, locale = step.build(draft.checkout), draft.checkout.locale
    return step.definition.document(
        StepContext(request=request, now=draft.local_now, locale=locale)
    )
