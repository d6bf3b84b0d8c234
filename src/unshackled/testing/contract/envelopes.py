"""Only what the vendor said counts: not what a party between us and it answers in its place."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final
from zlib import crc32

from unshackled.ports.operation import Operation
from unshackled.sdk import Call, Declined, InDoubt, NotSent, Passed, Pending, Redirect, Refused
from unshackled.testing.bench import AdapterHarness
from unshackled.testing.contract.callback_promises import Callbacks
from unshackled.testing.exchanges import Exchange
from unshackled.testing.strangers import (
    STATUSES,
    TURNED_AWAY,
    Between,
    Strange,
    strange,
    unreadable,
)

# No call of an adapter takes more exchanges than that.
MOST: Final = 12
Act = Callable[[], Awaitable[Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """A bench where all is ready, the wire to it, and what is to be tried there.

    `act` makes the call anew each time it is called; `call` tells which it made last.
    """

    bench: AdapterHarness
    wire: Between
    act: Act
    call: Callable[[], Call]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One call of which one exchange was answered by another party, and what came of it."""

    setting: Setting
    result: object
    status: int
    before: int
    what: str


Prepare = Callable[[], Awaitable[Setting]]
Holds = Callable[[Trial], bool]
# Each answer of a stranger with the statuses it may come under.
Answers = Iterator[tuple[Strange, Sequence[int]]]


class Envelopes(Callbacks):
    """Promises about answers that are not the vendor's, each for every exchange of a call."""

    async def test_a_call_believes_only_the_vendor(self) -> None:
        """Whatever a stranger answers a call with is in doubt, whatever its status.

        Turned away is not sent, unless the effect was done before.
        """
        for operation in self.bench().operations:
            prepare = partial(self._calling, operation)
            await self._try(prepare, operation.key, partial(_called, operation))

    async def test_what_was_done_is_never_not_sent(self) -> None:
        """An effect whose answer was swapped on its way is in doubt: it is not sent once more."""
        for operation in self.bench().effects:
            prepare = partial(self._calling, operation)
            await self._try(prepare, operation.key, partial(_doubted, operation), passes=True)

    async def test_a_look_up_believes_only_the_vendor(self) -> None:
        """So it is when we ask what became of an effect: it is never absent nor declined."""
        for operation in self.bench().effects:
            if self.declared().doubt[operation.key].lookup:
                for known in (True, False):
                    prepare = partial(self._looking, operation, known=known)
                    await self._try(prepare, f"look-up of {operation.key}", _found)

    async def test_an_undo_believes_only_the_vendor(self) -> None:
        """So it is when we take something back: it is not done because somebody says so."""
        for operation in self.bench().effects:
            if operation.undo:
                undo = f"{operation.capability}.{operation.undo}"
                for known in (True, False):
                    prepare = partial(self._undoing, operation, known=known)
                    await self._try(prepare, undo, partial(_undone, undo))

    async def test_a_callback_believes_only_the_vendor(self) -> None:
        """So it is when the vendor is asked what its callback means: it is sent again."""
        if self.declared().receive is None:
            return
        async for bench, operation in self._told():
            for number in range(len(bench.callbacks)):
                prepare = partial(self._receiving, operation, number)
                await self._try(prepare, f"callback of {operation.key}", _heard)

    async def _calling(self, operation: Operation) -> Setting:
        wire, bench = self._behind()
        request = await bench.prepare(operation)
        calls = [bench.call(operation)]

        async def act() -> Any:
            calls.append(bench.call(operation))
            return await bench.send(operation, request, calls[-1])

        return Setting(bench=bench, wire=wire, act=act, call=lambda: calls[-1])

    async def _looking(self, operation: Operation, *, known: bool) -> Setting:
        wire, bench = self._behind()
        await bench.run(operation)
        made = bench.history[operation.key]
        changes = {"handle": made.handle} if known else {}
        call = bench.call(operation, reference=made.call.reference, **changes)
        return Setting(
            bench=bench, wire=wire, act=lambda: bench.look_up(operation, call), call=lambda: call
        )

    async def _undoing(self, operation: Operation, *, known: bool) -> Setting:
        wire, bench = self._behind()
        await bench.run(operation)
        made = bench.history[operation.key]
        return Setting(
            bench=bench,
            wire=wire,
            act=lambda: bench.undo(operation, made, known=known),
            call=lambda: made.call,
        )

    async def _receiving(self, operation: Operation, number: int) -> Setting:
        wire, bench = self._behind()
        await self.run_with_callback(bench, operation)
        await bench.stand_in.settle()
        raw = self.arrived(bench.callbacks[number])
        call = bench.history[operation.key].call
        return Setting(
            bench=bench, wire=wire, act=lambda: self.read_raw(bench, raw), call=lambda: call
        )

    def _behind(self) -> tuple[Between, AdapterHarness]:
        wire = Between()
        return wire, self.bench(through=wire.between)

    async def _try(self, prepare: Prepare, key: str, holds: Holds, *, passes: bool = False) -> None:
        """Each exchange of a call in turn is answered by each stranger under each status.

        Where it `passes`, the vendor does what is asked, and its answer alone is swapped.
        """
        clean = await prepare()
        own = await _exchanges(clean)
        assert len(own) <= MOST, f"{key}: {len(own)} exchanges"
        for at, exchange in enumerate(own):
            setting = await prepare()
            answers = _swapped() if passes else _answers(exchange)
            for status, answer in self._tried(answers, at, key):
                trial = await _trial(setting, at, status, answer, passes=passes)
                if not setting.wire.struck:
                    # What was tried before has changed something: begin anew.
                    setting = await prepare()
                    trial = await _trial(setting, at, status, answer, passes=passes)
                assert setting.wire.struck, f"{key}: no exchange {at} any more"
                assert holds(trial), f"{key}: {trial.what}: {trial.result!r}"

    def _tried(self, answers: Answers, at: int, key: str) -> Iterator[tuple[int, Strange]]:
        """One in so many of the answers: of every body and of every status."""
        begin = at + crc32(f"{self.adapter} {key}".encode())
        for row, (answer, statuses) in enumerate(answers):
            for column, status in enumerate(statuses):
                if (row + column + begin) % self.one_in == 0:
                    yield status, answer


async def _exchanges(setting: Setting) -> list[Exchange]:
    """What a call says over the wire with no party between."""
    before = len(setting.bench.tape.exchanges)
    setting.wire.rest()
    await setting.act()
    return setting.bench.tape.exchanges[before:]


def _answers(own: Exchange) -> Answers:
    """Every answer of a stranger; not the one that the vendor gives itself."""
    for answer in strange(own.answer_body):
        same = answer.body == own.answer_body
        yield answer, [status for status in STATUSES if not (same and status == own.status)]


def _swapped() -> Answers:
    """Every status that says nothing of whether it was done."""
    for answer in unreadable():
        yield answer, [status for status in STATUSES if status not in TURNED_AWAY]


async def _trial(setting: Setting, at: int, status: int, answer: Strange, *, passes: bool) -> Trial:
    before = len(setting.bench.tape.exchanges)
    setting.wire.aim(at, status, answer, passes=passes)
    result: object
    try:
        result = await setting.act()
    # Whatever it raises is judged, an adapter that breaks included.
    except Exception as error:  # noqa: BLE001
        result = error
    setting.wire.with_ = None
    what = f"exchange {at} answered {status} {answer}"
    return Trial(setting=setting, result=result, status=status, before=before, what=what)


def _unsettled(trial: Trial) -> bool:
    """Nothing was concluded: in doubt, not sent, or waiting for what the vendor itself began."""
    if isinstance(trial.result, Pending | Redirect):
        return _began(trial, trial.result.handle)
    return isinstance(trial.result, InDoubt | NotSent)


def _began(trial: Trial, handle: str | None) -> bool:
    """Whether the vendor named this handle, in an answer of its own."""
    own = trial.setting.bench.tape.exchanges[trial.before :]
    return handle is not None and (
        handle == trial.setting.call().handle
        or any(handle.encode() in one.answer_body for one in own)
    )


def _called(operation: Operation, trial: Trial) -> bool:
    """It passed only where it was done; what was done is never called not sent."""
    bench, call = trial.setting.bench, trial.setting.call()
    done = bench.done(operation, call) if operation.effect else 0
    if isinstance(trial.result, Passed):
        return done > 0
    return _unsettled(trial) and not (isinstance(trial.result, NotSent) and done)


def _doubted(operation: Operation, trial: Trial) -> bool:
    """What was done is not called not sent, and never ended badly."""
    done = trial.setting.bench.done(operation, trial.setting.call())
    return not done or not isinstance(trial.result, NotSent | Refused | Declined)


def _undone(undo: str, trial: Trial) -> bool:
    """It is taken back only where the vendor took it back."""
    if trial.result is not None:
        return _unsettled(trial)
    return bool(trial.setting.bench.stand_in.done(undo, trial.setting.call().reference))


def _found(trial: Trial) -> bool:
    """What a look-up says may only be what the vendor said: that it was done, if anything."""
    return isinstance(trial.result, Passed) or _unsettled(trial)


def _heard(trial: Trial) -> bool:
    """A callback is not taken for read before the vendor said what it means."""
    return isinstance(trial.result, InDoubt | NotSent)
