"""Doubt is resolved without a second effect, and undos may be repeated."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from unshackled.ports.operation import Operation
from unshackled.sdk import Absent, Call, InDoubt, Passed, Pending, Redirect, Refused
from unshackled.testing.bench import AdapterHarness
from unshackled.testing.contract.base import Suite, raises

UNKNOWN: Final = "A" * 26
# When no backend's index lags any more.
LATE: Final = timedelta(hours=6)


class Doubts(Suite):
    """Promises about lost answers and undos."""

    # Doubt

    async def test_a_lost_answer_is_found_by_our_reference(self) -> None:
        """After a lost answer the look-up finds the effect; before the call it is absent."""
        for bench, operation in self.benches(effects=True):
            if not self.declared().doubt[operation.key].lookup:
                continue
            call = await self._lose(bench, operation, absent=True)
            found = await bench.look_up(operation, call)
            if isinstance(found, Pending | Redirect):
                found = await bench.finish(operation, call, found)
            assert isinstance(found, Passed), operation.key
            assert isinstance(found.output, operation.output), operation.key
            assert bench.done(operation, call) == 1, operation.key

    async def test_sending_again_does_nothing_twice(self) -> None:
        """Where the backend honours our key, a resend answers the first outcome."""
        for bench, operation in self.benches(effects=True):
            if self.declared().doubt[operation.key].key_lifetime is None:
                continue
            request = await bench.prepare(operation)
            call = await self._lose(bench, operation, request=request)
            await bench.run(operation, call=call, request=request)
            again = await bench.run(operation, call=call, request=request)
            assert isinstance(again, Passed), operation.key
            assert bench.done(operation, call) == 1, operation.key

    async def _lose(
        self,
        bench: AdapterHarness,
        operation: Operation,
        *,
        request: Any = None,
        absent: bool = False,
    ) -> Call:
        request = request or await bench.prepare(operation)
        call = bench.call(operation)
        if absent:
            found = await bench.look_up(operation, call)
            assert isinstance(found, Absent), operation.key
        bench.stand_in.play("lost_answer", operation.key, times=1)
        with raises(InDoubt, operation):
            await bench.send(operation, request, call)
        return call

    # Undo

    async def test_undoing_twice_is_undoing_once(self) -> None:
        """An undo may be repeated, by the reference alone or under another key: once is enough."""
        for bench, operation in self.benches(effects=True):
            if operation.undo:
                await bench.run(operation)
                made = bench.history[operation.key]
                await bench.undo(operation, made)
                await bench.undo(operation, made, known=False)
                await bench.undo(operation, made, again=True)
                assert self._undone(bench, operation) == [made.call.reference], operation.key

    async def test_undoing_too_early_is_no_excuse_for_later(self) -> None:
        """What happens after its undo found nothing is undone when that is due again.

        A backend may also remember the undo, and refuse.
        """
        for bench, operation in self.benches(effects=True):
            if operation.undo:
                request, call = await bench.prepare(operation), bench.call(operation)
                await bench.undo_by(operation, call.reference)
                with suppress(Refused):
                    await bench.run(operation, call=call, request=request)
                if bench.done(operation, call):
                    await bench.undo(operation, bench.history[operation.key], again=True)
                    assert self._undone(bench, operation) == [call.reference], operation.key

    async def test_undoing_needs_the_reference_alone(self) -> None:
        """An effect whose answer was lost can be undone, without its output or handle."""
        for bench, operation in self.benches(effects=True):
            if operation.undo:
                await bench.run(operation)
                made = bench.history[operation.key]
                await bench.undo(operation, made, known=False)
                assert self._undone(bench, operation) == [made.call.reference], operation.key

    async def test_undoing_what_never_happened_is_done(self) -> None:
        """An undo of an unknown reference succeeds and does nothing."""
        for bench, operation in self.benches(effects=True):
            if operation.undo:
                await bench.undo_by(operation, UNKNOWN)
                assert self._undone(bench, operation) == [], operation.key

    async def test_undoing_what_is_not_found_follows_the_look_up(self) -> None:
        """While a look-up cannot say "absent" yet, an undo cannot either; later both can.

        An undo that the backend takes for whatever comes under the reference is done at once.
        """
        for since in (timedelta(0), LATE):
            for bench, operation in self.benches(effects=True):
                if operation.undo and self.declared().doubt[operation.key].lookup:
                    given_up_at = datetime.now(UTC) - since
                    found = await self._asked(bench, operation, given_up_at)
                    undone = await self._taken_back(bench, operation, given_up_at)
                    assert undone is None or undone == found, (operation.key, since, undone)

    async def _asked(
        self, bench: AdapterHarness, operation: Operation, given_up_at: datetime
    ) -> Any:
        call = bench.call(operation, reference=UNKNOWN, send_by=given_up_at)
        try:
            return await bench.look_up(operation, call)
        except InDoubt:
            return InDoubt

    async def _taken_back(
        self, bench: AdapterHarness, operation: Operation, given_up_at: datetime
    ) -> Any:
        try:
            return await bench.undo_by(operation, UNKNOWN, given_up_at=given_up_at)
        except InDoubt:
            return InDoubt

    def _undone(self, bench: AdapterHarness, operation: Operation) -> list[str]:
        undo = f"{operation.capability}.{operation.undo}"
        return [entry["reference"] for entry in bench.stand_in.done(undo)]
