"""What is due in a checkout with cases: the work of every run, and the least of their moments."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from unshackled.domain.checkout import Checkout
from unshackled.domain.records import replace
from unshackled.domain.runs import Run
from unshackled.domain.states import WAITING
from unshackled.flow.engine.due import Work, due
from unshackled.flow.engine.runs.checkout_plans import CheckoutPlans


def due_in(
    plans: CheckoutPlans, checkout: Checkout, now: datetime
) -> tuple[Sequence[Work], datetime | None]:
    """The work whose time has come in any run, and the next moment of all; see `due`."""
    works, wake_at = due(plans.sale, checkout, now)
    if not checkout.runs:
        return works, wake_at
    moments, every = [wake_at], [*works]
    for name in moving_runs(checkout):
        found, at = due(plans.of(checkout, name), plans.view_of(checkout, name), now)
        every += [replace(work, run=name) for work in found]
        moments.append(at)
    return every, min((at for at in moments if at is not None), default=None)


def all_over(checkout: Checkout) -> bool:
    """Whether every case has ended, and nothing of it will move any more."""
    return all(run.over for run in checkout.runs.values())


def moving_runs(checkout: Checkout) -> Iterator[str]:
    """The cases of which something may still become due."""
    return (name for name, run in checkout.runs.items() if _moves(run))


def _moves(run: Run) -> bool:
    return not run.over or any(step.state in WAITING for step in run.steps.values())
