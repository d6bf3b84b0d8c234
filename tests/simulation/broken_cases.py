"""Engines with one promise taken out of what comes after a sale, or of an upgrade."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from unshackled.domain.checkout import Cancellation, Checkout
from unshackled.domain.records import replace
from unshackled.domain.run_records import Run
from unshackled.flow.engine import commands as c
from unshackled.flow.engine.decide import Decision
from unshackled.flow.runtime.batch import CommandBatch
from unshackled.flow.runtime.engine_host import Engine
from unshackled.flow.runtime.runner import Runner
from unshackled.ports.call_context import Call
from unshackled.ports.outcome import Passed
from unshackled.proving.simulation.backend import OPERATIONS
from unshackled.store.stored_records import Change
from unshackled.testing.made_up import output_for


class ForgetsCases(CommandBatch):
    """Opening a case as if there had been none before."""

    def decision(self, checkout: Checkout, command: c.Command) -> Decision:
        if not isinstance(command, c.OpenCase):
            return super().decision(checkout, command)
        over = Cancellation(code="forgotten", by="flow", at=checkout.updated_at)
        blank = {name: replace(run, canceled=over) for name, run in checkout.runs.items()}
        made = super().decision(replace(checkout, runs=blank), command)
        runs = {**made.checkout.runs, **checkout.runs}
        return replace(made, checkout=replace(made.checkout, runs=runs))


class ForgetsCasesRunner(Runner):
    """Decides with it."""

    turn = ForgetsCases


class ForgetsCasesEngine(Engine):
    """Gives back what was given back before."""

    runner = ForgetsCasesRunner


class OverlooksOthers(CommandBatch):
    """Decides a case without something that the other cases of its sale have moved."""

    def without(self, output: dict[str, Any]) -> dict[str, Any] | None:
        """The output of a step of another case as this engine sees it."""
        raise NotImplementedError

    def decision(self, checkout: Checkout, command: c.Command) -> Decision:
        clean = {name: self._seen(run) for name, run in checkout.runs.items()}
        if command.run is not None and command.run in clean:
            clean[command.run] = checkout.runs[command.run]
        made = super().decision(replace(checkout, runs=clean), command)
        kept = {name: run for name, run in checkout.runs.items() if name != command.run}
        runs = {**made.checkout.runs, **kept}
        return replace(made, checkout=replace(made.checkout, runs=runs))

    def _seen(self, run: Run) -> Run:
        steps = {
            name: replace(state, output=self.without(dict(state.output))) if state.output else state
            for name, state in run.steps.items()
        }
        return replace(run, steps=steps)


class OverlooksExcess(OverlooksOthers):
    """As if providers had given back what others decided, and never more."""

    def without(self, output: dict[str, Any]) -> dict[str, Any] | None:
        """A refund was never reported."""
        return None if "refund" in output else output


class OverlooksWithdrawal(OverlooksOthers):
    """As if no customer had ever repaid their credit."""

    def without(self, output: dict[str, Any]) -> dict[str, Any] | None:
        """Nothing is owed by a withdrawal."""
        return {**output, "owed": 0} if "owed" in output else output


class OverlooksWithdrawalRunner(Runner):
    """Decides with it."""

    turn = OverlooksWithdrawal


class OverlooksWithdrawalEngine(Engine):
    """Lets a lender keep a credit that it was paid twice."""

    runner = OverlooksWithdrawalRunner


class OverlooksExcessRunner(Runner):
    """Decides with it."""

    turn = OverlooksExcess


class OverlooksExcessEngine(Engine):
    """Gives back what a provider gave back by mistake."""

    runner = OverlooksExcessRunner


class ClaimsNothing(CommandBatch):
    """Commits without a word about the old device."""

    def change(self, checkout: Checkout, wake_at: datetime | None) -> Change:
        return replace(super().change(checkout, wake_at), claims=None)


class ClaimsNothingRunner(Runner):
    """Commits with it."""

    turn = ClaimsNothing


class ClaimsNothingEngine(Engine):
    """Takes one old device in two checkouts."""

    runner = ClaimsNothingRunner


class Pretends:
    """Adapters that say that one operation is done, and send nothing."""

    def __init__(self, backends: Any, operation: str) -> None:
        self._backends = backends
        self._operation = operation

    def __getattr__(self, name: str) -> Any:
        return getattr(self._backends, name)

    async def perform(
        self, retailer: str, provider: str, operation: str, request: Any, call: Call
    ) -> Any:
        if operation == self._operation:
            return Passed(output=output_for(OPERATIONS[operation], request, call))
        return await self._backends.perform(retailer, provider, operation, request, call)


def leaves_agreements_live(*, caller: Any, **parts: Any) -> Engine:
    """An engine whose lender never hears that the goods came back, or of a withdrawal."""
    backends = Pretends(caller.backends, "credit.end")
    return Engine(caller=replace(caller, backends=backends), **parts)


def settles_nothing(*, caller: Any, **parts: Any) -> Engine:
    """An engine whose customers go on owing the old agreement beside the new one."""
    backends = Pretends(caller.backends, "credit.settle")
    return Engine(caller=replace(caller, backends=backends), **parts)
