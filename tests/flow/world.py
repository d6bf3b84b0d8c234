"""A small world for the engine's tests: one checkout, stateful providers, a clock that stands."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any

from tests.flow.plans import credit_plan
from unshackled.domain.checkout import Checkout, StepState
from unshackled.domain.codec import encode
from unshackled.domain.customer import (
    Address,
    Contact,
    IncomeAndOutgoings,
    PaymentMethod,
)
from unshackled.domain.events.checkout_events import CheckoutCreated
from unshackled.domain.package import Package, Selection
from unshackled.domain.quote import Quote
from unshackled.domain.records import replace
from unshackled.flow.engine import commands as c
from unshackled.flow.engine.status import CheckoutView, standing
from unshackled.flow.plan.plan import Plan
from unshackled.flow.runtime.engine_host import Engine
from unshackled.flow.runtime.provider_caller import ProviderCaller
from unshackled.store.memory import MemoryStore
from unshackled.testing.backends import FakeBackends
from unshackled.testing.compared import ComparedEngine
from unshackled.testing.samples import PACKAGE, QUOTE, sample
from unshackled.testing.silence import silent
from unshackled.testing.virtual_clock import VirtualClock

SECOND = timedelta(seconds=1)
ID = "chk_test"
INPUTS: dict[str, Any] = {
    "contact": sample(Contact),
    "address": sample(Address),
    "income": sample(IncomeAndOutgoings),
    "card": sample(PaymentMethod),
}


class OnePlan:
    """The plans of one flow, and of the cases of its sales."""

    def __init__(self, plan: Plan, *cases: Plan) -> None:
        """Hold them."""
        self.plan = plan
        self.cases = {one.digest: one for one in cases}

    def by_digest(self, digest: str) -> Plan:
        """There is only one that sells."""
        return self.cases.get(digest, self.plan)

    async def load(self, digest: str) -> Plan:
        """The same."""
        return self.by_digest(digest)


class EngineHarness:
    """Everything around one checkout."""

    def __init__(
        self,
        plan: Plan | None = None,
        store: MemoryStore | None = None,
        cases: Sequence[Plan] = (),
    ) -> None:
        """Build the engine on fakes."""
        self.plan = plan or credit_plan()
        self.cases = tuple(cases)
        self.store = store or MemoryStore()
        self.clock = VirtualClock()
        self.backends = FakeBackends()
        self.engine = self.fresh_engine()

    def fresh_engine(self) -> Engine:
        """An engine with nothing in memory, as after a crash."""
        caller = ProviderCaller(
            backends=self.backends,
            clock=self.clock,
            random=Random(7),
            public_url="https://checkout.example",
        )
        # Virtual sleeps never end while a request waits, so it waits only for what runs at once.
        budget = timedelta(milliseconds=20)
        return ComparedEngine(
            store=self.store,
            plans=OnePlan(self.plan, *self.cases),
            caller=caller,
            budget=budget,
            case_flows=lambda _: [one for one in self.cases if one.case and "flow" in one.case.by],
        )

    async def begin(
        self, package: Package = PACKAGE, quote: Quote = QUOTE, locale: str = "en-GB"
    ) -> Checkout:
        """Create the checkout."""
        await self.store.open()
        now = self.clock.now()
        quote = replace(quote, valid_until=now + timedelta(hours=1))
        return await self.engine.create(
            CheckoutCreated(
                id=ID,
                retailer="northstar",
                flow="test",
                digest=self.plan.digest,
                currency="GBP",
                locale=locale,
                bucket=1,
                expires_at=now + self.plan.expires_after,
                selection=Selection(handset="handset-mid"),
                package=package,
                quote=quote,
                steps=tuple(self.plan.steps),
            )
        )

    async def ask(self, command: c.Command, **more: Any) -> Checkout:
        """Send a command and let everything that follows at once happen."""
        asked = asyncio.ensure_future(self.engine.command(ID, command, **more))
        await self.clock.spin()
        answered = await asked
        await self.clock.spin()
        await self.never_silent()
        return answered

    async def never_silent(self) -> None:
        """Whatever happened: the customer of an open checkout has a way on, or hears who works."""
        seen = await self.store.load(ID)
        if seen is not None:
            wrong = silent(self.plan, seen, self.clock.now())
            assert wrong is None, f"{wrong}: { {n: str(s.state) for n, s in seen.steps.items()} }"

    async def submit(self, step: str, body: Any = None) -> Checkout:
        """Send the customer's data of a step."""
        return await self.ask(
            c.Submit(step=step, body=encode(INPUTS[step]) if body is None else body)
        )

    async def fill(self, *steps: str) -> None:
        """Send the data of several steps, all of them by default."""
        for step in steps or ("contact", "address", "income", "card"):
            if step in self.plan.steps:
                await self.submit(step)

    async def show(self) -> Checkout:
        """Report the document as shown."""
        (action,) = [a for a in (await self.standing()).next_actions if a.type == "show"]
        return await self.submit(str(action.step), {"shown": action.document["digest"]})

    async def ready(self) -> None:
        """Do everything up to `ready_for_complete`."""
        await self.begin()
        await self.fill()
        await self.show()

    async def complete(self) -> Checkout:
        """Say yes to the present quote."""
        return await self.ask(c.Complete(quote_id=(await self.seen()).quote.id))

    async def cancel(self, by: str = "customer") -> Checkout:
        """End it."""
        return await self.ask(c.Cancel(code="changed_mind", by=by))

    async def change(self, **parts: Any) -> Checkout:
        """Change parts of the package; the price changes with it."""
        before = await self.seen()
        package = replace(before.package, **parts)
        quote = replace(
            before.quote, id=f"{before.quote.id}x", digest=f"sha256:{hash(package):064x}"
        )
        return await self.ask(
            c.ChangePackage(selection=before.selection, package=package, quote=quote)
        )

    async def notify(self, reference: str, outcome: Any) -> bool:
        """A callback arrives."""
        asked = asyncio.ensure_future(
            self.engine.notify(reference, c.RecordNotice(reference=reference, outcome=outcome))
        )
        await self.clock.spin()
        return await asked

    async def wait(self, **span: float) -> Checkout:
        """Let time pass, with the engine's timer at work."""
        until = self.clock.now() + timedelta(**span)
        while self.clock.now() < until:
            left = until - self.clock.now()
            await self._pass(min(left, max(SECOND, left / 20)))
        await self.engine.wake()
        await self.clock.spin()
        return await self.seen()

    async def wait_for(self, test: Callable[[Checkout], bool], limit: timedelta) -> Checkout:
        """Let time pass until something holds: second by second at first, later in longer steps."""
        begun = self.clock.now()
        while not test(await self.seen()) and (passed := self.clock.now() - begun) < limit:
            await self._pass(max(SECOND, passed / 100))
            await self.engine.wake()
            await self.clock.spin()
        return await self.seen()

    async def _pass(self, span: timedelta) -> None:
        await self.engine.wake()
        await self.clock.advance(span)
        await self.never_silent()

    async def seen(self) -> Checkout:
        """The snapshot in the store."""
        found = await self.store.load(ID)
        assert found is not None
        return found

    async def step(self, name: str) -> StepState:
        """How a step stands."""
        return (await self.seen()).steps[name]

    async def states(self) -> dict[str, str]:
        """The state of every step."""
        return {name: str(state.state) for name, state in (await self.seen()).steps.items()}

    async def standing(self) -> CheckoutView:
        """Status, messages and next actions."""
        return standing(self.plan, await self.seen(), self.clock.now())

    async def types(self) -> list[str]:
        """The types of all events in order."""
        return [row.type for row in await self.store.events(ID, after=None, limit=1000)]

    def now(self) -> datetime:
        """The virtual time."""
        return self.clock.now()
