"""What is repeated while the backend's reads lag behind: no failure is made up from what was."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from itertools import product
from typing import Any

from unshackled.domain.records import replace
from unshackled.errors import ProviderError
from unshackled.ports.operation import Operation
from unshackled.sdk import Declined, InDoubt, NotSent, Refused
from unshackled.testing.bench import AdapterHarness, RecordedEffect
from unshackled.testing.contract.base import Suite, raises
from unshackled.testing.lagging import Lagging


class Lags(Suite):
    """Promises about what is sent again before a read shows what the first try did."""

    async def test_undoing_again_while_reads_lag_is_no_failure(self) -> None:
        """An undo that was done is never refused at its second try; later it is found done."""
        for operation in self.bench().effects:
            for known, finished in product((True, False), repeat=2):
                if operation.undo:
                    await self._undo_again(operation, known=known, finished=finished)

    async def test_sending_again_while_reads_lag_is_no_failure(self) -> None:
        """Nor is an effect whose answer was lost a decline when it is sent again.

        It may be refused: the engine takes no refusal of a second sending for the first one's end.
        """
        for operation in self.bench().effects:
            wire, bench = self._lagging()
            request, call = await bench.prepare(operation), bench.call(operation)
            await self._read(bench, operation, call)
            bench.stand_in.play("lost_answer", operation.key, times=1)
            with raises(InDoubt, operation):
                await bench.send(operation, request, call)
            wire.lags = True
            told = await _told(bench.send(operation, request, replace(call, attempt=2)))
            assert not isinstance(told, Declined), f"{operation.key}: {told!r}"

    async def _undo_again(self, operation: Operation, *, known: bool, finished: bool) -> None:
        wire, bench = self._lagging()
        await (bench.run(operation) if finished else self._begin(bench, operation))
        made, what = bench.history[operation.key], f"{operation.key}, {known=}, {finished=}"
        await self._read(bench, operation, replace(made.call, handle=made.handle))
        first = await _told(bench.undo(operation, made, known=known))
        wire.lags = True
        output = getattr(made.outcome, "output", None) if known else None
        handle = made.handle if known else None
        again = partial(bench.undo_by, operation, made.call.reference, output, handle, again=True)
        told = await _told(again(undecided_since=datetime.now(UTC)))
        assert not isinstance(told, Refused | NotSent), f"{what}: {told!r}"
        wire.lags = False
        told = await _told(again())
        settled = not isinstance(told, ProviderError)
        assert settled or isinstance(first, ProviderError), f"{what}: {told!r} in the end"
        undone = bench.stand_in.done(f"{operation.capability}.{operation.undo}")
        # Whether the reference alone is enough is another promise: never is it done twice.
        done = bench.done(operation, made.call)
        assert len(undone) <= done, what
        assert len(undone) == done or not known, what

    async def _begin(self, bench: AdapterHarness, operation: Operation) -> None:
        """Send an effect that a customer, or a person at the backend, may still have to end."""
        request, call = await bench.prepare(operation), bench.call(operation)
        outcome = await bench.send(operation, request, call)
        handle = getattr(outcome, "handle", None)
        made = RecordedEffect(call=call, request=request, outcome=outcome, handle=handle)
        bench.history[operation.key] = made

    async def _read(self, bench: AdapterHarness, operation: Operation, call: Any) -> None:
        """Ask once, so that the lagging wire knows what was."""
        if self.declared().doubt[operation.key].lookup:
            with suppress(ProviderError):
                await bench.look_up(operation, call)

    def _lagging(self) -> tuple[Lagging, AdapterHarness]:
        wire = Lagging()
        return wire, self.bench(through=wire.between)


async def _told(act: Any) -> object:
    """What a call answers, or how it fails."""
    try:
        return await act
    except ProviderError as error:
        return error
