"""What is owed by the decisions of cases, and which contracts of the sale they end."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from functools import partial
from typing import Any, Final, TypeAlias

from unshackled.domain.case_money import CaseMoney, InstalmentsRefund, with_instalments
from unshackled.domain.checkout import Checkout
from unshackled.domain.credit_withdrawal import interest_until
from unshackled.domain.ledger import LedgerEntry, Party
from unshackled.domain.run_records import Run
from unshackled.domain.states import S
from unshackled.flow.plan.cases.later_charges import is_charged
from unshackled.flow.plan.ledger.debts import fact_of
from unshackled.flow.plan.plan import Plan
from unshackled.ports.credit import ROUNDING
from unshackled.ports.trade_in_rules import TradeInOutcome

Owed: TypeAlias = Callable[..., Iterator[LedgerEntry]]
# Operations that end a contract: what it would have cost from then on is not owed.
ENDS_CREDIT: Final = "credit.end"
# What pays out the value of a device.
PAYS_OUT: Final = "payment.payout"
REPAYS_CREDIT: Final = "credit.repayment"
ENDS_AIRTIME: Final = "sim.stop"


def case_debts(
    plan: Plan, sale: Checkout, name: str, run: Run, *, promised: int = 0
) -> Iterator[LedgerEntry]:
    """What the decision of a case makes each owe; nothing where it was canceled.

    On withdrawal the lender's figures count once it has told them, where ours are the same but for
    rounding. `promised` is what the buyer of the old device promised with the order.
    """
    if run.canceled is not None:
        return
    inspection, found = fact_of(plan, run, TradeInOutcome), fact_of(plan, run, CaseMoney)
    if inspection is not None:
        owed, after = _owed_by(plan, name, run, inspection[0]), inspection[1]
        yield from _inspected(owed, after)
        yield from _difference(owed, after.charge, charged=is_charged(plan, run.steps))
        yield from _bought(owed, after, promised)
        yield from _paid_out(owed, plan, run, after.pay_out)
    elif found is not None:
        owed = _owed_by(plan, name, run, found[0])
        instalments = fact_of(plan, run, InstalmentsRefund)
        money = with_instalments(found[1], instalments[1] if instalments is not None else None)
        yield from _given_back(owed, money, _told(plan, run, ENDS_CREDIT))
        yield from _paid_out(owed, plan, run, money.trade_in)
        yield from _withdrawn(owed, plan, sale, run, found[1])


def _owed_by(plan: Plan, name: str, run: Run, step: str) -> Owed:
    """Makes entries of what a step of a case decided, at the moment when it did.

    They have a day from the case's pivot on: until the goods are here, say, it may still end.
    """
    at, done_at = run.steps[step].updated_at or run.opened.opened_at, run.completed_at
    counts_from = plan.local(done_at).date() if done_at is not None else None
    return partial(_case_entry, run=name, step=step, at=at, counts_from=counts_from)


def _inspected(owed: Owed, after: TradeInOutcome) -> Iterator[LedgerEntry]:
    """What the old device turned out to be worth: for the lender and the customer."""
    yield from owed("retailer", "lender", "settlement", after.settle)


def _difference(owed: Owed, amount: int, *, charged: bool) -> Iterator[LedgerEntry]:
    """What the customer owes of it: by the payment of the sale, else to whoever collects it."""
    receiver: Party = "payment" if charged else "retailer"
    what = "trade_in_difference"
    # Of what a person collects no step hears.
    yield from owed("customer", receiver, what, amount, elsewhere=not charged)
    if charged:
        yield from owed("payment", "retailer", "payout", amount, elsewhere=True)


def _bought(owed: Owed, after: TradeInOutcome, promised: int) -> Iterator[LedgerEntry]:
    """What the buyer of the old device owes more, or less, than it promised: both stay to be seen.

    Together they come to what the device is worth, nothing where it never came or went back.
    """
    more = after.worth - promised
    both: tuple[Party, Party] = ("recycler", "retailer") if more > 0 else ("retailer", "recycler")
    yield from owed(*both, "trade_in_adjustment", abs(more), elsewhere=True)


def _given_back(owed: Owed, money: CaseMoney, ended: Mapping[str, Any]) -> Iterator[LedgerEntry]:
    """What goes back to the payment and to the lender, and what each hands on."""
    yield from owed("payment", "customer", "refund", money.payment)
    yield from owed("retailer", "payment", "refund", money.payment, elsewhere=True)
    yield from owed("retailer", "lender", "credit_returned", money.lender)
    onward = _either(money.customer, ended.get("customer"))
    yield from owed("lender", "customer", "instalments_returned", onward)


def _paid_out(owed: Owed, plan: Plan, run: Run, amount: int) -> Iterator[LedgerEntry]:
    """The value of an old device that is the customer's: by the payment of the sale.

    Where nothing was paid, so that there is none, a person pays it: no step hears of that.
    """
    if _has_way(plan, run):
        yield from owed("payment", "customer", "trade_in", amount)
        yield from owed("retailer", "payment", "trade_in", amount, elsewhere=True)
    else:
        yield from owed("retailer", "customer", "trade_in", amount, elsewhere=True)


def _has_way(plan: Plan, run: Run) -> bool:
    """Whether a step pays out, or is still to."""
    return any(
        step.definition.operation is not None
        and step.definition.operation.key == PAYS_OUT
        and run.steps[step.name].state is not S.SKIPPED
        for step in plan.steps.values()
    )


def _withdrawn(
    owed: Owed, plan: Plan, sale: Checkout, run: Run, money: CaseMoney
) -> Iterator[LedgerEntry]:
    """What the customer owes the lender: of the day they repaid it, else of the decision's."""
    if not money.owed:
        return
    ended, repaid = _told(plan, run, ENDS_CREDIT), _told(plan, run, REPAYS_CREDIT)
    amount = _either(money.owed, ended.get("owed"))
    day = _day(repaid.get("repaid_on"))
    if day is not None:
        amount = _either(_owed_on(sale, money, day), repaid.get("amount"))
    due = _day(ended.get("repay_by")) or money.repay_by
    yield from owed("customer", "lender", "credit_repaid", amount, due=due)


def _owed_on(sale: Checkout, money: CaseMoney, day: date) -> int:
    """What was decided, with the interest until another day."""
    rate, drawn_on = sale.quote.rate_percent, money.drawn_on
    if rate is None and sale.package.credit is not None:
        rate = sale.package.credit.apr_percent
    if rate is None or drawn_on is None or day < drawn_on:
        return money.owed
    interest = interest_until(money.capital, rate, drawn_on, day)
    return money.owed + interest - money.interest


def _either(ours: int, lenders: object) -> int:
    """The lender's sum where it is ours but for rounding, else ours: then the two are not even."""
    if isinstance(lenders, int) and abs(lenders - ours) <= ROUNDING:
        return lenders
    return ours


def _case_entry(
    sender: Party,
    receiver: Party,
    what: str,
    amount: int,
    *,
    run: str,
    step: str,
    at: datetime,
    counts_from: date | None,
    due: date | None = None,
    elsewhere: bool = False,
) -> Iterator[LedgerEntry]:
    if amount:
        yield LedgerEntry(
            kind="owed",
            at=at,
            run=run,
            step=step,
            sender=sender,
            receiver=receiver,
            what=what,
            amount=amount,
            due=None if elsewhere or counts_from is None else due or counts_from,
            elsewhere=elsewhere,
        )


def _told(plan: Plan, run: Run, key: str) -> Mapping[str, Any]:
    """What the lender said of the end of an agreement, or of its repayment; nothing before it."""
    for name, step in plan.steps.items():
        operation, state = step.definition.operation, run.steps.get(name)
        called = operation is not None and operation.key == key
        if called and state is not None and state.state is S.PASSED and state.output is not None:
            return state.output
    return {}


def _day(text: object) -> date | None:
    return date.fromisoformat(text) if isinstance(text, str) else None


def contracts_ended(plan: Plan, run: Run) -> frozenset[str]:
    """The contracts of the sale that a case ended: `credit`, `airtime`."""
    ends = {ENDS_CREDIT: "credit", ENDS_AIRTIME: "airtime"}
    found = set()
    for name, step in plan.steps.items():
        operation, state = step.definition.operation, run.steps.get(name)
        if operation is not None and state is not None and state.state is S.PASSED:
            found.add(ends.get(operation.key, ""))
    return frozenset(found - {""})
