"""What operators have to look at in a checkout: its steps, and undos of superseded effects."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from unshackled.domain.checkout import Checkout, StepState
from unshackled.domain.records import Record, replace
from unshackled.domain.runs import run_view
from unshackled.domain.states import ATTENTION, EXPIRED, EXPIRED_ON_ARRIVAL, LATE, S

# Outcomes in a row that had ended on arrival before a person should look.
LAPSES: Final = 2


class AttentionItem(Record):
    """One thing that may need a person; `since` is when the step came to stand like this.

    `run` is the case whose step it is, None for the purchase.
    """

    step: str
    state: str
    code: str | None
    provider: str | None
    reference: str | None
    since: datetime
    run: str | None = None


def _expired(checkout: Checkout, name: str, step: StepState) -> AttentionItem:
    """A step that is asked for in vain: its provider's clock, or ours, is wrong."""
    problems = checkout.problems.get(name, ())
    provider = next((one.provider for one in reversed(problems)), None)
    return AttentionItem(
        step=name,
        state=EXPIRED,
        code=EXPIRED_ON_ARRIVAL,
        provider=provider,
        reference=None,
        since=step.ready_at or checkout.updated_at,
    )


def needs_of(checkout: Checkout) -> Iterator[AttentionItem]:
    """What may need a person, in the order of the flow, then failed undos of stray effects.

    After those of the purchase the same of each case.
    """
    for name, step in checkout.steps.items():
        if step.lapses >= LAPSES and step.state is S.READY:
            yield _expired(checkout, name, step)
        elif step.state in ATTENTION:
            yield AttentionItem(
                step=name,
                state=LATE if step.late else str(step.state),
                code=step.code,
                provider=step.provider,
                reference=step.reference,
                since=step.updated_at or checkout.updated_at,
            )
    for reference, undo in checkout.undos.items():
        if undo.failed and undo.goal is None:
            yield AttentionItem(
                step=undo.step,
                state="undo_failed",
                code="stray",
                provider=undo.provider,
                reference=reference,
                since=undo.next_at,
            )
    for run in checkout.runs:
        seen = run_view(checkout, run, {}, {})
        yield from (replace(need, run=run) for need in needs_of(seen))


def attention_of(checkout: Checkout) -> frozenset[str]:
    """The states that a store lists the checkout under."""
    return frozenset(need.state for need in needs_of(checkout))
