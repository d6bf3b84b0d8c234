"""What the customer can do next, in the order to do it: what is due first, the end last."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from msgspec.structs import replace

from unshackled.domain import form
from unshackled.domain.checkout import StepState
from unshackled.domain.customer.credit_information import information_form
from unshackled.domain.memo import Memo
from unshackled.domain.states import CUSTOMER_DUE, S
from unshackled.domain.waiting_room import QueuePlace
from unshackled.flow.engine.action import CustomerAction
from unshackled.flow.engine.admission.turns import outside
from unshackled.flow.engine.draft import Draft
from unshackled.flow.engine.lifetimes import renewable
from unshackled.flow.engine.papers.recording import viewed
from unshackled.flow.engine.ways_on import blocked, other_data, patch_schema, ways
from unshackled.flow.plan.condition_results import holds
from unshackled.flow.plan.plan import PlannedStep
from unshackled.messages import worded_schema
from unshackled.steps import StepContext

# Actions with a body, and those of them that are about a document.
FORMS: Final = frozenset({"submit", "choose", "show", "confirm"})
INFORMATION: Final = "credit_information"
DOCUMENTED: Final = frozenset({"submit", "show"})

_ACTIONS: Final[Memo[tuple[CustomerAction, ...]]] = Memo(64)


def next_actions(draft: Draft) -> tuple[CustomerAction, ...]:
    """Every action there is, without the forms and documents that only the customer needs."""
    plan, checkout = draft.plan, draft.checkout
    return _ACTIONS.get(plan, checkout, make=lambda: tuple(_next_actions(draft)))


def _next_actions(draft: Draft) -> Iterator[CustomerAction]:
    erasure = draft.checkout.erasure
    if draft.checkout.canceled is None and (erasure is None or not erasure.whole):
        if draft.checkout.queue is not None and outside(draft):
            yield from _outside(draft.checkout.queue)
        else:
            yield from _merged([*_ways_out(draft), *_of_steps(draft)])
        yield from _end(draft)


def _outside(place: QueuePlace) -> Iterator[CustomerAction]:
    """Whoever lost their turn in the waiting room may take another place."""
    if place.lapsed_at is not None:
        yield CustomerAction(type="queue", due=True)


def _ways_out(draft: Draft) -> Iterator[CustomerAction]:
    for step, _ in draft.in_question():
        yield from ways(draft, step) if blocked(draft, step) else other_data(draft, step)


def _of_steps(draft: Draft) -> Iterator[CustomerAction]:
    for step in draft.progress.unfinished:
        state = draft.checkout.steps[step.name]
        if state.state in CUSTOMER_DUE and _may_act(step, state):
            action = _action(draft, step, state)
            if action is not None:
                yield action


def _may_act(step: PlannedStep, state: StepState) -> bool:
    """Whether it is the customer's turn, or may be: with a form that is sent early, or again."""
    return step.early or state.held or state.state is S.WAITING_CUSTOMER


def _merged(actions: Iterable[CustomerAction]) -> Iterator[CustomerAction]:
    """One action of each id: it may be a way out for more than one step."""
    by_id: dict[str, CustomerAction] = {}
    for action in actions:
        known = by_id.get(action.id)
        by_id[action.id] = action if known is None else _both(known, action)
    return iter(by_id.values())


def described(draft: Draft, action: CustomerAction) -> CustomerAction:
    """The action with its form, and what is shown with it, in the language of the checkout.

    A change of the package says what its body may be, of all the steps that it is about.
    """
    locale = draft.checkout.locale
    if action.type == "change_package":
        schema = patch_schema(action.changes, action.patches)
        return replace(action, schema=worded_schema(schema, locale))
    if action.step is None or action.type not in FORMS:
        return action
    step = draft.plan.steps[action.step]
    if wanted := draft.state(step.name).wanted:
        schema = worded_schema(form.schema(information_form(wanted)), locale, INFORMATION)
        return replace(action, schema=schema)
    view = _view(draft, step)
    asked = step.definition.schema() if view is None else step.definition.due_schema(view)
    return replace(
        action,
        schema=worded_schema(asked, locale, step.definition.detail),
        document=step.definition.document(view) if view is not None else None,
    )


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


def _action(draft: Draft, step: PlannedStep, state: StepState) -> CustomerAction | None:
    if renewable(draft, step):
        return CustomerAction(step=step.name, type="renew", due=True)
    if state.state is S.WAITING_CUSTOMER:
        return _due_action(draft, step)
    if not step.early or draft.checkout.private.inputs.get(step.name) is not None:
        return None
    wanted = holds(draft.checkout, step)
    if wanted is False:
        return None
    return CustomerAction(step=step.name, type="submit", due=False, conditional=wanted is None)


def _due_action(draft: Draft, step: PlannedStep) -> CustomerAction | None:
    kind = step.definition.action
    if kind is None and draft.state(step.name).wanted:
        return CustomerAction(step=step.name, type="submit", due=True)
    if kind is None:
        url = draft.checkout.private.links.get(step.name)
        return CustomerAction(step=step.name, type="redirect", due=True, url=url)
    options = draft.checkout.private.offers.get(step.name)
    if (kind == "confirm" and not draft.needs_settled(step)) or (kind == "choose" and not options):
        return None
    about = kind in DOCUMENTED and step.definition.request is not None
    if about and not draft.upstream_settled(step):
        return None
    return CustomerAction(step=step.name, type=kind, due=True, options=options)


def _view(draft: Draft, step: PlannedStep) -> StepContext | None:
    """What an action that is due is about; None for one of which nothing more is known."""
    kind, request = step.definition.action, step.definition.request
    if step.definition.by_market:
        return StepContext(now=draft.local_now, market=draft.plan.market)
    if draft.state(step.name).state is not S.WAITING_CUSTOMER:
        return None
    if kind not in DOCUMENTED or request is None:
        return None
    return viewed(draft, step, step.build(draft.checkout))
