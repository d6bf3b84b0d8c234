"""A provider's problems in a checkout: reported once, and kept for `ops show`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from unshackled.domain.checkout import Checkout
from unshackled.domain.provider_problem import ProviderProblem
from unshackled.domain.runs import RunView
from unshackled.flow.engine.draft import Draft
from unshackled.flow.plan.plan import PlannedStep
from unshackled.telemetry import Meters, Where, get_logger, tell_problem
from unshackled.telemetry.checkout_trace import span_context

# Fields of inputs that are no person's: a token of a vendor's page may be named after its use.
_NOBODYS: Final = frozenset({"token"})
log = get_logger(__name__)


def personal_of(checkout: Checkout) -> Iterator[str]:
    """What a vendor must not repeat in its marks: what the customer typed, and who they are.

    In a case also what they typed for its sale.
    """
    if isinstance(checkout, RunView):
        yield from personal_of(checkout.sale)
    yield checkout.private.customer_ref or ""
    for body in checkout.private.inputs.values():
        yield from _texts(body)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for name, one in value.items():
            if name not in _NOBODYS:
                yield from _texts(one)
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _texts(one)
    elif isinstance(value, str):
        yield value


def first_trace(checkout: Checkout) -> str | None:
    """The trace id of the request that began the checkout."""
    first = span_context(checkout.trace)
    return format(first.trace_id, "032x") if first else None


def gave_up(
    draft: Draft, step: PlannedStep, outcome: str, code: str, provider: str | None = None
) -> None:
    """Note what no call tells of: the time that a provider had is over, or what it gave was."""
    state, operation = draft.state(step.name), step.definition.operation
    if operation is None:
        return
    problem = ProviderProblem(
        at=draft.now,
        outcome=outcome,
        code=code,
        provider=provider or state.provider,
        operation=operation.key,
        reference=state.reference,
        trace_id=first_trace(draft.checkout),
        attempt=max(state.attempt, 1),
    )
    draft.note(step.name, problem)


def noted_where(draft: Draft) -> tuple[tuple[Where, ProviderProblem], ...]:
    """The problems that no line was written about yet, each with whose it is."""
    return tuple([(where(draft.checkout, step), problem) for step, problem in draft.noted])


def tell_noted(meters: Meters, noted: Iterable[tuple[Where, ProviderProblem]]) -> None:
    """A line for each problem that was noted, once it is committed; the same again only counts."""
    for found, problem in noted:
        if problem.times == 1:
            tell_problem(log, meters, found, problem)
        else:
            meters.failed(found.fields(), problem)


def where(checkout: Checkout, step: str) -> Where:
    """Whose problem it is."""
    return Where(account=checkout.account, flow=checkout.flow, step=step, checkout=checkout.id)
