"""Deciding in a checkout with cases: each command on the run that it is about, by its plan."""

from __future__ import annotations

from datetime import datetime
from typing import Final, TypeVar

from unshackled.domain.checkout import Checkout
from unshackled.domain.records import replace
from unshackled.flow.engine import commands as c
from unshackled.flow.engine.decide import Decision, decide
from unshackled.flow.engine.draft import Rejected
from unshackled.flow.engine.runs.case_start import open_case
from unshackled.flow.engine.runs.checkout_plans import CheckoutPlans
from unshackled.flow.engine.runs.run_views import whole_of

Any_ = TypeVar("Any_", bound=c.Command)
# What is about the sale alone: its package, its price, its confirmation and its customer's data.
OF_SALE: Final = (
    c.ChangePackage,
    c.RenewQuote,
    c.Complete,
    c.JoinQueue,
    c.Erase,
    c.EraseByOperator,
    c.OpenCase,
)
# What names a run by the reference of one of its effects.
BY_REFERENCE: Final = (c.RecordNotice, c.Returned, c.Bounced)


def decide_in(
    plans: CheckoutPlans,
    checkout: Checkout,
    command: c.Command,
    now: datetime,
    *,
    whole: bool = False,
) -> Decision:
    """The events a command leads to, and the whole checkout after them; see `decide`."""
    if isinstance(command, c.OpenCase):
        return open_case(plans, checkout, command, now)
    if checkout.runs and isinstance(command, BY_REFERENCE):
        command = addressed(checkout, command)
    if command.run is None:
        return decide(plans.sale, checkout, command, now, whole=whole)
    _require(checkout, command)
    seen = plans.view_of(checkout, command.run)
    decision = decide(plans.of(checkout, command.run), seen, command, now, whole=whole)
    return replace(decision, checkout=whole_of(decision.checkout))


def addressed(checkout: Checkout, command: Any_) -> Any_:
    """The command with the run that it is about, where its reference tells that."""
    if command.run is not None or not isinstance(command, BY_REFERENCE):
        return command
    return replace(command, run=run_of(checkout, command.reference))


def run_of(checkout: Checkout, reference: str) -> str | None:
    """The run that an effect is of; None where it is the purchase's, or nobody's."""
    for name, run in checkout.runs.items():
        known = reference in run.undos or reference in run.past
        if known or any(step.reference == reference for step in run.steps.values()):
            return name
    return None


def _require(checkout: Checkout, command: c.Command) -> None:
    """Raise `Rejected` for a run that there is not, and for what is no matter of a case."""
    if command.run not in checkout.runs:
        raise Rejected("not_found", f"no case {command.run!r}", allowed=sorted(checkout.runs))
    if isinstance(command, OF_SALE):
        raise Rejected("step_not_due", "that is a matter of the sale, not of a case")
