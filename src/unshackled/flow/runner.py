"""One task per checkout and process: load, decide, append, send, fold; until nothing is left."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from unshackled.flow import commands as c
from unshackled.domain.checkout import Checkout
from unshackled.domain.events import CheckoutCreated, Event
from unshackled.domain.step_events import StepStarted
from unshackled.errors import Conflict, StoreUnavailable, UnshackledError
from unshackled.flow.calls import SEND_WITHIN, Desk, carry_out
from unshackled.flow.decide import create, decide
from unshackled.flow.doubt import way_out
from unshackled.flow.draft import Rejected
from unshackled.flow.due import Work, due
from unshackled.flow.plan import Plan
from unshackled.flow.status import status_of
from unshackled.store.port import Change, EventRow, IdempotencyRecord, Store

NEAR = timedelta(seconds=60)
CLAIM = timedelta(seconds=20)
CONFLICTS = 50


class UnknownCheckout(UnshackledError):
    """No checkout has this id."""


class KeyTaken(UnshackledError):
    """Another request with the same Idempotency-Key was first: answer with what that one made."""


@dataclass(slots=True, kw_only=True)
class Item:
    """A command on its way into a checkout, and who waits for it.

    `expect` is the version an If-Match names; `begin` creates the checkout.
    """

    command: c.Command | None = None
    begin: CheckoutCreated | None = None
    expect: int | None = None
    idempotency: IdempotencyRecord | None = None
    done: asyncio.Future[Checkout] | None = None

    def fail(self, error: Exception) -> None:
        """Tell who waits that it was not done."""
        if self.done is not None and not self.done.done():
            self.done.set_exception(error)

    def succeed(self, checkout: Checkout) -> None:
        """Tell who waits that it is committed."""
        if self.done is not None and not self.done.done():
            self.done.set_result(checkout)


@dataclass(slots=True)
class Turn:
    """What one append will hold, and what is sent once it is committed."""

    checkout: Checkout | None
    events: list[Event]
    taken: list[Item]
    to_send: list[Work]
    idempotency: IdempotencyRecord | None = None


class Runner:
    """Drives one checkout. Whoever else writes it wins or loses by the compare-and-swap."""

    def __init__(self, checkout: str, house: Any) -> None:
        """Begin with nothing loaded; `house` is the engine."""
        self.id = checkout
        self.house = house
        self.store: Store = house.store
        self.desk: Desk = house.desk
        self.checkout: Checkout | None = house.recent.get(checkout)
        self.inbox: list[Item] = []
        self.calls: dict[tuple[Any, ...], asyncio.Task[None]] = {}
        self.news = asyncio.Event()
        self.quiet = asyncio.Event()
        self.wake_at: datetime | None = None

    def put(self, item: Item) -> None:
        """Hand in a command."""
        self.inbox.append(item)
        self.quiet.clear()
        self.news.set()

    async def run(self) -> None:
        """Go on until nothing is under way and nothing is due soon."""
        while True:
            self.news.clear()
            await self._turn()
            if self.inbox:
                continue
            if not self.calls:
                self.quiet.set()
            if not self.calls and not self._soon():
                return
            await self._wait()

    def _soon(self) -> bool:
        return self.wake_at is not None and self.wake_at - self.desk.clock.now() <= NEAR

    async def _wait(self) -> None:
        """Until news arrives or the next moment has come."""
        news = asyncio.ensure_future(self.news.wait())
        tasks: set[asyncio.Future[Any]] = {news}
        if self._soon() and self.wake_at is not None:
            seconds = max((self.wake_at - self.desk.clock.now()).total_seconds(), 0)
            tasks.add(asyncio.ensure_future(self.desk.clock.sleep(seconds)))
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()

    async def _turn(self) -> None:
        """Decide everything that arrived, commit it with the write-aheads, then send."""
        for _ in range(CONFLICTS):
            items, self.inbox = self.inbox, []
            try:
                turn = await self._decide(items)
                await self._commit(turn)
            except Conflict:
                await self._lost(items)
                continue
            except StoreUnavailable as error:
                await self._away(items, error)
                continue
            except Exception as error:
                self._fail(items, error)
                raise
            self._send(turn)
            return
        raise Conflict(f"{self.id}: lost the compare-and-swap {CONFLICTS} times")

    async def _lost(self, items: list[Item]) -> None:
        """Somebody else was first: reload and decide again; nothing was sent."""
        self.checkout = None
        self.house.recent.drop(self.id)
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

    async def _away(self, items: list[Item], error: StoreUnavailable) -> None:
        """The store is away: who asked is told, what our calls brought is kept."""
        self._fail(items, error)
        kept = [item for item in items if isinstance(item.command, c.Fold | c.Notify)]
        self.inbox = [*kept, *self.inbox]
        self.checkout = None
        await self.desk.clock.sleep(1)
        if not self.inbox and not self.calls:
            raise error

    def _fail(self, items: Sequence[Item], error: Exception) -> None:
        for item in items:
            item.fail(error)

    async def _decide(self, items: list[Item]) -> Turn:
        turn = Turn(await self._loaded(items), [], [], [])
        for index, item in enumerate(items):
            if item.idempotency is not None and turn.idempotency is not None:
                self.inbox = [*items[index:], *self.inbox]
                del items[index:]
                break
            self._take(turn, item)
        if turn.checkout is not None:
            plan = self._plan(turn.checkout)
            now = self.desk.clock.now()
            if not turn.taken:
                self._apply(turn, plan, c.Tick())
            self._prepare(turn, plan, now)
        return turn

    async def _loaded(self, items: Sequence[Item]) -> Checkout | None:
        if self.checkout is None and not any(item.begin for item in items):
            self.checkout = await self.store.load(self.id)
            if self.checkout is None:
                raise UnknownCheckout(self.id)
        return self.checkout

    def _plan(self, checkout: Checkout) -> Plan:
        plan: Plan = self.house.plans.by_digest(checkout.digest)
        return plan

    def _take(self, turn: Turn, item: Item) -> None:
        """One item; a rejection goes back to who asked and changes nothing."""
        now = self.desk.clock.now()
        try:
            if item.begin is not None:
                plan = self.house.plans.by_digest(item.begin.digest)
                decision = create(plan, item.begin, now)
                turn.checkout = decision.checkout
                turn.events.extend(decision.events)
            elif item.command is not None and turn.checkout is not None:
                if item.expect is not None and item.expect != turn.checkout.version:
                    raise Rejected(
                        "version_mismatch", "If-Match names another version than the present one"
                    )
                self._apply(turn, self._plan(turn.checkout), item.command)
        except Rejected as rejection:
            item.fail(rejection)
            return
        turn.taken.append(item)
        turn.idempotency = item.idempotency or turn.idempotency

    def _apply(self, turn: Turn, plan: Plan, command: c.Command) -> bool:
        """Decide one command onto the turn; whether anything came of it."""
        if turn.checkout is None:
            return False
        decision = decide(plan, turn.checkout, command, self.desk.clock.now())
        turn.checkout = decision.checkout
        turn.events.extend(decision.events)
        return bool(decision.events)

    def _prepare(self, turn: Turn, plan: Plan, now: datetime) -> None:
        """Write ahead what became due; what needs no write-ahead is only noted for sending."""
        for _ in range(len(plan.steps) + 1):
            if turn.checkout is None:
                return
            works, _ = due(plan, turn.checkout, now)
            busy = {work.key for work in turn.to_send} | set(self.calls)
            fresh = [work for work in works if work.key not in busy]
            changed = [self._prepare_one(turn, plan, work) for work in fresh]
            if not any(changed):
                return

    def _prepare_one(self, turn: Turn, plan: Plan, work: Work) -> bool:
        if work.what == "call":
            return self._prepare_call(turn, plan, work)
        if work.what == "doubt":
            return self._prepare_doubt(turn, plan, work)
        turn.to_send.append(work)
        return False

    def _prepare_call(self, turn: Turn, plan: Plan, work: Work) -> bool:
        checkout, step = turn.checkout, plan.steps[work.step]
        if checkout is None:
            return False
        admitted = [
            name for name in work.candidates if self.desk.backends.admits(checkout.retailer, name)
        ]
        if not admitted:
            state = checkout.steps[work.step]
            unreachable = c.Unreachable(
                step=work.step,
                generation=work.generation,
                code="provider_unavailable",
                retry_at=self.desk.retry_at(state.attempt, step),
            )
            return self._apply(turn, plan, unreachable)
        picked = replace(work, provider=admitted[0])
        if step.is_effect:
            return self._write_ahead(turn, plan, picked)
        turn.to_send.append(picked)
        return False

    def _prepare_doubt(self, turn: Turn, plan: Plan, work: Work) -> bool:
        checkout, operation = turn.checkout, plan.steps[work.step].definition.operation
        if checkout is None or operation is None:
            return False
        doubt = self.desk.backends.doubt(checkout.retailer, work.provider or "", operation.key)
        now = self.desk.clock.now()
        wanted = checkout.canceled is None
        way = way_out(doubt, checkout.steps[work.step], now, wanted=wanted)
        if way == "resend":
            return self._write_ahead(turn, plan, replace(work, what="call"))
        if way == "manual":
            command = c.Escalate(step=work.step, reference=work.reference or "")
            return self._apply(turn, plan, command)
        turn.to_send.append(work)
        return False

    def _write_ahead(self, turn: Turn, plan: Plan, work: Work) -> bool:
        send_by = self.desk.clock.now() + SEND_WITHIN
        start = c.Start(
            step=work.step,
            generation=work.generation,
            provider=work.provider or "",
            send_by=send_by,
            give_up_at=send_by + plan.steps[work.step].timeout,
        )
        known = len(turn.events)
        self._apply(turn, plan, start)
        started = any(
            isinstance(event, StepStarted) and event.step == work.step
            for event in turn.events[known:]
        )
        if started:
            turn.to_send.append(replace(work, reference=None))
        return len(turn.events) > known

    async def _commit(self, turn: Turn) -> None:
        """One append for everything; without events there is nothing to write."""
        checkout = turn.checkout
        if checkout is None:
            return
        plan, now = self._plan(checkout), self.desk.clock.now()
        _, later = due(plan, checkout, now)
        sending = bool(turn.to_send or self.calls)
        self.wake_at = later
        if turn.events or turn.idempotency is not None:
            stored = replace(checkout, version=checkout.version + 1, updated_at=now)
            wake = min([at for at in (later, now + CLAIM if sending else None) if at], default=None)
            await self.store.append(self._change(plan, stored, turn, wake, now))
            checkout = stored
            self.house.committed(stored, turn.events)
        self.checkout = checkout
        self.house.recent.put(checkout)
        for item in turn.taken:
            item.succeed(checkout)

    def _change(
        self, plan: Plan, stored: Checkout, turn: Turn, wake_at: datetime | None, now: datetime
    ) -> Change:
        status, settled = status_of(plan, stored, now)
        rows = [
            EventRow(
                checkout=stored.id,
                retailer=stored.retailer,
                version=stored.version,
                index=index,
                type=event.type,
                at=now,
                data=event.public(),
            )
            for index, event in enumerate(turn.events)
        ]
        return Change(
            checkout=stored,
            expected=stored.version - 1,
            events=rows,
            status=status,
            settled=settled,
            wake_at=wake_at,
            references=[e.reference for e in turn.events if isinstance(e, StepStarted)],
            idempotency=turn.idempotency,
        )

    def _send(self, turn: Turn) -> None:
        """Everything is committed: now, and only now, send."""
        if turn.checkout is None or self.checkout is None:
            return
        plan, seen = self._plan(self.checkout), self.checkout
        for work in turn.to_send:
            task = asyncio.create_task(self._carry_out(plan, seen, work))
            self.calls[work.key] = task
            self.house.keep(task)

    async def _carry_out(self, plan: Plan, seen: Checkout, work: Work) -> None:
        try:
            fold = await carry_out(self.desk, plan, seen, work)
            self.inbox.append(Item(command=fold))
        finally:
            self.calls.pop(work.key, None)
            self.news.set()
