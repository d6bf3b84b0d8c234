"""Money that does not go back after all is reported: it must not count as with the customer."""

from __future__ import annotations

from collections.abc import AsyncIterator

from unshackled.errors import NotSent, ProviderError
from unshackled.ports.operation import Operation
from unshackled.sdk import NotUndone
from unshackled.testing.bench import AdapterHarness
from unshackled.testing.contract.callback_promises import Callbacks


class Refunds(Callbacks):
    """Promises about refunds that fail; an adapter that takes no money keeps them all.

    The stand-in plays `decline` for an undo that the vendor fails at once, and `refer` for one that
    it takes in and that fails later.
    """

    async def test_a_refund_that_fails_at_once_is_told(self) -> None:
        """The undo raises, or a callback says that the money did not go back."""
        async for bench, operation in self._taken():
            self.break_refund(bench, operation, later=False)
            raised, told = await self._give_back(bench, operation)
            assert raised or told, f"{operation.key}: a refund that failed counts as done"
            self._nothing_went_back(bench, operation)

    async def test_a_refund_that_fails_later_is_told(self) -> None:
        """The undo was taken in; then a callback takes that word back, by the effect's reference.

        Where the vendor has no callbacks the undo itself must say that it is not done.
        """
        async for bench, operation in self._taken():
            self.break_refund(bench, operation, later=True)
            raised, told = await self._give_back(bench, operation)
            heard = told if self._reads() else raised
            assert heard, f"{operation.key}: a refund that came back is not told"
            self._nothing_went_back(bench, operation)

    def break_refund(self, bench: AdapterHarness, operation: Operation, *, later: bool) -> None:
        """Have the vendor fail the next refund; override it where its stand-in does otherwise."""
        bench.stand_in.play("refer" if later else "decline", _undo(operation))

    async def _taken(self) -> AsyncIterator[tuple[AdapterHarness, Operation]]:
        """A bench for each way of taking money: by a charge, and by capturing a hold."""
        offered = {operation.key: operation for operation in self.bench().effects}
        for last, undone in (("charge", "charge"), ("capture", "authorise")):
            if f"payment.{last}" in offered and f"payment.{undone}" in offered:
                bench = self.bench()
                await bench.run(offered[f"payment.{last}"])
                await bench.stand_in.settle()
                yield bench, offered[f"payment.{undone}"]

    async def _give_back(self, bench: AdapterHarness, operation: Operation) -> tuple[bool, bool]:
        """Undo it; whether that raised, and whether a callback said that it failed."""
        made, before, raised = bench.history[operation.key], len(bench.callbacks), False
        try:
            await bench.undo(operation, made)
        except NotSent:
            raise
        except ProviderError:
            raised = True
        await bench.stand_in.settle()
        reported = False
        for callback in bench.callbacks[before:] if self._reads() else ():
            for notice in await self.read_raw(bench, self.arrived(callback)):
                ours = notice.reference == made.call.reference
                reported = reported or (ours and isinstance(notice.outcome, NotUndone))
        return raised, reported

    def _reads(self) -> bool:
        declared = self.declared()
        return declared.callback is not None or declared.receive is not None

    def _nothing_went_back(self, bench: AdapterHarness, operation: Operation) -> None:
        """The stand-in did as it was asked: else the promise would be about nothing."""
        assert bench.stand_in.done(_undo(operation)) == [], f"{operation.key}: it was given back"


def _undo(operation: Operation) -> str:
    return f"{operation.capability}.{operation.undo}"
