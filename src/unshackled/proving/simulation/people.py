"""Who acts in a simulated world: customers with two thumbs, callbacks, and an operator."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from datetime import datetime
from itertools import count
from typing import Any

from unshackled.domain.checkout import Checkout
from unshackled.domain.codec import encode
from unshackled.domain.events.checkout_events import CheckoutCreated
from unshackled.domain.records import replace
from unshackled.domain.states import FINAL_STATUSES, WITH_EFFECT, State
from unshackled.errors import UnshackledError
from unshackled.flow.engine import commands as c
from unshackled.flow.engine.draft import Rejected
from unshackled.flow.engine.runs.checkout_plans import CheckoutPlans
from unshackled.flow.engine.status import CheckoutView, CustomerAction
from unshackled.flow.plan.plan import Plan
from unshackled.flow.runtime.engine_host import Engine
from unshackled.flow.runtime.runner import KeyTaken
from unshackled.ports.outcome import Declined, NotUndone, Passed
from unshackled.proving.simulation.backend import SimulatedBackend
from unshackled.proving.simulation.replica import Down, Replica
from unshackled.proving.simulation.replica_store import SharedStore
from unshackled.proving.simulation.shop import Shop
from unshackled.proving.simulation.simulation_runtime import SimulationRuntime
from unshackled.store.stored_records import IdempotencyRecord
from unshackled.testing.answering import command_for
from unshackled.testing.silence import wrong_with

ACTIONS = 60
YES = 0.7
# Old devices, of which fewer are there than customers.
DEVICES = ("490154203237518", "356938035643809", "352099001761481")
Look = Callable[[Plan, Checkout, datetime], CheckoutView]
Ask = Callable[[Engine], Coroutine[Any, Any, Any]]


class SimulatedCustomer:
    """Buys once: fills in what is asked, changes their mind, clicks twice, leaves."""

    def __init__(
        self,
        name: str,
        plan: Plan,
        stage: SimulationRuntime,
        *,
        replicas: list[Replica],
        store: SharedStore,
        shop: Shop,
        look: Look,
    ) -> None:
        """Begin with nothing."""
        self.name = name
        self.plan = plan
        self.stage = stage
        self.shop = shop
        self.look = look
        self.replicas = replicas
        self.store = store
        self.checkout = ""
        self.tries = 0

    async def buy(self) -> None:
        """From the first request to the end, or until they have had enough."""
        await self.stage.soon(5)
        await self._create()
        for _ in range(ACTIONS):
            if not self.checkout or self._status() in FINAL_STATUSES:
                return
            if self.stage.chance() < self.stage.weather.leaves / 4:
                self.stage.tell(self.name, "walks away")
                return
            await self._act()
            await self.stage.soon(8 if self.stage.chance() < 0.8 else 200)

    async def _create(self) -> None:
        """A server retries with the same key until it is answered."""
        for _ in range(30):
            self.tries += 1
            begin = self._begin(f"chk_{self.name}_{self.tries}")
            record = IdempotencyRecord(
                scope="simulated",
                key=self.name,
                body_digest="sha256:same",
                resource=begin.id,
                status=201,
                created_at=self.stage.now(),
            )
            try:
                await self._somewhere(lambda e: e.create(begin, idempotency=record))  # noqa: B023
                self.checkout = begin.id
            except KeyTaken:
                found = await self.store.idempotency("simulated", self.name)
                self.checkout = found.resource if found else ""
            except (UnshackledError, Down):
                await self.stage.soon(5)
                continue
            return

    def _begin(self, checkout: str) -> CheckoutCreated:
        now = self.stage.now()
        sale = self.shop.pick(now)
        return CheckoutCreated(
            id=checkout,
            retailer=self.plan.retailer,
            flow=self.plan.name,
            digest=self.plan.digest,
            currency=sale.quote.currency,
            locale="en-GB",
            bucket=0,
            expires_at=now + self.plan.expires_after,
            selection=sale.selection,
            package=sale.package,
            quote=sale.quote,
            steps=tuple(self.plan.steps),
        )

    def snapshot(self) -> Checkout:
        """The snapshot as it is committed."""
        row = self.store.snapshot(self.checkout)
        if row is None:
            raise LookupError(self.checkout)
        return row.checkout

    def _status(self) -> str:
        row = self.store.snapshot(self.checkout)
        return row.status if row else ""

    async def _act(self) -> None:
        command = self._command()
        if command is None:
            return
        asked = [self._try(command)]
        if self.stage.chance() < self.stage.weather.impatient:
            asked.append(self._try(command if self.stage.chance() < 0.7 else self._leave()))
        await asyncio.gather(*asked)

    async def _try(self, command: c.Command) -> None:
        """Whatever is answered, the page is read again afterwards."""
        try:
            if isinstance(command, c.Returned):
                await self._somewhere(lambda engine: engine.notify(command.reference, command))
            else:
                await self._somewhere(lambda engine: engine.command(self.checkout, command))
        except (Rejected, UnshackledError, Down) as error:
            self.stage.tell(self.name, f"{type(command).__name__}: {type(error).__name__}")

    async def _somewhere(self, ask: Ask) -> Any:
        """Whichever replica the balancer picks."""
        return await self.stage.random.choice(self.replicas).ask(ask)

    def _leave(self) -> c.Command:
        return c.Cancel(code="changed_mind", by="customer")

    def _command(self) -> c.Command | None:
        weather, chance = self.stage.weather, self.stage.chance()
        if chance < weather.leaves / 4:
            return self._leave()
        checkout = self.snapshot()
        if chance > 1 - weather.edits:
            return self._edit()
        told = self.look(self.plan, checkout, self.stage.now())
        self._require_way_on(checkout, told)
        actions = told.next_actions
        commands = (self._doing(action, checkout) for action in actions)
        return next((command for command in commands if command is not None), None)

    def _require_way_on(self, checkout: Checkout, view: CheckoutView) -> None:
        """An open checkout has something to do, or a message that says who is at work."""
        over = checkout.canceled is not None or checkout.completed_at is not None
        wrong = None if over else wrong_with(self.plan, view)
        if wrong is not None:
            self.stage.blame(f"{checkout.id} v{checkout.version}: {wrong}")

    def _edit(self) -> c.Command:
        sale = self.shop.pick(self.stage.now())
        return c.ChangePackage(selection=sale.selection, package=sale.package, quote=sale.quote)

    def _doing(self, action: CustomerAction, checkout: Checkout) -> c.Command | None:
        if action.type == "redirect" and action.step is not None:
            return c.Returned(reference=checkout.steps[action.step].reference or "")
        command = command_for(self.plan, action, checkout)
        if isinstance(command, c.Submit) and "imei" in command.body:
            device = self.stage.random.choice(DEVICES)
            return c.Submit(step=command.step, body={**command.body, "imei": device})
        return command


class Postman:
    """Brings callbacks to whichever replica; one that is not taken is brought again."""

    def __init__(self, backend: SimulatedBackend, replicas: list[Replica]) -> None:
        """Take them from `backend`."""
        self.backend = backend
        self.replicas = replicas
        self.stage = backend.stage

    async def work(self) -> None:
        """For ever."""
        while True:
            notice = await self.backend.callbacks.get()
            self.stage.loop.spawn(None, self._bring(notice))

    async def _bring(self, notice: c.RecordNotice) -> None:
        needed = isinstance(notice.outcome, NotUndone)  # nobody would ever look it up
        for _ in count() if needed else range(5):
            replica = self.stage.random.choice(self.replicas)
            try:
                taken = await replica.ask(lambda e: e.notify(notice.reference, notice))
            except (UnshackledError, Down):
                taken = False
            if taken:
                break
            await self.stage.soon(30)
        if needed:
            self.backend.breaking.discard(notice.reference)


class SimulatedOperator:
    """Decides what needs a person, by what the backends' books say."""

    def __init__(
        self, plans: CheckoutPlans, backend: SimulatedBackend, replicas: list[Replica]
    ) -> None:
        """Look into the books of `backend`."""
        self.plans = plans
        self.backend = backend
        self.replicas = replicas
        self.stage = backend.stage

    async def wander(self, names: Callable[[], list[str]], store: SharedStore) -> None:
        """During the storm: look into any checkout, and decide what can be decided."""
        while True:
            await self.stage.soon(120)
            for name in names():
                row = store.snapshot(name)
                if row is not None:
                    await self.look_after(row.checkout)

    async def look_after(self, checkout: Checkout) -> None:
        """Give a verdict on every step that needs one, of the purchase and of its cases."""
        for run in (None, *checkout.runs):
            plan, view = self.plans.of(checkout, run), self.plans.view_of(checkout, run)
            for command in [*self._verdicts(plan, view)]:
                await self._decide(checkout, replace(command, run=run))

    def _verdicts(self, plan: Plan, checkout: Checkout) -> Iterator[c.Resolve]:
        for name, state in checkout.steps.items():
            if state.state is State.IN_REVIEW:
                asked = plan.steps[name].definition.entry == "review"
                command = self._opinion(name) if asked else self._verdict(plan, name, checkout)
                if command is not None:
                    yield replace(command, reference=state.reference)
        for reference, undo in checkout.undos.items():
            if undo.failed:
                why = "try again"
                yield c.Resolve(step=undo.step, verdict="retry", reason=why, reference=reference)

    async def _decide(self, checkout: Checkout, command: c.Resolve) -> None:
        replica = self.stage.random.choice(self.replicas)
        try:
            await replica.ask(lambda e: e.command(checkout.id, command))
        except (Rejected, UnshackledError, Down) as error:
            self.stage.tell("operator", f"{command.step}: {command.verdict}: {error!r}")
        else:
            self.stage.tell("operator", f"{command.step}: {command.verdict}")

    def _opinion(self, name: str) -> c.Resolve:
        """What is a person's to say, either way: is it faulty, has the device gone back."""
        yes = self.stage.chance() < YES
        return c.Resolve(step=name, verdict="passed" if yes else "declined", reason="looked at it")

    def _verdict(self, plan: Plan, name: str, checkout: Checkout) -> c.Resolve | None:
        """What the books say; None while they say that it is still on its way."""
        state, step = checkout.steps[name], plan.steps[name]
        effect = self.backend.effects.get(state.reference or "")
        forward = step.pivot or step.downstream_of_pivot or not step.is_effect
        if effect is not None and effect.differs:
            if not forward:
                return c.Resolve(step=name, verdict="declined", reason="another amount")
            self.backend.correct(effect.reference)
        if effect is not None and effect.stands and isinstance(effect.outcome, Passed):
            output = encode(effect.outcome.output) if effect.outcome.output is not None else None
            why, until = "it is there", effect.until
            return c.Resolve(
                step=name, verdict="passed", reason=why, output=output, valid_until=until
            )
        if effect is not None and not effect.undone:
            declined = isinstance(effect.outcome, Declined)
            why = "it was declined"
            if declined and step.downstream_of_pivot:  # in a case alone: what is owed is asked anew
                again: Any = "absent" if state.code in WITH_EFFECT else "retry"
                return c.Resolve(step=name, verdict=again, reason=why)
            return c.Resolve(step=name, verdict="declined", reason=why) if declined else None
        if step.is_effect and state.reference is not None and state.code in WITH_EFFECT:
            return c.Resolve(step=name, verdict="absent", reason="it never happened")
        verdict: Any = "retry" if forward or state.reference is None else "declined"
        return c.Resolve(step=name, verdict=verdict, reason="it is not there")
