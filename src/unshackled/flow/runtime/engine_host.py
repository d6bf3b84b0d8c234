"""The engine: commands in, snapshots out, and a timer that goes on without requests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import suppress
from contextvars import Context
from datetime import timedelta
from typing import Any, ClassVar

from unshackled.domain.checkout import Checkout
from unshackled.domain.events.checkout_events import CheckoutCreated
from unshackled.domain.events.event import Event
from unshackled.errors import StoreError, Unreadable
from unshackled.flow.engine import commands as c
from unshackled.flow.engine.draft import Rejected
from unshackled.flow.engine.runs.checkout_plans import CheckoutPlans
from unshackled.flow.runtime.batch import CaseFlows, QueuedCommand, no_case_flows
from unshackled.flow.runtime.provider_caller import ProviderCaller
from unshackled.flow.runtime.runner import CLAIM, Plans, Runner, UnknownCheckout, plan_for
from unshackled.flow.runtime.snapshot_cache import SnapshotCache
from unshackled.store.port import Store
from unshackled.store.stored_records import IdempotencyRecord
from unshackled.telemetry import get_logger, survive

DUE_AT_ONCE = 200
Listener = Callable[[Checkout, Sequence[Event]], None]
log = get_logger(__name__)


class Engine:
    """Drives checkouts: one `runner` task per checkout that has something to do."""

    runner: ClassVar[type[Runner]] = Runner

    def __init__(
        self,
        *,
        store: Store,
        plans: Plans,
        caller: ProviderCaller,
        listeners: Sequence[Listener] = (),
        budget: timedelta = timedelta(seconds=8),
        poll: timedelta = timedelta(seconds=1),
        budgets: Mapping[str, timedelta] | None = None,
        name: str = "engine",
        case_flows: CaseFlows = no_case_flows,
    ) -> None:
        """Built by the composition root; `budget` decides when a request is answered.

        `budgets` are those of retailers that answer sooner; `name` is this replica's, by which it
        claims work: no two have the same. `case_flows` are those that the flow itself opens.
        """
        self.name = name
        self.store = store
        self.plans = plans
        self.caller = caller
        self.listeners = list(listeners)
        self.budget = budget
        self.poll = poll
        self.budgets = budgets or {}
        self.case_flows = case_flows
        self.recent = SnapshotCache(caller.clock)
        self.runners: dict[str, Runner] = {}
        self.tasks: set[asyncio.Task[Any]] = set()
        self.watchers: dict[str, set[asyncio.Event]] = {}
        self.draining = False
        self._waiting: set[asyncio.Timeout] = set()
        self._timer: asyncio.Task[None] | None = None

    async def create(
        self, begin: CheckoutCreated, *, idempotency: IdempotencyRecord | None = None
    ) -> Checkout:
        """Begin a checkout; raises `KeyTaken` when its idempotency key made another already."""
        return await self._ask(begin.id, QueuedCommand(begin=begin, idempotency=idempotency))

    async def command(
        self,
        checkout: str,
        command: c.Command,
        *,
        expect: int | None = None,
        idempotency: IdempotencyRecord | None = None,
    ) -> Checkout:
        """Carry out a command and answer when all is quiet, or when the budget is used up.

        Raises `Rejected`, `UnknownCheckout`, `KeyTaken` or a `StoreError`.
        """
        started = asyncio.get_running_loop().time()
        while True:
            item = QueuedCommand(command=command, expect=expect, idempotency=idempotency)
            try:
                return await self._ask(checkout, item, started)
            except Rejected as refusal:
                if not await self._renewed(checkout, refusal, started):
                    raise
            expect = None

    async def _ask(
        self, checkout: str, item: QueuedCommand, started: float | None = None
    ) -> Checkout:
        item.done = asyncio.get_running_loop().create_future()
        runner = self._runner(checkout)
        runner.put(item)
        committed = await item.done
        await self._until_quiet(runner, committed.retailer, started)
        return runner.checkout or committed

    async def _until_quiet(self, runner: Runner, retailer: str, started: float | None) -> None:
        """Until nothing moves, the budget since `started` is used up, or the process is stopped."""
        now = asyncio.get_running_loop().time()
        begun = now if started is None else started
        ends = now if self.draining else begun + self._budget(retailer).total_seconds()
        wait = asyncio.timeout_at(ends)
        with suppress(TimeoutError):
            async with wait:
                self._waiting.add(wait)
                try:
                    await runner.quiet.wait()
                finally:
                    self._waiting.discard(wait)

    async def _renewed(self, checkout: str, refusal: Rejected, started: float) -> bool:
        """Whether what a refused command waits for moved on, so that it is worth asking again."""
        if refusal.code != "renewing" or self.draining:
            return False
        runner = self.runners.get(checkout)
        if runner is not None and runner.checkout is not None:
            await self._until_quiet(runner, runner.checkout.retailer, started)
        known = await self.read(checkout)
        return known is not None and known.version > refusal.details["version"]

    def _budget(self, retailer: str) -> timedelta:
        """When a request is answered: the process's budget, or the retailer's where shorter."""
        return min(self.budget, self.budgets.get(retailer, self.budget))

    async def notify(self, reference: str, command: c.Command) -> bool:
        """Fold a provider's notice; False when no checkout has this reference."""
        checkout = await self.store.by_reference(reference)
        if checkout is None:
            return False
        item = QueuedCommand(command=command, done=asyncio.get_running_loop().create_future())
        self._runner(checkout).put(item)
        if item.done is not None:
            await item.done
        return True

    async def read(self, checkout: str) -> Checkout | None:
        """The snapshot as it is now, whichever replica wrote it; its plans are at hand then.

        Raises `Unreadable` where this process cannot compile the flow it is pinned to.
        """
        found = await self.store.load(checkout)
        if found is not None:
            await plan_for(self.plans, found.digest)
            for run in found.runs.values():
                await plan_for(self.plans, run.digest)
        return found

    def plans_of(self, checkout: Checkout) -> CheckoutPlans:
        """The plans of a checkout that was just read: of its sale, and of each of its cases."""
        by_digest = self.plans.by_digest
        cases = {run.digest: by_digest(run.digest) for run in checkout.runs.values()}
        return CheckoutPlans(by_digest(checkout.digest), cases)

    async def watch(self, checkout: str) -> AsyncIterator[Checkout]:
        """The snapshot now and after each change; those of other replicas after `poll` at most."""
        changed = asyncio.Event()
        self.watchers.setdefault(checkout, set()).add(changed)
        version = -1
        try:
            while True:
                changed.clear()
                found = await self.read(checkout)
                if found is None or self.draining:
                    return
                if found.version != version:
                    version = found.version
                    yield found
                with suppress(TimeoutError):
                    async with asyncio.timeout(self.poll.total_seconds()):
                        await changed.wait()
        finally:
            self.watchers[checkout].discard(changed)
            if not self.watchers[checkout]:
                del self.watchers[checkout]

    def committed(self, checkout: Checkout, events: Sequence[Event]) -> None:
        """Tell who listens and who watches; never fails the commit that already happened."""
        for listener in self.listeners:
            try:
                listener(checkout, events)
            except Exception:
                log.exception("listener.failed", checkout=checkout.id)
        for watcher in self.watchers.get(checkout.id, ()):
            watcher.set()

    def _runner(self, checkout: str) -> Runner:
        runner = self.runners.get(checkout)
        if runner is None:
            runner = self.runners[checkout] = self.runner(checkout, self)
            self.keep(asyncio.create_task(self._run(runner), context=Context()))
        return runner

    async def _run(self, runner: Runner) -> None:
        try:
            await runner.run()
        except UnknownCheckout as error:
            self._refuse(runner, error)
        except Unreadable as error:
            log.error("runner.unreadable", checkout=runner.id, error=str(error))  # noqa: TRY400
            self._refuse(runner, error)
        except StoreError as error:
            log.warning("runner.store_away", checkout=runner.id, error=str(error))
        except Exception as error:
            log.exception("runner.broken", checkout=runner.id)
            self._refuse(runner, error)
        finally:
            runner.quiet.set()
            if self.runners.get(runner.id) is runner:
                del self.runners[runner.id]
        if runner.inbox:
            self._hand_over(runner)

    def _refuse(self, runner: Runner, error: Exception) -> None:
        """No request waits for an answer that never comes."""
        for item in runner.inbox:
            item.fail(error)
        runner.inbox = []

    def _hand_over(self, runner: Runner) -> None:
        """What arrived in the moment of leaving goes to a new runner."""
        heir = self._runner(runner.id)
        for item in runner.inbox:
            heir.put(item)

    def keep(self, task: asyncio.Task[Any]) -> None:
        """Hold a task until it ends."""
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    def start(self) -> None:
        """Begin the timer: recovery after a crash is its first round."""
        self._timer = asyncio.create_task(self._tick())

    async def _tick(self) -> None:
        while True:
            await survive("timer", self.wake())
            await self.caller.clock.sleep(self.poll.total_seconds())

    async def wake(self) -> int:
        """Look at every checkout whose time has come; how many there were."""
        now = self.caller.clock.now()
        found = await self.store.claim(self.name, now=now, until=now + CLAIM, limit=DUE_AT_ONCE)
        for checkout in found:
            if checkout not in self.runners:
                # Due by the store, not by what we saw last: another replica may have been here.
                self.recent.drop(checkout)
                self._runner(checkout).noted = now
        return len(found)

    def leave(self) -> None:
        """This process is being stopped: begin nothing new, and let no request wait here.

        Waiting requests are answered with what is committed; streams end, and are opened elsewhere.
        """
        self.draining = True
        now = asyncio.get_running_loop().time()
        for wait in self._waiting:
            wait.reschedule(now)
        for watchers in self.watchers.values():
            for watcher in watchers:
                watcher.set()

    async def drain(self, within: timedelta = timedelta(seconds=10)) -> None:
        """Begin nothing new; let calls under way end and be folded, at most `within`.

        What becomes due meanwhile is left to other replicas, at once.
        """
        self.leave()
        with suppress(TimeoutError):
            async with asyncio.timeout(within.total_seconds()):
                for runner in list(self.runners.values()):
                    await runner.quiet.wait()

    async def close(self, within: timedelta = timedelta(seconds=10)) -> None:
        """Stop the timer, give calls under way a moment, and hand back what was claimed."""
        if self._timer is not None:
            self._timer.cancel()
        await self.drain(within)
        for task in list(self.tasks):
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        with suppress(StoreError):
            await self.store.release(self.name)
