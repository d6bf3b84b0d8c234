"""Every outcome of every step of a flow, through the real engine, on virtual time: where it ends.

One customer does all that is asked of them, and a person says yes to all that is to be reviewed;
one call or one review of one step goes differently; the rest passes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any, Literal, TypeAlias

from unshackled.domain.checkout import Checkout
from unshackled.domain.events.checkout_events import CheckoutCreated
from unshackled.domain.package import Selection
from unshackled.domain.states import FINAL_STATUSES, S
from unshackled.errors import NotSent, Refused
from unshackled.flow.engine import commands as c
from unshackled.flow.engine.draft import Rejected
from unshackled.flow.engine.status import CheckoutView, CustomerAction, standing
from unshackled.flow.plan.plan import Plan, PlannedStep
from unshackled.flow.runtime.engine_host import Engine
from unshackled.flow.runtime.provider_caller import ProviderCaller
from unshackled.ports.operation import Doubt
from unshackled.ports.outcome import Declined
from unshackled.store.memory import MemoryStore
from unshackled.testing.answering import command_for
from unshackled.testing.backends import FakeBackends, LostAnswer, Script, referred
from unshackled.testing.sold import sold_by
from unshackled.testing.virtual_clock import VirtualClock

Verdict: TypeAlias = Literal["passed", "declined"]
ID = "chk_simulated"
ACTIONS = 40
PATIENCE = (timedelta(seconds=30), timedelta(minutes=10), timedelta(hours=3), timedelta(hours=60))
OUTAGE_CALLS = 12
REFUSED_BY_PERSON = "a person says no"
NOBODY_DECIDES = "nobody decides"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """Where a checkout ended after `outcome` happened to `step`."""

    step: str
    outcome: str
    status: str
    settled: bool
    undone: tuple[str, ...]
    says: tuple[str, ...]


def outcomes(step: PlannedStep) -> Iterator[tuple[str, list[Script]]]:
    """What can happen to one call of a step, by name, with the script that makes it happen.

    A review has no call: a person says no, or nobody says anything until its deadline.
    """
    operation = step.definition.operation
    if step.definition.entry == "review":
        yield REFUSED_BY_PERSON, []
        yield NOBODY_DECIDES, []
    if operation is None:
        return
    if operation.declinable:
        yield "declined", [Declined(code="declined")]
    yield "refused", [Refused("refused", code="400")]
    yield "out of reach", [NotSent("out of reach") for _ in range(OUTAGE_CALLS)]
    if operation.effect:
        yield "answer lost", [LostAnswer()]
        yield "pending, then passed", [referred(timedelta(minutes=1))]


async def simulate(plan: Plan, ways: Mapping[str, Doubt]) -> list[Ending]:
    """The table of endings; `ways` is the declared way out of doubt by operation."""
    endings = [await _play(plan, ways, Trouble(step="-", outcome="all pass"))]
    for step in plan.steps.values():
        operation = step.definition.operation
        for name, script in outcomes(step):
            key = operation.key if operation else ""
            trouble = Trouble(step=step.name, outcome=name, operation=key, script=tuple(script))
            endings.append(await _play(plan, ways, trouble))
    return endings


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """What goes differently in one life."""

    step: str
    outcome: str
    operation: str = ""
    script: tuple[Script, ...] = ()

    @property
    def verdicts(self) -> dict[str, Verdict | None]:
        """What a person says to the step's review instead of yes; None: nothing."""
        said: dict[str, Verdict | None] = {REFUSED_BY_PERSON: "declined", NOBODY_DECIDES: None}
        return {self.step: said[self.outcome]} if self.outcome in said else {}


async def _play(plan: Plan, ways: Mapping[str, Doubt], trouble: Trouble) -> Ending:
    life = SimulatedCheckout(plan)
    life.backends.ways.update(ways)
    life.backends.script(trouble.operation, *trouble.script)
    life.verdicts.update(trouble.verdicts)
    await life.begin()
    await life.live()
    seen, end = await life.snapshot(), await life.standing()
    return Ending(
        step=trouble.step,
        outcome=trouble.outcome,
        status=status_of(seen, end),
        settled=end.settled,
        undone=tuple(sent.operation for sent in life.backends.sent if sent.what == "undo"),
        says=tuple(message.content for message in end.messages),
    )


def status_of(checkout: Checkout, end: CheckoutView) -> str:
    """Where it ended, and by which code where it was canceled."""
    return f"{end.status} ({checkout.canceled.code})" if checkout.canceled else str(end.status)


class SimulatedCheckout:
    """One simulated checkout of a plan, a customer who does what is asked, a person who decides.

    `verdicts` are what the person says to the review of a step, where that is not yes.
    """

    def __init__(self, plan: Plan, store: MemoryStore | None = None) -> None:
        """An engine on fakes, with time that stands still."""
        self.plan = plan
        self.clock = VirtualClock()
        self.store = store or MemoryStore()
        self.backends = FakeBackends()
        self.tried: set[str] = set()
        self.verdicts: dict[str, Verdict | None] = {}
        caller = ProviderCaller(
            backends=self.backends,
            clock=self.clock,
            random=Random(1),
            public_url="https://checkout.example",
        )
        self.engine = Engine(
            store=self.store, plans=self, caller=caller, budget=timedelta(milliseconds=5)
        )

    def by_digest(self, digest: str) -> Plan:
        """There is one plan."""
        return self.plan

    async def load(self, digest: str) -> Plan:
        """The same."""
        return self.by_digest(digest)

    async def begin(self) -> None:
        """Create the checkout with everything in its package that the flow sells."""
        await self.store.open()
        now = self.clock.now()
        package, quote = sold_by(self.plan, valid_until=now + timedelta(days=30))
        await self.engine.create(
            CheckoutCreated(
                id=ID,
                retailer=self.plan.retailer,
                flow=self.plan.name,
                digest=self.plan.digest,
                currency=quote.currency,
                locale="en-GB",
                bucket=0,
                expires_at=now + self.plan.expires_after,
                selection=Selection(),
                package=package,
                quote=quote,
                steps=tuple(self.plan.steps),
            )
        )

    async def live(self) -> None:
        """Act while there is something to do; let time pass while there is not."""
        patience = iter(PATIENCE)
        for _ in range(ACTIONS):
            end = await self.standing()
            if end.settled and end.status in FINAL_STATUSES:
                return
            if not await self._act(end) and not await self._decide():
                span = next(patience, None) or await self._until_deadline()
                if span is None:
                    return
                await self._wait(span)

    async def _act(self, end: CheckoutView) -> bool:
        """Do the first thing that is asked; False when nothing is."""
        for action in end.next_actions:
            command = await self._command(action)
            if command is not None:
                with suppress(Rejected):
                    await self.ask(command)
                return True
        return False

    async def _decide(self) -> bool:
        """Answer the first review that a person has an answer to; False where there is none."""
        for name in await self._open_reviews():
            verdict = self.verdicts.get(name, "passed")
            if verdict is not None:
                await self.ask(self.resolving(name, verdict))
                return True
        return False

    def resolving(self, step: str, verdict: Verdict) -> c.Resolve:
        """What the person sends."""
        return c.Resolve(step=step, verdict=verdict, reason="simulated")

    async def _open_reviews(self) -> dict[str, datetime | None]:
        """The steps that wait for a person, with the end of that."""
        plan, seen = await self.played()
        return {
            name: state.deadline_at
            for name, state in seen.steps.items()
            if state.state is S.IN_REVIEW and plan.steps[name].definition.entry == "review"
        }

    async def _until_deadline(self) -> timedelta | None:
        """How long until the next review ends by itself; None where none does."""
        ends = [one for one in (await self._open_reviews()).values() if one is not None]
        return min(ends) - self.clock.now() + timedelta(seconds=1) if ends else None

    async def played(self) -> tuple[Plan, Checkout]:
        """The plan that is played, and its run as a checkout."""
        return self.plan, await self.snapshot()

    async def _command(self, action: CustomerAction) -> c.Command | None:
        """What a willing customer sends; each way out of a decline is tried once."""
        if (action.type == "retry" or action.resolves) and not self._first(action):
            return None
        return command_for(self.plan, action, await self.snapshot())

    def _first(self, action: CustomerAction) -> bool:
        """Whether a way out of a decline was not tried before; now it was."""
        known = action.id in self.tried
        self.tried.add(action.id)
        return not known

    async def _wait(self, span: timedelta) -> None:
        """Providers finish what was pending; the engine's timer works."""
        for reference, effect in list(self.backends.effects.items()):
            if not effect.stands and not effect.undone and not isinstance(effect.outcome, Declined):
                self.backends.finish(reference)
        for _ in range(10):
            await self.engine.wake()
            await self.clock.advance(span / 10)
        await self.engine.wake()
        await self.clock.spin()

    async def ask(self, command: c.Command) -> None:
        """Send a command and let everything happen that can happen at once."""
        asked = asyncio.ensure_future(self.engine.command(ID, command))
        await self.clock.spin()
        await asked

    async def snapshot(self) -> Checkout:
        """The snapshot."""
        found = await self.store.load(ID)
        if found is None:
            raise LookupError(ID)
        return found

    async def standing(self) -> CheckoutView:
        """Status, messages and next actions."""
        return standing(self.plan, await self.snapshot(), self.clock.now())


def table(endings: list[Ending]) -> Iterator[str]:
    """The endings as lines of text."""
    yield f"{'step':<18}{'what happens':<22}{'ends':<30}{'settled':<9}undone"
    for end in endings:
        undone = ", ".join(dict.fromkeys(end.undone)) or "-"
        settled = "yes" if end.settled else "no"
        yield f"{end.step:<18}{end.outcome:<22}{end.status:<30}{settled:<9}{undone}"
        for said in end.says:
            yield f"{'':<40}“{said}”"


def ways_of(plan: Plan, doubts: Mapping[str, Mapping[str, Doubt]]) -> dict[str, Any]:
    """The way out of doubt of each operation of a plan, as its first provider declares it."""
    found: dict[str, Any] = {}
    for step in plan.steps.values():
        operation = step.definition.operation
        followed = plan.steps[step.follows] if step.follows else step
        provider = followed.policy.providers[0] if followed.policy else ""
        way = doubts.get(provider, {}).get(operation.key) if operation else None
        if operation is not None and way is not None:
            found[operation.key] = way
    return found
