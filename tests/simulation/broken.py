"""Engines with one promise taken out, to show that the simulation would notice."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from unshackled.adapter_registry import find
from unshackled.domain.checkout import Checkout, Private
from unshackled.domain.package import Selection
from unshackled.domain.records import replace
from unshackled.domain.selection import SelectionFault
from unshackled.errors import InDoubt
from unshackled.flow.engine.status import CheckoutView, standing
from unshackled.flow.plan.plan import Plan
from unshackled.flow.plan.registry import FlowRegistry, compile_resolved, load_flows
from unshackled.flow.runtime.batch import CommandBatch
from unshackled.flow.runtime.engine_host import Engine
from unshackled.flow.runtime.runner import Runner
from unshackled.ports.call_context import Call, Undo
from unshackled.ports.outcome import Passed
from unshackled.ports.payment import AmountRefunded, PaymentCaptured, PaymentCharged
from unshackled.proving.simulation.backend import OPERATIONS
from unshackled.proving.simulation.plans import OWN
from unshackled.store.stored_records import Change
from unshackled.testing.made_up import output_for


class SendsFirst(Runner):
    """The write-ahead removed: it sends, and commits afterwards."""

    async def _commit(self, turn: CommandBatch) -> None:
        self._send(turn)
        turn.to_send = []
        await super()._commit(turn)


class RemembersAll(CommandBatch):
    """Erasing that lasts until the next change."""

    def change(self, checkout: Checkout, wake_at: datetime | None) -> Change:
        if checkout.erasure is not None and self.base is not None and self.base.erasure is not None:
            private = Private(inputs={"contact": {"email": "ada@example.com"}})
            checkout = replace(checkout, private=private)
        return super().change(checkout, wake_at)


class WritesBackRunner(Runner):
    """Decides with it."""

    turn = RemembersAll


class WritesBack(Engine):
    """Writes personal data back after it was erased."""

    runner = WritesBackRunner


class NoWriteAhead(Engine):
    """Sends first."""

    runner = SendsFirst


class LastWriteWins:
    """The compare-and-swap removed: whoever writes last is right."""

    def __init__(self, store: Any) -> None:
        self._store = store

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def append(self, change: Change) -> None:
        stored = await self._store.load(change.checkout.id)
        version = stored.version if stored is not None else 0
        if version and change.expected != version:
            checkout = replace(change.checkout, version=version + 1)
            events = [replace(event, version=version + 1) for event in change.events]
            change = replace(change, checkout=checkout, expected=version, events=events)
        await self._store.append(change)


def no_compare_and_swap(*, store: Any, **parts: Any) -> Engine:
    """An engine over a store without a compare-and-swap."""
    return Engine(store=LastWriteWins(store), **parts)


class TriesAgain:
    """Sends an effect again when the answer did not come, whatever the backend is like."""

    def __init__(self, backends: Any) -> None:
        self._backends = backends

    def __getattr__(self, name: str) -> Any:
        return getattr(self._backends, name)

    async def perform(self, *call: Any) -> Any:
        for _ in range(2):
            try:
                return await self._backends.perform(*call)
            except InDoubt:
                continue
        return await self._backends.perform(*call)


def repeats_blindly(*, caller: Any, **parts: Any) -> Engine:
    """An engine that repeats what may have happened."""
    return Engine(caller=replace(caller, backends=TriesAgain(caller.backends)), **parts)


class KeepsUndoKeys:
    """Undoes an effect under one key for ever, so that a backend answers from its memory."""

    def __init__(self, backends: Any) -> None:
        self._backends = backends

    def __getattr__(self, name: str) -> Any:
        return getattr(self._backends, name)

    async def undo(
        self, retailer: str, provider: str, operation: str, undo: Undo[Any], call: Call
    ) -> None:
        call = replace(call, reference=f"{undo.reference}.undo")
        await self._backends.undo(retailer, provider, operation, undo, call)


def one_key_for_an_undo(*, caller: Any, **parts: Any) -> Engine:
    """An engine whose undo that is due again says what it said before."""
    return Engine(caller=replace(caller, backends=KeepsUndoKeys(caller.backends)), **parts)


class Echoes:
    """Adapters that report the amount that was asked for, whatever the provider said."""

    def __init__(self, backends: Any) -> None:
        self._backends = backends
        self._asked: dict[str, Any] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._backends, name)

    async def perform(
        self, retailer: str, provider: str, operation: str, request: Any, call: Call
    ) -> Any:
        self._asked[call.reference] = output_for(OPERATIONS[operation], request, call)
        outcome = await self._backends.perform(retailer, provider, operation, request, call)
        return self._as_asked(outcome, call)

    async def look_up(self, retailer: str, provider: str, operation: str, call: Call) -> Any:
        found = await self._backends.look_up(retailer, provider, operation, call)
        return self._as_asked(found, call)

    def _as_asked(self, outcome: Any, call: Call) -> Any:
        asked = self._asked.get(call.reference)
        if not isinstance(outcome, Passed) or asked is None or not hasattr(asked, "amount"):
            return outcome
        return replace(outcome, output=replace(outcome.output, amount=asked.amount))


def compares_no_amount(*, caller: Any, **parts: Any) -> Engine:
    """An engine that never sees that another amount was taken."""
    return Engine(caller=replace(caller, backends=Echoes(caller.backends)), **parts)


class AnyCharge(PaymentCharged):
    """A charge that is never another than was asked for."""

    def differs(self, request: object) -> str | None:
        """Nothing does."""
        return None


class AnyCapture(PaymentCaptured):
    """The same of what was held."""

    def differs(self, request: object) -> str | None:
        """Nothing does."""
        return None


class AnyRefund(AmountRefunded):
    """The same of what goes back in a case."""

    def differs(self, request: object) -> str | None:
        """Nothing does."""
        return None


ANY: Mapping[type, Any] = {
    PaymentCharged: AnyCharge,
    PaymentCaptured: AnyCapture,
    AmountRefunded: AnyRefund,
}


class TakesAnyAmount:
    """Adapters to whose amounts the engine is blind."""

    def __init__(self, backends: Any) -> None:
        self._backends = backends

    def __getattr__(self, name: str) -> Any:
        return getattr(self._backends, name)

    async def perform(self, *call: Any) -> Any:
        return self._blind(await self._backends.perform(*call))

    async def look_up(self, *call: Any) -> Any:
        return self._blind(await self._backends.look_up(*call))

    def _blind(self, outcome: Any) -> Any:
        shape = ANY.get(type(outcome.output)) if isinstance(outcome, Passed) else None
        if shape is None:
            return outcome
        told = outcome.output
        fields = {name: getattr(told, name) for name in told.__struct_fields__}
        return replace(outcome, output=shape(**fields))


def takes_any_amount(*, caller: Any, **parts: Any) -> Engine:
    """An engine that lets another amount than was asked for pass."""
    return Engine(caller=replace(caller, backends=TakesAnyAmount(caller.backends)), **parts)


class GivesNothingBack(KeepsUndoKeys):
    """Adapters that say that a payment is given back, and keep it."""

    async def undo(
        self, retailer: str, provider: str, operation: str, undo: Undo[Any], call: Call
    ) -> None:
        if not operation.startswith("payment."):
            await super().undo(retailer, provider, operation, undo, call)


def gives_nothing_back(*, caller: Any, **parts: Any) -> Engine:
    """An engine whose refunds never reach the payment provider."""
    return Engine(caller=replace(caller, backends=GivesNothingBack(caller.backends)), **parts)


class Timeless:
    """Adapters that do not say how long what they did counts."""

    def __init__(self, backends: Any) -> None:
        self._backends = backends

    def __getattr__(self, name: str) -> Any:
        return getattr(self._backends, name)

    async def perform(self, *call: Any) -> Any:
        return self._for_ever(await self._backends.perform(*call))

    async def look_up(self, *call: Any) -> Any:
        return self._for_ever(await self._backends.look_up(*call))

    def _for_ever(self, outcome: Any) -> Any:
        return replace(outcome, valid_until=None) if isinstance(outcome, Passed) else outcome


def renews_no_hold(*, caller: Any, **parts: Any) -> Engine:
    """An engine to which a hold lasts for ever."""
    return Engine(caller=replace(caller, backends=Timeless(caller.backends)), **parts)


def sells_anything(plan: Plan, selection: Selection) -> Sequence[SelectionFault]:
    """A door that lets every part in."""
    return ()


def says_nothing(plan: Plan, checkout: Checkout, now: datetime) -> CheckoutView:
    """A page that shows what to do, and never who is at work."""
    return replace(standing(plan, checkout, now), messages=())


def unproven(plan: Plan) -> Plan:
    """A flow as it was stored before payment was proved: it charges only with accessories."""
    resolved = json.loads(json.dumps(plan.resolved))
    resolved["steps"]["deposit"]["when"] = "has(package.accessories)"
    return compile_resolved(resolved, _own(), find())


@cache
def _own() -> FlowRegistry:
    return load_flows(OWN, find())


def unguarded(plan: Plan) -> Plan:
    """A pivot that is said to collect what is due itself, so that nothing before it has to."""
    pivot = plan.steps[str(plan.pivot)]
    definition: Any = pivot.definition
    operation = replace(definition.operation, collects=frozenset({"due_today"}))
    pivot = replace(pivot, definition=replace(definition, operation=operation))
    return replace(plan, steps={**plan.steps, pivot.name: pivot})


def short_sighted(plan: Plan) -> Plan:
    """A plan whose steps do not know what stands on them: after a change nobody looks there."""
    steps = {name: replace(step, descendants=frozenset()) for name, step in plan.steps.items()}
    return replace(plan, steps=steps)
