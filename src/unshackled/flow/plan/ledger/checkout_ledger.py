"""The ledger of a whole checkout: its purchase and each of its cases."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from unshackled.domain.case_money import CaseMoney
from unshackled.domain.checkout import Checkout
from unshackled.domain.ledger import Ledger, LedgerEntry, ledger_of
from unshackled.domain.run_records import Run
from unshackled.flow.plan.ledger.case_debts import case_debts, contracts_ended
from unshackled.flow.plan.ledger.contracts_held import contracts
from unshackled.flow.plan.ledger.debts import fact_of, purchase_debts
from unshackled.flow.plan.ledger.movements import RunSnapshot, movements
from unshackled.flow.plan.plan import Plan
from unshackled.ports.trade_in import TradeInAccepted
from unshackled.ports.trade_in_rules import TradeInOutcome

# The plan of a flow by its digest.
PlanOf = Callable[[str], Plan]


def checkout_ledger(plan_of: PlanOf, checkout: Checkout, now: datetime) -> Ledger:
    """Who owes whom what at `now`, and what moved, from the snapshot alone."""
    plan = plan_of(checkout.digest)
    cases = {name: plan_of(run.digest) for name, run in checkout.runs.items()}
    return ledger_of(
        _entries(plan, checkout, cases),
        currency=checkout.currency,
        day=plan.local(now).date(),
        contracts=[
            *contracts(plan, checkout.run, checkout),
            *(
                one
                for name, of_case in cases.items()
                for one in contracts(of_case, name, checkout.runs[name])
            ),
        ],
    )


def _entries(plan: Plan, checkout: Checkout, cases: dict[str, Plan]) -> Iterator[LedgerEntry]:
    runs = checkout.runs
    ended = frozenset(
        one for name, of_case in cases.items() for one in contracts_ended(of_case, runs[name])
    )
    inspected = any(_inspects(of_case, runs[name]) for name, of_case in cases.items())
    debts = list(purchase_debts(plan, checkout, ended, inspected=inspected))
    yield from _run(plan, checkout.run, checkout, debts)
    accepted = fact_of(plan, checkout, TradeInAccepted)
    promised = accepted[1].amount if accepted is not None else 0
    for name, of_case in cases.items():
        debts = list(case_debts(of_case, checkout, name, runs[name], promised=promised))
        yield from _run(of_case, name, runs[name], debts)


def _inspects(plan: Plan, run: Run) -> bool:
    """Whether a case decided what the old device is worth."""
    if run.canceled is not None:
        return False
    money = run.opened.kind == "trade_in" and fact_of(plan, run, CaseMoney) is not None
    return money or fact_of(plan, run, TradeInOutcome) is not None


def _run(
    plan: Plan, name: str, snapshot: RunSnapshot, debts: list[LedgerEntry]
) -> Iterator[LedgerEntry]:
    """What is owed by a run, and what moved in it."""
    yield from debts
    yield from movements(plan, name, snapshot, {one.what: one.amount for one in debts})
