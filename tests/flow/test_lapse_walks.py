"""Walks by chance through lapses, outages, pages and edits: what must hold of every one of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any

import pytest

from tests.budget import budget
from tests.flow.plans import credit_plan, plan_of
from tests.flow.world import ID, EngineHarness
from unshackled.domain.checkout import Checkout
from unshackled.domain.records import replace
from unshackled.domain.states import State
from unshackled.flow.engine import commands as c
from unshackled.flow.engine.draft import Draft, Rejected
from unshackled.flow.engine.lifetimes import used_up
from unshackled.flow.engine.status import CustomerAction
from unshackled.flow.plan.plan import Plan
from unshackled.ports import all_operations
from unshackled.ports.call_context import Call
from unshackled.ports.outcome import Passed, Redirect
from unshackled.testing.answering import command_for
from unshackled.testing.made_up import output_for

LAPSE = ("stock.reserve", "credit.quote", "credit.apply", "delivery.slots", "identity.verify")
WATCHED = ("payment.charge", "orders.place")


def cash() -> Plan:
    """Stock and a slot that lapse, a yes, a charge, an order."""
    return plan_of(
        {
            "contact": {"collect": "contact"},
            "address": {"collect": "address"},
            "card": {"collect": "payment_method"},
            "stock": {"call": "stock.reserve"},
            "slot": {"choose": "delivery.slots", "needs": ["address"]},
            "confirm": {"confirm": "package"},
            "deposit": {"call": "payment.charge", "needs": ["confirm", "card"]},
            "order": {"call": "orders.place", "needs": ["deposit"], "pivot": True},
        }
    )


def on_credit() -> Plan:
    """The same with a soft search, a hard one, documents and a signature."""
    return credit_plan(
        slot={"choose": "delivery.slots", "needs": ["address"]},
        credit={"needs": ["prequalify", "stock"]},
    )


@dataclass
class Walk:
    """One checkout, a customer and providers who all act by chance."""

    plan: Plan
    random: Random
    world: EngineHarness = field(init=False)
    wrong: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.world = EngineHarness(self.plan)
        for operation in LAPSE:
            self.world.backends.script(operation, *[self._lapsing(operation)] * 400)
        for operation in WATCHED:
            self.world.backends.script(operation, *[self._watched(operation)] * 400)
        self.world.backends.script("agreement.sign", *[self._page("agreement.sign")] * 400)

    def _lapsing(self, operation: str) -> Callable[[Any, Call], Any]:
        def perform(request: Any, call: Call) -> Any:
            output = output_for(all_operations()[operation], request, call)
            ahead = self.random.random() < 0.03
            life = timedelta(minutes=-1 if ahead else self.random.choice((1, 7, 40, 300, 3000)))
            return Passed(output=output, valid_until=self.world.now() + life)

        return perform

    def _page(self, operation: str) -> Callable[[Any, Call], Any]:
        def perform(request: Any, call: Call) -> Any:
            if self.random.random() < 0.6:
                return Passed(output=output_for(all_operations()[operation], request, call))
            ends = self.world.now() + timedelta(minutes=self.random.choice((5, 60, 500)))
            return Redirect(url=f"https://p.example/{call.reference}", expires=ends)

        return perform

    def _watched(self, operation: str) -> Callable[[Any, Call], Any]:
        """Whatever is charged or ordered stands on nothing that had ended by then."""

        def perform(request: Any, call: Call) -> Any:
            seen = self.world.engine.recent.get(ID)
            assert seen is not None
            step = next(
                s
                for s in self.plan.steps.values()
                if s.definition.operation is not None and s.definition.operation.key == operation
            )
            draft = Draft(plan=self.plan, checkout=seen, now=self.world.now())
            for name in step.ancestors:
                one, state = self.plan.steps[name], seen.steps[name]
                ended = state.valid_until is not None and state.valid_until <= self.world.now()
                if state.state is State.PASSED and ended and not used_up(draft, one):
                    self.wrong.append(f"{operation} was sent on {name}, which had ended")
                if state.state not in (State.PASSED, State.SKIPPED):
                    self.wrong.append(f"{operation} was sent while {name} was {state.state}")
            return self._page(operation)(request, call)

        return perform

    async def go(self, acts: int = 40) -> Checkout:
        """Act so often, then follow the next actions to an end."""
        await self.world.begin()
        for _ in range(acts):
            await self._act()
            await self._look()
        self.world.backends.down.clear()
        for _ in range(60):
            if (await self.world.standing()).status in ("completed", "canceled"):
                break
            await self._customer()
            await self._look()
            await self.world.wait(minutes=1)
        return await self.world.seen()

    async def _act(self) -> None:
        chance = self.random.random()
        if chance < 0.5:
            await self._customer()
        elif chance < 0.6:
            self.world.backends.down ^= {"main"}
        elif chance < 0.7:
            await self._finish_pages()
        else:
            await self.world.wait(minutes=self.random.choice((1, 6, 15, 45)))

    async def _finish_pages(self) -> None:
        for reference, effect in list(self.world.backends.effects.items()):
            if isinstance(effect.outcome, Redirect) and not effect.undone:
                outcome = self.world.backends.finish(reference)
                await self.world.notify(reference, outcome)

    async def _customer(self) -> None:
        seen = await self.world.seen()
        if seen.quote.expired(self.world.now()):
            later = replace(seen.quote, valid_until=self.world.now() + timedelta(hours=1))
            with suppress(Rejected):
                await self.world.ask(c.RenewQuote(package=seen.package, quote=later))
        actions = [one for one in (await self.world.standing()).next_actions if self._able(one)]
        if not actions:
            return
        action = self.random.choice(actions)
        if action.type == "redirect":
            await self._finish_pages()
            return
        command = command_for(self.plan, action, await self.world.seen())
        if isinstance(command, c.Complete) and self.random.random() < 0.5:
            self.world.backends.down.add("main")
        if command is not None:
            with suppress(Rejected):
                await self.world.ask(command)

    def _able(self, action: CustomerAction) -> bool:
        return action.due or action.type in ("submit", "retry")

    async def _look(self) -> None:
        """An open checkout at rest says what to do."""
        end = await self.world.standing()
        if end.settled and end.status not in ("completed", "canceled") and not end.next_actions:
            approval = any(message.code == "approval_ended" for message in end.messages)
            if not approval:
                states = await self.world.states()
                self.wrong.append(f"at rest with nothing to do: {states}")
        seen = await self.world.seen()
        searched = {s.reference for s in self.world.backends.calls("credit.apply")}
        if len(searched) > 1:
            self.wrong.append(f"{len(searched)} hard searches in {seen.id}")


def _walk(plan: Plan, seed: int) -> tuple[Walk, Checkout]:
    async def play() -> tuple[Walk, Checkout]:
        walk = Walk(plan, Random(seed))
        seen = await walk.go()
        for task in list(walk.world.engine.tasks):
            task.cancel()
        return walk, seen

    return asyncio.run(play())


@pytest.mark.parametrize("seed", range(budget(3, 8)))
@pytest.mark.parametrize("plan", [cash, on_credit], ids=["cash", "credit"])
def test_nothing_is_charged_on_what_lapsed_and_rest_has_a_way_on(
    plan: Callable[[], Plan], seed: int
) -> None:
    """Charges and orders stand on nothing that ended; rest has an action; one hard search."""
    walk, _ = _walk(plan(), seed)
    assert walk.wrong == []


def test_the_walks_come_to_orders_and_meet_lapses() -> None:
    """Else they would prove nothing."""
    ends = [_walk(cash(), seed) for seed in range(100, budget(103, 106))]
    assert any(seen.completed_at for _, seen in ends)
    assert any(walk.world.backends.calls("stock.release", what="undo") for walk, _ in ends)
