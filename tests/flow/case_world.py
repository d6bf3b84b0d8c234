"""A sale that is done, and the flows of its cases, for the engine's tests of cases."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

from tests.flow.plans import When, credit_plan, plan_of
from tests.flow.world import ID, EngineHarness
from unshackled.domain.case_opening import CaseWish, WantedLine
from unshackled.domain.case_terms import CaseTerms
from unshackled.domain.checkout import Checkout
from unshackled.domain.ledger import Ledger
from unshackled.domain.records import replace
from unshackled.domain.runs import Run
from unshackled.flow.engine import commands as c
from unshackled.flow.engine.runs.checkout_plans import CheckoutPlans
from unshackled.flow.engine.status import CheckoutView, standing
from unshackled.flow.plan.ledger.checkout_ledger import checkout_ledger
from unshackled.flow.plan.plan import Plan
from unshackled.store.memory import MemoryStore

CLEAR_CASE = CaseWish(by="retailer", reason="goodwill", lines=(WantedLine(part="accessories"),))
HANDSET = CaseWish(by="retailer", reason="changed_mind", lines=(WantedLine(part="handset"),))


def refund_plan(**steps: dict[str, Any]) -> Plan:
    """Money back: nothing before its pivot, a message after it."""
    return plan_of(
        {
            "money": {"rule": "case_money"},
            "refund": {"call": "payment.refund_amount", "needs": ["money"], "pivot": True},
            "told": {"call": "notification.send", "needs": ["refund"], "best_effort": True},
            **steps,
        },
        case=CaseTerms(kind="refund", by=("retailer", "operator")),
    )


def return_plan(
    by: tuple[str, ...] = ("retailer", "customer"),
    within: timedelta | None = timedelta(days=30),
    **steps: dict[str, Any],
) -> Plan:
    """Goods come back: the customer says where the money goes, a parcel is held until the end."""
    return plan_of(
        {
            "account": {"collect": "bank_account"},
            "parcel": {"call": "stock.reserve", "needs": ["account"]},
            "goods": {"call": "orders.accept_return", "needs": ["parcel"]},
            "money": {"rule": "case_money", "needs": ["goods"]},
            "payout": {"call": "payment.payout", "needs": ["money"], "pivot": True},
            "told": {"call": "notification.send", "needs": ["payout"], "best_effort": True},
            **steps,
        },
        case=CaseTerms(kind="return", by=by, within=within),
    )


def inspection_plan() -> Plan:
    """The old device is looked at; the flow itself opens it."""
    return plan_of(
        {"look": {"call": "notification.send", "pivot": True}},
        case=CaseTerms(kind="trade_in", by=("flow",)),
    )


class CaseHarness(EngineHarness):
    """A checkout that is completed, and what happens to it afterwards."""

    def __init__(
        self,
        *cases: Plan,
        store: MemoryStore | None = None,
        plan: Plan | None = None,
    ) -> None:
        """With both kinds of case flows, unless others are given."""
        flows = cases or (refund_plan(), return_plan())
        super().__init__(plan or credit_plan(), store, cases=flows)

    async def sell(self) -> Checkout:
        """Everything up to the order, and what follows it."""
        await self.ready()
        await self.complete()
        checkout = await self.seen()
        assert checkout.completed_at is not None, await self.states()
        return checkout

    async def open(self, kind: str = "refund", wish: CaseWish = CLEAR_CASE, **more: Any) -> str:
        """Open a case; its name."""
        before = set((await self.seen()).runs)
        await self.ask(c.OpenCase(digest=f"sha256:{kind}", wish=wish), **more)
        (new,) = set((await self.seen()).runs) - before
        return new

    async def run_of(self, name: str) -> Run:
        """How a case stands."""
        return (await self.seen()).runs[name]

    async def states_of(self, name: str) -> dict[str, str]:
        """The state of every step of a case."""
        return {key: str(one.state) for key, one in (await self.run_of(name)).steps.items()}

    def plans(self) -> CheckoutPlans:
        """The plans of the sale and of its cases."""
        return CheckoutPlans(self.plan, {one.digest: one for one in self.cases})

    async def standing_of(self, name: str) -> CheckoutView:
        """Status, messages and next actions of a case."""
        checkout, plans = await self.seen(), self.plans()
        return standing(plans.of(checkout, name), plans.view_of(checkout, name), self.clock.now())

    async def data_of(self, type_: str) -> list[dict[str, Any]]:
        """The data of all events of a type."""
        rows = await self.store.events(ID, after=None, limit=1000)
        return [dict(row.data) for row in rows if row.type == type_]

    async def ledger(self) -> Ledger:
        """Who owes whom what, by now."""
        known = {plan.digest: plan for plan in (self.plan, *self.cases)}
        return checkout_ledger(known.__getitem__, await self.seen(), self.clock.now())

    async def restart(self) -> None:
        """The process dies and another one begins with nothing in memory."""
        for task in list(self.engine.tasks):
            task.cancel()
        await asyncio.gather(*self.engine.tasks, return_exceptions=True)
        self.engine = self.fresh_engine()


def of_sale(checkout: Checkout) -> Checkout:
    """All of a checkout that no case may touch."""
    private = replace(checkout.private, runs={})
    return replace(
        checkout, runs={}, private=private, version=0, updated_at=checkout.created_at, problems={}
    )


def wants(share: str) -> When:
    """Some of the case's money goes there."""
    return When(
        lambda seen: bool(seen["steps"]["money"].get(share)),
        reads=frozenset({"money"}),
        source=f"steps.money.{share} > 0",
    )


def moved_in(ledger: Ledger, run: str) -> list[tuple[str, str, str, int]]:
    """What moved in a run: from, to, what, and how much."""
    return [
        (one.sender, one.receiver, one.what, one.amount)
        for one in ledger.entries
        if one.kind == "moved" and one.run == run
    ]
