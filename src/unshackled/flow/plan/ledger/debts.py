"""What is owed by the quote that the customer agreed to."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from functools import partial
from typing import TypeVar

from unshackled.domain.checkout import Checkout
from unshackled.domain.codec import decode
from unshackled.domain.facts import Fact
from unshackled.domain.ledger import LedgerEntry, PaymentTerms
from unshackled.domain.run_records import StepState
from unshackled.domain.schedule import PaymentSchedule
from unshackled.domain.states import REPORTED, S
from unshackled.flow.plan.ledger.movements import RunSnapshot
from unshackled.flow.plan.plan import Plan
from unshackled.ports.credit import SettlementDue
from unshackled.ports.trade_in import TradeInAccepted

F = TypeVar("F", bound=Fact)


def purchase_debts(
    plan: Plan, checkout: Checkout, ended: frozenset[str], *, inspected: bool
) -> Iterator[LedgerEntry]:
    """What the purchase makes each owe; nothing before the customer's yes, or after a cancel.

    `ended` are the contracts that a case ended, `credit` or `airtime`; `inspected` says that a case
    decided what the old device is worth.
    """
    agreed_at = _agreed_at(plan, checkout)
    if agreed_at is None:
        return
    today = plan.local(agreed_at).date()
    owed = partial(LedgerEntry, kind="owed", at=agreed_at, run=checkout.run, step=plan.confirm)
    if checkout.quote.due_today:
        amount = checkout.quote.due_today
        yield owed(
            sender="customer", receiver="payment", what="due_today", amount=amount, due=today
        )
        yield owed(
            sender="payment", receiver="retailer", what="payout", amount=amount, elsewhere=True
        )
    if checkout.completed_at is not None:
        yield from _after_the_order(plan, checkout, ended, inspected=inspected)


def _agreed_at(plan: Plan, checkout: Checkout) -> datetime | None:
    """When the price was agreed to; None while it is not, or not any more."""
    if checkout.canceled is not None:
        return None
    state = checkout.steps.get(plan.confirm or "")
    if state is not None and state.state is S.PASSED:
        return state.updated_at or checkout.completed_at
    return checkout.completed_at


def _after_the_order(
    plan: Plan, checkout: Checkout, ended: frozenset[str], *, inspected: bool
) -> Iterator[LedgerEntry]:
    """What is owed from the order on: the credit, its instalments, airtime, settlement, devices."""
    at = checkout.completed_at or checkout.updated_at
    today, package = plan.local(at).date(), checkout.package
    owed = partial(LedgerEntry, kind="owed", at=at, run=checkout.run, step=plan.pivot)
    if package.credit is not None:
        lent = package.credit.amount
        yield owed(sender="lender", receiver="retailer", what="credit", amount=lent, due=today)
    if package.credit is not None and "credit" not in ended:
        yield owed(
            sender="customer",
            receiver="lender",
            what="instalments",
            amount=sum(package.credit.instalments.amounts),
            elsewhere=True,
            terms=_terms(plan, checkout, "credit", package.credit.months),
        )
    if package.tariff is not None and "airtime" not in ended:
        yield owed(
            sender="customer",
            receiver="telco",
            what="airtime",
            amount=package.tariff.total,
            elsewhere=True,
            terms=_terms(plan, checkout, "tariff", package.tariff.term_months),
        )
    yield from _settlement(plan, checkout, at, today, inspected=inspected)
    yield from _old_device(plan, checkout, at, inspected=inspected)


def _terms(plan: Plan, checkout: Checkout, part: str, payments: int) -> PaymentTerms:
    """How many payments there are, with their days where a schedule of the flow has them."""
    for name, step in plan.steps.items():
        if step.definition.output is PaymentSchedule:
            schedule = _fact(PaymentSchedule, checkout.steps[name])
            if schedule is not None and schedule.part == part and schedule.payments:
                return PaymentTerms(
                    payments=len(schedule.payments),
                    first=schedule.payments[0].due,
                    last=schedule.payments[-1].due,
                )
    return PaymentTerms(payments=payments)


def _settlement(
    plan: Plan, checkout: Checkout, at: datetime, day: date, *, inspected: bool
) -> Iterator[LedgerEntry]:
    """What the lender gets of the old agreement: the figure that was agreed to with the quote.

    Where the programme settles after the inspection, it has no day until that is decided.
    """
    found = fact_of(plan, checkout, SettlementDue)
    if found is None or not found[1].to_lender:
        return
    step, settlement = found
    waits = _settles_later(settlement)
    if waits and inspected:
        return
    yield LedgerEntry(
        kind="owed",
        at=at,
        run=checkout.run,
        step=step,
        sender="retailer",
        receiver="lender",
        what="settlement",
        amount=settlement.to_lender,
        due=None if waits else day,
    )


def _settles_later(settlement: SettlementDue) -> bool:
    """Whether it is settled once the old device was inspected."""
    programme = settlement.programme
    return programme is not None and programme.settles == "after_inspection"


def _old_device(
    plan: Plan, checkout: Checkout, at: datetime, *, inspected: bool
) -> Iterator[LedgerEntry]:
    """What the buyer of the old device promised, and what the customer has of it once inspected."""
    found = fact_of(plan, checkout, TradeInAccepted)
    owed = partial(LedgerEntry, kind="owed", at=at, run=checkout.run)
    if found is not None:
        yield owed(
            step=found[0],
            sender="recycler",
            receiver="retailer",
            what="trade_in",
            amount=found[1].amount,
            elsewhere=True,
        )
    rest = checkout.quote.trade_in_estimate - _traded_in(checkout)
    if rest > 0 and not inspected:
        yield owed(
            step=plan.pivot, sender="payment", receiver="customer", what="trade_in", amount=rest
        )


def _traded_in(checkout: Checkout) -> int:
    """What the old device paid of the handset already."""
    credit, handset = checkout.package.credit, checkout.package.handset
    if credit is None or handset is None:
        return 0
    return max(0, handset.price - credit.deposit - credit.for_goods)


def fact_of(plan: Plan, snapshot: RunSnapshot, fact: type[F]) -> tuple[str, F] | None:
    """The last step of a run that gives a fact, and the fact; None where there is none now."""
    step = plan.output_steps.get(fact)
    known = _fact(fact, snapshot.steps.get(step or ""))
    return (step, known) if step is not None and known is not None else None


def _fact(fact: type[F], state: StepState | None) -> F | None:
    if state is None or state.output is None or state.state not in REPORTED:
        return None
    return decode(fact, state.output)
