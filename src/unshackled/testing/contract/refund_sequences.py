"""Whatever happens to refunds on their way: no more goes back than was taken, and each one once.

Sequences are made by a seed: refunds of any sum, answers that are lost and brought to their end by
the declared way out of doubt, calls that are sent again, and look-ups in between.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Any, ClassVar, Final

from unshackled.domain.case_money import CaseMoney
from unshackled.domain.records import replace
from unshackled.errors import InDoubt, Refused
from unshackled.ports.operation import Doubt, Operation
from unshackled.sdk import Absent, Call, Declined, Passed, Pending, Redirect
from unshackled.testing.bench import AdapterHarness
from unshackled.testing.contract.base import Suite, raises

REFUND: Final = "payment.refund_amount"
STEPS: Final = ("refund", "refund", "lost", "lost", "again", "ask")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One refund: its call, what it asked for, and what it came to; None where a person decides."""

    call: Call
    request: Any
    outcome: Passed[Any] | Declined | type[Refused] | None


@dataclass(kw_only=True)
class Sequence:
    """Refunds of one payment, one after the other."""

    bench: AdapterHarness
    operation: Operation
    doubt: Doubt
    taken: int
    chance: Random
    sent: list[Sent] = field(default_factory=list)

    async def step(self) -> str:
        """Do one thing more; its name."""
        step = self.chance.choice(STEPS)
        if step in ("refund", "lost") or not self.sent:
            await self._refund(lost=step == "lost")
            return step
        await self._repeat(self.chance.choice(self.sent), step)
        return step

    async def _refund(self, *, lost: bool) -> None:
        request, call = await self._asking(), self.bench.call(self.operation)
        if lost:
            await self._lose(request, call)
            outcome = await self._out_of_doubt(request, call)
        else:
            outcome = await self._send(request, call)
        self.sent.append(Sent(call=call, request=request, outcome=outcome))

    async def _asking(self) -> Any:
        """A request for some of it; now and then for more than can be left."""
        amount = self.chance.randint(1, self.taken // self.chance.randint(1, 4))
        request = await self.bench.prepare(self.operation)
        money = CaseMoney(payment=amount, currency=self.bench.currency)
        return replace(request, money=money, case=replace(request.case, amount=amount))

    async def _lose(self, request: Any, call: Call) -> None:
        """The backend does what it is asked, or says no; either way nobody hears of it."""
        self.bench.stand_in.play("lost_answer", REFUND, times=1)
        with raises(InDoubt, self.operation):
            await self.bench.send(self.operation, request, call)

    async def _out_of_doubt(self, request: Any, call: Call) -> Any:
        """By the first of the declared ways, as the engine does; by none: a person decides."""
        again = replace(call, attempt=2)
        if self.doubt.key_lifetime is not None:
            return await self._send(request, again)
        if not self.doubt.lookup:
            return None
        found = await self._look_up(call)
        return await self._send(request, again) if isinstance(found, Absent) else found

    async def _repeat(self, one: Sent, step: str) -> None:
        """A call that is sent or asked about again says what it said."""
        if step == "again" and self.doubt.key_lifetime is not None:
            told = await self._send(one.request, replace(one.call, attempt=2))
            assert told == one.outcome, f"{one.outcome} was {told} when sent again"
        elif step == "ask" and self.doubt.lookup:
            told = await self._look_up(one.call)
            known = isinstance(one.outcome, Passed)
            assert told == one.outcome if known else not isinstance(told, Passed), told

    async def _look_up(self, call: Call) -> Any:
        found = await self.bench.look_up(self.operation, call)
        return await self._end(call, found)

    async def _send(self, request: Any, call: Call) -> Any:
        try:
            return await self._end(call, await self.bench.send(self.operation, request, call))
        except Refused:
            return Refused

    async def _end(self, call: Call, outcome: Any) -> Any:
        if not isinstance(outcome, Pending | Redirect):
            return outcome
        await self.bench.stand_in.settle()
        return await self.bench.finish(self.operation, call, outcome)


class RefundSequences(Suite):
    """Promises about refunds of sums, in any order; who has none keeps them."""

    sequences: ClassVar[int] = 4
    steps: ClassVar[int] = 7

    async def test_no_sequence_of_refunds_gives_back_more_than_was_taken(self) -> None:
        """However they are lost and repeated: the sums fit, and each reference is given once."""
        if REFUND not in {one.key for one in self.bench().operations}:
            return
        for seed in range(self.sequences):
            sequence = await self._sold(seed)
            done = [await sequence.step() for _ in range(self.steps)]
            await sequence.bench.stand_in.settle()
            self._check(sequence, f"seed {seed}: {', '.join(done)}")

    async def _sold(self, seed: int) -> Sequence:
        bench = self.bench()
        (operation,) = (one for one in bench.operations if one.key == REFUND)
        await bench.prepare(operation)
        followed = bench.call(operation).follows
        assert followed is not None
        return Sequence(
            bench=bench,
            operation=operation,
            doubt=self.declared().doubt[REFUND],
            taken=getattr(followed.output, "amount", 0),
            chance=Random(f"{self.adapter} {seed}"),
        )

    def _check(self, sequence: Sequence, what: str) -> None:
        """The backend's own book against what was taken, and against what the adapter told."""
        book = sequence.bench.stand_in.done(REFUND)
        references = [entry["reference"] for entry in book]
        assert len(set(references)) == len(references), f"{what}: one went back twice"
        assert sum(entry["amount"] for entry in book) <= sequence.taken, (
            f"{what}: more than was taken"
        )
        given = {entry["reference"]: entry["amount"] for entry in book}
        for one in sequence.sent:
            if one.outcome is None:
                continue
            wanted = one.request.amount if isinstance(one.outcome, Passed) else None
            assert given.get(one.call.reference) == wanted, f"{what}: {one.outcome}"
            told = getattr(one.outcome, "output", None)
            assert told is None or told.amount == wanted, f"{what}: {one.outcome}"
