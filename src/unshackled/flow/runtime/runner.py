"""One task per checkout and process: load, decide, append, send, fold; until nothing is left."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextvars import Context
from datetime import datetime, timedelta
from typing import Any, ClassVar, Protocol

from unshackled.domain.checkout import Checkout
from unshackled.domain.events.event import Event
from unshackled.domain.records import replace
from unshackled.errors import ClaimTaken, Conflict, StoreUnavailable, UnshackledError
from unshackled.flow.engine import commands as c
from unshackled.flow.engine.due import Work
from unshackled.flow.engine.runs.checkout_plans import CheckoutPlans
from unshackled.flow.engine.runs.run_decisions import addressed
from unshackled.flow.engine.runs.run_work import moving_runs
from unshackled.flow.engine.vendor_problems import tell_noted
from unshackled.flow.plan.plan import Plan
from unshackled.flow.runtime.batch import CaseFlows, CommandBatch, QueuedCommand
from unshackled.flow.runtime.provider_caller import ProviderCaller
from unshackled.flow.runtime.provider_calls import carry_out
from unshackled.flow.runtime.snapshot_cache import SnapshotCache
from unshackled.store.port import Store

NEAR = timedelta(seconds=60)
CLAIM = timedelta(seconds=20)
CONFLICTS = 50


class UnknownCheckout(UnshackledError):
    """No checkout has this id."""


class KeyTaken(UnshackledError):
    """Another request with the same Idempotency-Key was first: answer with what that one made."""


class Plans(Protocol):
    """Compiled flows by digest: today's, and that of every flow that was stored."""

    def by_digest(self, digest: str) -> Plan:
        """A plan that is at hand; raises `KeyError` for one that must be loaded first."""
        ...

    async def load(self, digest: str) -> Plan:
        """The plan that a checkout is pinned to; raises `Unreadable` where there is none."""
        ...


async def plan_for(plans: Plans, digest: str) -> Plan:
    """The plan of a digest, loaded where it is not at hand."""
    try:
        return plans.by_digest(digest)
    except KeyError:
        return await plans.load(digest)


async def plans_for(
    plans: Plans, sale: Plan, checkout: Checkout | None, items: Sequence[QueuedCommand]
) -> CheckoutPlans:
    """The plans that a turn may need: of cases that move, or are addressed, or are opened now."""
    opened = {item.command.digest for item in items if isinstance(item.command, c.OpenCase)}
    if checkout is None or not (checkout.runs or opened):
        return CheckoutPlans(sale)
    commands = [addressed(checkout, item.command) for item in items if item.command is not None]
    named = {*moving_runs(checkout), *(command.run for command in commands)}
    digests = {run.digest for name, run in checkout.runs.items() if name in named}
    cases = {digest: await plan_for(plans, digest) for digest in sorted(digests | opened)}
    return CheckoutPlans(sale, cases)


class RunnerHost(Protocol):
    """What a runner needs of the engine."""

    store: Store
    plans: Plans
    caller: ProviderCaller
    recent: SnapshotCache
    draining: bool
    case_flows: CaseFlows

    def committed(self, checkout: Checkout, events: Sequence[Event]) -> None:
        """A change is committed."""
        ...

    def keep(self, task: asyncio.Task[Any]) -> None:
        """Hold a task until it ends."""
        ...


class Runner:
    """Drives one checkout. Another writer wins or loses by the compare-and-swap.

    `turn` is what decides: tests put their own in its place.
    """

    turn: ClassVar[type[CommandBatch]] = CommandBatch

    def __init__(self, checkout: str, host: RunnerHost) -> None:
        """Begin with the snapshot seen last, if there is one."""
        self.id = checkout
        self.host = host
        self.store = host.store
        self.caller = host.caller
        self.checkout = host.recent.get(checkout)
        self.inbox: list[QueuedCommand] = []
        self.calls: dict[tuple[Any, ...], asyncio.Task[None]] = {}
        self.news = asyncio.Event()
        self.quiet = asyncio.Event()
        self.wake_at: datetime | None = None
        self.noted: datetime | None = None
        self._alarm: asyncio.Task[None] | None = None
        self._rings_at: datetime | None = None
        self._taken: frozenset[str] = frozenset()

    def put(self, item: QueuedCommand) -> None:
        """Hand in a command."""
        self.inbox.append(item)
        self.quiet.clear()
        self.news.set()

    async def run(self) -> None:
        """Go on until nothing is under way and nothing is due soon."""
        try:
            await self._go_on()
        finally:
            if self._alarm is not None:
                self._alarm.cancel()

    async def _go_on(self) -> None:
        while True:
            self.news.clear()
            await self._turn()
            if self.inbox:
                continue
            if not self.calls:
                self.quiet.set()
            if not self.calls and (self.host.draining or not self._soon()):
                return
            self._set_alarm()
            await self.news.wait()

    def _soon(self) -> bool:
        return self.wake_at is not None and self.wake_at - self.caller.clock.now() <= NEAR

    def _set_alarm(self) -> None:
        """See to it that the next moment rings, if it is near: by the alarm that is set, if any."""
        if self.wake_at is None or not self._soon():
            return
        if self._alarm is not None and not self._alarm.done():
            if self._rings_at is not None and self._rings_at <= self.wake_at:
                return
            self._alarm.cancel()
        self._alarm = asyncio.create_task(self._ring(self.wake_at))

    async def _ring(self, at: datetime) -> None:
        """Ring when the next moment has come, however often it is put off meanwhile."""
        while True:
            self._rings_at = at
            await self.caller.clock.sleep(max((at - self.caller.clock.now()).total_seconds(), 0))
            if self.wake_at is None or not self._soon():
                return
            if self.wake_at <= at:
                self.news.set()
                return
            at = self.wake_at

    async def _turn(self) -> None:
        """Decide everything that arrived, commit it with the write-aheads, then send."""
        self._taken = frozenset()
        for _ in range(CONFLICTS):
            items, self.inbox = self.inbox, []
            try:
                turn = await self._decide(items)
                if await self._is_outdated(turn):
                    raise Conflict(self.id)
                await self._commit(turn)
            except ClaimTaken as error:
                self._taken |= frozenset(error.claims)
                await self._lost(items)
            except Conflict:
                await self._lost(items)
            except StoreUnavailable as error:
                await self._away(items, error)
            except Exception as error:
                for item in items:
                    item.fail(error)
                raise
            else:
                self._send(turn)
                return
        raise Conflict(f"{self.id}: lost the compare-and-swap {CONFLICTS} times")

    async def _is_outdated(self, turn: CommandBatch) -> bool:
        """Whether a turn that writes nothing stands on a snapshot that another replica replaced.

        What is written is proved by the compare-and-swap; a rejection, or nothing to do, is not.
        """
        if turn.writes or turn.loaded or self.checkout is None or not (turn.taken or turn.refused):
            return False
        stored = await self.store.load(self.id)
        return stored is not None and stored.version != self.checkout.version

    async def _lost(self, items: list[QueuedCommand]) -> None:
        """Another writer was first: reload and decide again; nothing was sent."""
        self.checkout = None
        self.host.recent.drop(self.id)
        again = []
        for item in items:
            key = item.idempotency
            if key is not None and await self.store.idempotency(key.scope, key.key) is not None:
                item.fail(KeyTaken(key.key))
            elif item.begin is not None:
                item.fail(Conflict(self.id))
            else:
                again.append(item)
        self.inbox = [*again, *self.inbox]

    async def _away(self, items: list[QueuedCommand], error: StoreUnavailable) -> None:
        """The store is unavailable: requests are refused, outcomes of our calls are kept."""
        for item in items:
            item.fail(error)
        kept = [item for item in items if isinstance(item.command, c.RecordResult | c.RecordNotice)]
        self.inbox = [*kept, *self.inbox]
        self.checkout = None
        self.host.recent.drop(self.id)
        await self.caller.clock.sleep(1)
        if not self.inbox and not self.calls:
            raise error

    async def _decide(self, items: list[QueuedCommand]) -> CommandBatch:
        turn = await self._begin(items)
        for index, item in enumerate(items):
            if item.idempotency is not None and turn.idempotency is not None:
                self.inbox = [*items[index:], *self.inbox]
                del items[index:]
                break
            turn.take(item)
        turn.pass_time()
        if not self.host.draining:
            turn.prepare()
        return turn

    async def _begin(self, items: Sequence[QueuedCommand]) -> CommandBatch:
        """A turn on the present snapshot; a checkout that begins has none yet."""
        begin = next((item.begin for item in items if item.begin is not None), None)
        loaded = self.checkout is None and begin is None
        if loaded:
            self.checkout = await self.store.load(self.id)
        if self.checkout is None and begin is None:
            raise UnknownCheckout(self.id)
        digest = (
            self.checkout.digest if self.checkout is not None else begin.digest if begin else ""
        )
        sale = await plan_for(self.host.plans, digest)
        return self.turn(
            plans=await plans_for(self.host.plans, sale, self.checkout, items),
            case_flows=self.host.case_flows,
            caller=self.caller,
            checkout=self.checkout,
            busy=frozenset(self.calls),
            loaded=loaded,
            taken_claims=self._taken,
        )

    async def _commit(self, turn: CommandBatch) -> None:
        """One append for everything; without events there is nothing to write."""
        checkout, now = turn.checkout, self.caller.clock.now()
        if checkout is None:
            turn.refuse()
            return
        # A replica that leaves begins nothing: what is due is for another one, now.
        self.wake_at = now if self.host.draining else turn.wake_at(checkout)
        if turn.writes:
            sending = bool(turn.to_send or self.calls)
            claim = now + CLAIM if sending else None
            wake_at = min([at for at in (self.wake_at, claim) if at is not None], default=None)
            checkout = replace(checkout, version=checkout.version + 1, updated_at=now)
            await self.store.append(turn.change(checkout, wake_at))
            self.noted = wake_at
            self.host.committed(checkout, turn.events)
            tell_noted(self.caller.recorder.meters, turn.noted)
        elif not (turn.to_send or turn.busy or self.calls or self.inbox):
            await self._postpone(checkout)
        self.checkout = checkout
        self.host.recent.put(checkout)
        turn.answer(checkout)

    async def _postpone(self, checkout: Checkout) -> None:
        """What came changed nothing: the time that was noted for a look is void."""
        if self.noted is not None and self.noted != self.wake_at:
            await self.store.postpone(checkout.id, version=checkout.version, wake_at=self.wake_at)
            self.noted = self.wake_at

    def _send(self, turn: CommandBatch) -> None:
        """Everything is committed: now, and only now, send what was committed."""
        committed = self.checkout
        if committed is None:
            return
        for work in turn.to_send:
            plan, seen = turn.plan, committed
            if work.run is not None:
                plan, seen = turn.plans.of(seen, work.run), turn.plans.view_of(seen, work.run)
            sending = self._carry_out(plan, seen, work)
            context = turn.context.copy() if turn.context is not None else Context()
            task = asyncio.create_task(sending, context=context)
            self.calls[work.key] = task
            self.host.keep(task)

    async def _carry_out(self, plan: Plan, committed: Checkout, work: Work) -> None:
        """Send by the snapshot that was committed for it: a later one may be another's attempt."""
        try:
            fold = await carry_out(self.caller, plan, committed, work)
            self.inbox.append(QueuedCommand(command=fold))
        finally:
            self.calls.pop(work.key, None)
            self.news.set()
