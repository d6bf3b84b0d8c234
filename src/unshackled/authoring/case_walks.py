"""Every outcome of every step of a case flow, on a sale of the same retailer that went well."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from unshackled.authoring.flow_walks import (
    Ending,
    SimulatedCheckout,
    Trouble,
    Verdict,
    outcomes,
    status_of,
)
from unshackled.domain.case_opening import CaseWish
from unshackled.domain.checkout import Checkout
from unshackled.domain.records import replace
from unshackled.flow.engine import commands as c
from unshackled.flow.engine.runs.checkout_plans import CheckoutPlans
from unshackled.flow.engine.status import CheckoutView, CustomerAction, standing
from unshackled.flow.plan.cases.serving import serves
from unshackled.flow.plan.plan import Plan
from unshackled.ports.operation import Doubt
from unshackled.testing.answering import command_for


class NoSaleToServe(ValueError):
    """No flow of the retailer makes a sale that the case flow is for."""


class SimulatedCase(SimulatedCheckout):
    """A sale that is done, and one case of it; whoever has to do something in it does it."""

    def __init__(self, sale: Plan, flow: Plan) -> None:
        """The sale has not begun yet."""
        super().__init__(sale)
        self.flow = flow
        self.case: str | None = None

    def by_digest(self, digest: str) -> Plan:
        """The plan of the sale, or of the case."""
        return self.flow if digest == self.flow.digest else self.plan

    async def sell(self) -> bool:
        """Everything goes well; whether the flow is for what came of it."""
        await self.begin()
        await self.live()
        sale = await self.snapshot()
        return sale.completed_at is not None and serves(self.flow, sale, self.plan)

    async def open(self) -> None:
        """Open a case about all that it may be about, by the first who may."""
        by = self.flow.case.by[0] if self.flow.case is not None else "retailer"
        self.tried.clear()
        await self.ask(c.OpenCase(digest=self.flow.digest, wish=CaseWish(by=by)))
        self.case = [*(await self.snapshot()).runs][-1]

    async def case_view(self) -> Checkout:
        """The case as a checkout; before it is opened, the sale."""
        plans = CheckoutPlans(self.plan, {self.flow.digest: self.flow})
        return plans.view_of(await self.snapshot(), self.case)

    async def played(self) -> tuple[Plan, Checkout]:
        """The case, once it is opened; before that the sale."""
        return self.plan if self.case is None else self.flow, await self.case_view()

    def resolving(self, step: str, verdict: Verdict) -> c.Resolve:
        """About a step of the case, once it is opened."""
        return replace(super().resolving(step, verdict), run=self.case)

    async def standing(self) -> CheckoutView:
        """Status, messages and next actions of the same."""
        plan = self.plan if self.case is None else self.flow
        return standing(plan, await self.case_view(), self.clock.now())

    async def _command(self, action: CustomerAction) -> c.Command | None:
        if self.case is None:
            return await super()._command(action)
        if (action.type == "retry" or action.resolves) and not self._first(action):
            return None
        command = command_for(self.flow, action, await self.snapshot())
        return None if command is None else replace(command, run=self.case)


async def simulate_case(
    sales: Sequence[Plan], flow: Plan, doubts: Mapping[str, Mapping[str, Doubt]]
) -> list[Ending]:
    """The table of endings of a case of the first sale that it is for; `doubts` are by provider.

    Raises `NoSaleToServe`.
    """
    for sale in sales:
        if await SimulatedCase(sale, flow).sell():
            break
    else:
        names = ", ".join(one.name for one in sales)
        raise NoSaleToServe(f"{flow.name} is for no sale that any of {names} makes")
    ways = case_ways(sale, flow, doubts)
    endings = [await play_case(sale, flow, ways, Trouble(step="-", outcome="all pass"))]
    for step in flow.steps.values():
        operation = step.definition.operation
        for name, script in outcomes(step):
            key = operation.key if operation else ""
            trouble = Trouble(step=step.name, outcome=name, operation=key, script=tuple(script))
            endings.append(await play_case(sale, flow, ways, trouble))
    return endings


async def play_case(sale: Plan, flow: Plan, ways: Mapping[str, Doubt], trouble: Trouble) -> Ending:
    """Where a case of a sale ends after this trouble."""
    life = SimulatedCase(sale, flow)
    life.backends.ways.update(ways)
    await life.sell()
    before = len(life.backends.sent)
    life.backends.script(trouble.operation, *trouble.script)
    life.verdicts.update(trouble.verdicts)
    await life.open()
    await life.live()
    view, end = await life.case_view(), await life.standing()
    undone = (one.operation for one in life.backends.sent[before:] if one.what == "undo")
    return Ending(
        step=trouble.step,
        outcome=trouble.outcome,
        status=status_of(view, end),
        settled=end.settled,
        undone=tuple(undone),
        says=tuple(message.content for message in end.messages),
    )


def case_ways(sale: Plan, flow: Plan, doubts: Mapping[str, Mapping[str, Doubt]]) -> dict[str, Any]:
    """The way out of doubt of each operation of both flows, as a provider of it declares it."""
    keys = {
        step.definition.operation.key
        for plan in (sale, flow)
        for step in plan.steps.values()
        if step.definition.operation is not None
    }
    every = ((key, ways[key]) for ways in doubts.values() for key in sorted(keys & ways.keys()))
    return dict(every)
