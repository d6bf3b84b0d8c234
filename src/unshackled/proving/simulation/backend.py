"""The backends of a simulated world: what they did, once each or more, and the books they keep."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from unshackled.domain.records import replace
from unshackled.errors import InDoubt, Refused
from unshackled.flow.engine import commands as c
from unshackled.ports import Operation, all_operations
from unshackled.ports.call_context import Call
from unshackled.ports.operation import Doubt, idempotent, lookup, manual
from unshackled.ports.outcome import (
    Absent,
    Declined,
    Found,
    NotUndone,
    Outcome,
    Passed,
    Pending,
    Redirect,
    Undone,
)
from unshackled.ports.taking_back import REPEATABLE, TakesBack
from unshackled.proving.simulation.lender_books import (
    looked_at,
    refuses,
    repaid,
    taken_twice,
    too_much,
)
from unshackled.proving.simulation.simulation_runtime import SimulationRuntime
from unshackled.testing.made_up import output_for

OPERATIONS: Final[Mapping[str, Operation]] = all_operations()
WAYS: Final = (idempotent(), idempotent(), lookup(), lookup(), idempotent(lookup=False), manual())
PATIENT: Final = timedelta(minutes=1)
HOSTED: Final = frozenset({"agreement.sign", "payment.charge"})
HOSTED_SHARE: Final = 0.6
HALF: Final = 0.5
WANTED: Final = ("employer",)
MORE: Final = ("proof_of_income",)
HOURS: Final = timedelta(hours=5)
# What an old device turns out to be worth, of what was promised, in per cent.
WORTH: Final = (100, 100, 40, 0, 130)
LONG_AFTER: Final = 900  # seconds
# A hold that ended so shortly before was good when the charge was sent.
GRACE: Final = timedelta(seconds=25)


@dataclass(slots=True, kw_only=True)
class SimulatedEffect:
    """Something a backend did, by our reference; `times` counts how often it really did it.

    `expected` is the output with the amounts that were asked for, `until` the end of a hold.
    """

    operation: str
    provider: str
    reference: str
    checkout: str
    request: Any
    outcome: Outcome[Any]
    times: int = 1
    undone: bool = False
    expected: Any = None
    until: datetime | None = None

    @property
    def stands(self) -> bool:
        """Whether it exists and was not taken back."""
        return not self.undone and isinstance(self.outcome, Passed)

    @property
    def differs(self) -> bool:
        """Whether it was done for another amount than was asked for."""
        if self.undone or not isinstance(self.outcome, Passed):
            return False
        told, asked = self.outcome.output, self.expected
        return bool(getattr(told, "amount", None) != getattr(asked, "amount", None))


class SimulatedBackend:
    """All providers: they work, decline or take their time, and remember by our reference."""

    def __init__(self, stage: SimulationRuntime) -> None:
        """Draw how each operation leaves doubt."""
        self.stage = stage
        self.effects: dict[str, SimulatedEffect] = {}
        self.by_checkout: dict[str, list[SimulatedEffect]] = {}
        self.ways: dict[str, Doubt] = {
            key: stage.random.choice(WAYS)
            for key, one in OPERATIONS.items()
            if one.effect and (one.is_undo or not one.of_sale)
        }
        self.undone: set[str] = set()  # keys of undos; the first answer is repeated
        self.breaking: set[str] = set()  # undos that are about to fail, and nobody knows yet
        self.callbacks: asyncio.Queue[c.RecordNotice] = asyncio.Queue()

    def way(self, key: str) -> Doubt:
        """How an operation leaves doubt; what a case asks is drawn when it is first asked."""
        if OPERATIONS[key].is_undo:
            return REPEATABLE
        if key not in self.ways:
            self.ways[key] = self.stage.random.choice(WAYS)
        return self.ways[key]

    def end(self, request: TakesBack, call: Call) -> Passed[Any]:
        """A case undoes what its sale did."""
        sold = call.follows.reference if call.follows is not None else None
        self.take_back(sold or "", call.reference)
        return Passed(output=request.receipt())

    def answer(self, operation: Operation, request: Any, call: Call) -> Outcome[Any]:
        """A query: it passes, is declined or breaks, or does not know yet and may promise a day."""
        stage = self.stage
        if operation.waits and stage.chance() < stage.weather.waits:
            soon = stage.now() + timedelta(seconds=stage.chance() * 300)
            return Pending(poll_after=PATIENT, due_by=soon if stage.chance() < HALF else None)
        if operation.declinable and stage.chance() < stage.weather.declined:
            return Declined(code="declined")
        if operation.key == "credit.repayment":
            return repaid(self.by_checkout[call.checkout], request, stage.now())
        if operation.key == "trade_in.inspect":
            return looked_at(request, stage.random.choice(WORTH))
        return Passed(output=output_for(operation, request, call))

    def work(self, operation: Operation, provider: str, request: Any, call: Call) -> Outcome[Any]:
        """Do an effect. A backend without idempotency does it again when it is asked again."""
        known = self.effects.get(call.reference)
        if known is None:
            return self._first(operation, provider, request, call)
        if known.request != request:
            self.stage.blame(f"{call.reference} was sent again with another request")
        if self.way(operation.key).key_lifetime is None and not isinstance(known.outcome, Declined):
            known.times += 1
            self.stage.tell(provider, f"{operation.key} {call.reference[:6]} once more")
        return known.outcome

    def _first(self, operation: Operation, provider: str, request: Any, call: Call) -> Outcome[Any]:
        stage = self.stage
        if stage.chance() < stage.weather.refused:
            raise Refused("refused", code="400", provider=provider)
        outcome = self._outcome(operation, request, call)
        self._refuse_lapsed(operation, call)
        for line in self._forbidden(operation, request, call):
            stage.blame(f"{call.checkout}: {line}")
        effect = SimulatedEffect(
            operation=operation.key,
            provider=provider,
            reference=call.reference,
            checkout=call.checkout,
            request=request,
            outcome=outcome,
            expected=output_for(operation, request, call),
        )
        effect.until = outcome.valid_until if isinstance(outcome, Passed) else None
        self.effects[call.reference] = effect
        self.by_checkout.setdefault(call.checkout, []).append(effect)
        stage.tell(provider, f"{operation.key} {call.reference[:6]}: {type(outcome).__name__}")
        if isinstance(outcome, Pending | Redirect):
            stage.loop.spawn(None, self._finish(effect, operation, call))
        return outcome

    def _forbidden(self, operation: Operation, request: Any, call: Call) -> Iterator[str]:
        """What nobody may ever ask for, by the books of this checkout and of all others."""
        yield from too_much(self.by_checkout.get(call.checkout, ()), operation.key, request)
        if operation.claims is not None:
            yield from taken_twice([*self.effects.values()], request, call.checkout)

    def _outcome(self, operation: Operation, request: Any, call: Call) -> Outcome[Any]:
        stage = self.stage
        if refused := refuses(self.by_checkout.get(call.checkout, ()), operation.key, request):
            return refused
        if operation.declinable and stage.chance() < stage.weather.declined:
            return Declined(code="declined")
        if operation.declinable and stage.chance() < stage.weather.waits:
            return self._later(operation)
        return self._passes(operation, request, call)

    def _passes(self, operation: Operation, request: Any, call: Call) -> Passed[Any]:
        """It is done: for another amount than asked now and then, and a hold for a while only."""
        stage = self.stage
        output = output_for(operation, request, call)
        if hasattr(output, "amount") and stage.chance() < stage.weather.other_amounts:
            output = replace(output, amount=(output.amount or 0) + 100)
        until = None
        if operation.key == "stock.reserve":
            until = stage.now() + min(request.hold, timedelta(seconds=stage.weather.hold_seconds))
        return Passed(output=output, valid_until=until)

    def _refuse_lapsed(self, operation: Operation, call: Call) -> None:
        """Nothing is charged while the goods that it pays for are not held any more.

        A resend may come later: what it repeats was sent while they were.
        """
        if "due_today" not in operation.collects or call.attempt > 1:
            return
        holds = [one for one in self.by_checkout.get(call.checkout, ()) if one.stands]
        ends = [one.until for one in holds if one.operation == "stock.reserve" and one.until]
        if ends and max(ends) < self.stage.now() - GRACE:
            self.stage.blame(f"{call.checkout}: {operation.key} was sent after its hold had ended")

    def correct(self, reference: str) -> Passed[Any]:
        """On an operator's word the backend makes the amount what was asked."""
        effect = self.effects[reference]
        effect.outcome = Passed(output=effect.expected)
        return effect.outcome

    def _later(self, operation: Operation) -> Outcome[Any]:
        """It takes its time, or the customer has to come to a page."""
        if operation.key in HOSTED and self.stage.chance() < HOSTED_SHARE:
            return self._page()
        inquires = operation.supplied_by is not None and self.stage.chance() < HALF
        return Pending(poll_after=PATIENT, wanted=WANTED if inquires else ())

    def supply(self, request: Any) -> Outcome[Any]:
        """What was wanted is told: a person looks at it then, or wants to know something else."""
        effect = self.effects.get(request.reference)
        if effect is None or effect.undone:
            raise Refused("unknown", code="unknown_application")
        if isinstance(effect.outcome, Pending):
            more = MORE if self.stage.chance() < HALF / 2 else ()
            effect.outcome = Pending(poll_after=PATIENT, wanted=more)
        self.stage.tell(effect.provider, f"{effect.operation} {effect.reference[:6]} is told more")
        return effect.outcome

    def _page(self) -> Redirect:
        """It has another address every minute."""
        now = self.stage.now()
        return Redirect(url=f"https://page.invalid/{now:%H%M}", expires=now + HOURS)

    async def _finish(self, effect: SimulatedEffect, operation: Operation, call: Call) -> None:
        """A referral ends, and callbacks tell of it: none, one, or several, in any order."""
        stage = self.stage
        await stage.soon(300)
        if effect.undone:
            return
        effect.outcome = self._ending(effect, operation, call)
        effect.until = getattr(effect.outcome, "valid_until", None)
        final = type(effect.outcome).__name__
        stage.tell(effect.provider, f"{effect.operation} {effect.reference[:6]} ends: {final}")
        for _ in range(stage.random.choice((0, 1, 1, 2, 3))):
            stage.loop.spawn(None, self._call_back(effect))

    def _ending(self, effect: SimulatedEffect, operation: Operation, call: Call) -> Outcome[Any]:
        """What becomes of it; of what came between, it knows by then."""
        if self.stage.chance() < self.stage.weather.declined:
            return Declined(code="declined")
        refused = refuses(self.by_checkout[effect.checkout], operation.key, effect.request)
        return refused or self._passes(operation, effect.request, call)

    async def _call_back(self, effect: SimulatedEffect) -> None:
        await self.stage.soon(60)
        self.callbacks.put_nowait(
            c.RecordNotice(reference=effect.reference, outcome=effect.outcome)
        )

    def take_back(self, reference: str, key: str) -> Undone:
        """Undo: what is undone already is done, and what a key brought before; or there is none."""
        effect, repeated = self.effects.get(reference), key in self.undone
        self.undone.add(key)
        if effect is None or repeated:
            return None if repeated else Absent()
        if effect.stands and self.stage.chance() < self.stage.weather.undo_breaks:
            self.breaking.add(reference)
            self.stage.loop.spawn(None, self._break_undo(effect))
        effect.undone = True
        self.stage.tell(effect.provider, f"{effect.operation} {reference[:6]} taken back")
        return None

    async def _break_undo(self, effect: SimulatedEffect) -> None:
        """Long after it was accepted, the undo fails."""
        await asyncio.sleep(LONG_AFTER)
        effect.undone = False
        self.stage.tell(effect.provider, f"{effect.operation} {effect.reference[:6]} is back")
        broke = NotUndone(code="refund_failed")
        self.callbacks.put_nowait(c.RecordNotice(reference=effect.reference, outcome=broke))

    def find(self, reference: str) -> Found[Any]:
        """What became of an effect."""
        effect = self.effects.get(reference)
        if effect is None or effect.undone:
            return Absent()
        return self._page() if isinstance(effect.outcome, Redirect) else effect.outcome

    def broken(self, provider: str) -> InDoubt:
        """An answer that says nothing."""
        return InDoubt("answered 503", provider=provider)
