"""What happens in a simulated world after a sale: cases of every kind, opened again and again."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any, Final

from unshackled.domain.case_opening import CaseWish, WantedLine, allowed
from unshackled.domain.checkout import Checkout
from unshackled.errors import UnshackledError
from unshackled.flow.engine import commands as c
from unshackled.flow.engine.draft import Rejected
from unshackled.flow.engine.runs.checkout_plans import CheckoutPlans
from unshackled.flow.engine.status import standing
from unshackled.flow.plan.cases.serving import serves
from unshackled.flow.plan.plan import Plan
from unshackled.flow.plan.sale_money import sale_money
from unshackled.proving.simulation.replica import Down, Replica
from unshackled.proving.simulation.replica_store import SharedStore
from unshackled.proving.simulation.simulation_runtime import SimulationRuntime
from unshackled.testing.answering import command_for

SECONDS: Final = 20.0
PEOPLE: Final = ("retailer", "customer", "operator")
# Acts after a sale, while the storm goes on.
ACTS: Final = 12
PARTLY: Final = 0.5
GIVES_UP: Final = 0.05
# Within the time for a withdrawal or a return, and after it.
LATER: Final[Sequence[Sequence[int]]] = ((), (), (13,), (15,), (2, 29))


def opened_by_itself(plan: Plan) -> bool:
    """Whether a case flow is one that the sale opens, and nobody else."""
    return plan.case is not None and plan.case.by == ("flow",)


class CaseRequests:
    """Retailers and customers after the sale: they open cases, go on with them, and give them up.

    They draw from a source of their own, so that the rest of the world goes on as it would.
    """

    def __init__(
        self,
        plans: CheckoutPlans,
        stage: SimulationRuntime,
        replicas: Sequence[Replica],
        store: SharedStore,
    ) -> None:
        """Draw how often anybody asks."""
        self._plans = plans
        self._stage = stage
        self._replicas = replicas
        self._store = store
        self._random = Random(f"{stage.seed} cases")
        self._often = self._random.choice((0.0, 0.2, 0.4, 0.6))

    def later(self) -> Sequence[int]:
        """After how many days somebody comes back to these sales, each time after the last."""
        return self._random.choice(LATER) if self._often and self._plans.cases else ()

    async def after(self, checkout: str) -> None:
        """While the storm goes on: whatever a checkout that was completed can still be asked."""
        if not self._often or not self._plans.cases:
            return
        for _ in range(ACTS):
            row = self._store.snapshot(checkout)
            if row is None or row.checkout.completed_at is None:
                return
            if self._random.random() < self._often:
                await self.ask(row.checkout, self._opening(row.checkout))
            await self.go_on(row.checkout)
            await asyncio.sleep(self._random.random() * SECONDS)

    async def go_on(self, checkout: Checkout) -> None:
        """Do in every open case what is asked of the customer, or give the case up."""
        for name, run in checkout.runs.items():
            if not run.open:
                continue
            plan, view = self._plans.of(checkout, name), self._plans.view_of(checkout, name)
            own = run.opened.opened_by == "flow"
            if not own and self._random.random() < GIVES_UP:
                await self.ask(checkout, c.Cancel(run=name, code="changed_mind", by="retailer"))
                continue
            for action in standing(plan, view, self._stage.now()).next_actions:
                command = command_for(plan, action, view) if action.due else None
                if isinstance(command, c.Submit):
                    told = c.Submit(run=name, step=command.step, body=self._said(command.body))
                    await self.ask(checkout, told)

    def _said(self, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """What a customer fills in; where they are asked whether they accept, either."""
        return {**body, "accept": self._random.random() < PARTLY} if "accept" in body else body

    def _opening(self, checkout: Checkout) -> c.Command | None:
        """A case of any flow that serves the sale, of all that is possible or of a part of it."""
        flows = [one for one in self._plans.cases.values() if self._serves(one, checkout)]
        if not flows:
            return None
        plan = self._random.choice(flows)
        by = self._random.choice(plan.case.by if plan.case is not None else PEOPLE)
        return c.OpenCase(digest=plan.digest, wish=self._wish(plan, checkout, by))

    def _serves(self, plan: Plan, checkout: Checkout) -> bool:
        return not opened_by_itself(plan) and serves(plan, checkout, self._plans.sale)

    def _wish(self, plan: Plan, checkout: Checkout, by: str) -> CaseWish:
        whole = CaseWish(by=by)
        if plan.case is None or self._random.random() > PARTLY:
            return whole
        money, now = (
            sale_money(self._plans.sale, checkout),
            self._plans.sale.local(self._stage.now()),
        )
        possible = allowed(checkout, money, plan.case, now).lines
        if not possible:
            return whole
        line = self._random.choice(possible)
        # Now and then more than there is: that is refused.
        amount = None if by == "customer" else self._random.randint(1, line.amount + 100)
        return CaseWish(by=by, lines=(WantedLine(part=line.part, sku=line.sku, amount=amount),))

    async def ask(self, checkout: Checkout, command: c.Command | None) -> None:
        """Ask whichever replica; once more now and then, for people click twice."""
        if command is None:
            return
        times = 2 if self._random.random() < self._stage.weather.impatient else 1
        await asyncio.gather(*(self._once(checkout.id, command) for _ in range(times)))

    async def _once(self, checkout: str, command: c.Command) -> None:
        replica, what = self._random.choice(self._replicas), type(command).__name__
        try:
            await replica.ask(lambda engine: engine.command(checkout, command))
        except (Rejected, UnshackledError, Down) as error:
            self._stage.tell("case", f"{checkout}: {what}: {error!r}")
        else:
            self._stage.tell("case", f"{checkout}: {what}")
