"""An engine that decides everything twice: by what changed, and by looking at every step again.

It serves tests and the simulation; both ways have to come to the same events.
"""

from __future__ import annotations

from unshackled.domain.checkout import Checkout
from unshackled.flow.engine import commands as c
from unshackled.flow.engine.decide import Decision
from unshackled.flow.engine.draft import Rejected
from unshackled.flow.engine.runs.run_decisions import decide_in
from unshackled.flow.runtime.batch import CommandBatch
from unshackled.flow.runtime.engine_host import Engine
from unshackled.flow.runtime.runner import Runner


class Differs(AssertionError):
    """Looking only at what changed came to something else: a bug of the engine."""


class ComparedTurn(CommandBatch):
    """Decides both ways."""

    def decision(self, checkout: Checkout, command: c.Command) -> Decision:
        """What a command leads to; raises `Differs`."""
        whole = self._whole(checkout, command)
        try:
            made = super().decision(checkout, command)
        except Rejected as rejected:
            if not isinstance(whole, Rejected) or whole.code != rejected.code:
                raise Differs(f"{rejected.code}, against another end") from rejected
            raise
        if isinstance(whole, Rejected):
            raise Differs(f"{_named(made)}, against {whole.code}")
        if (made.events, made.checkout) != (whole.events, whole.checkout):
            raise Differs(f"{_named(made)}, against {_named(whole)}")
        return made

    def _whole(self, checkout: Checkout, command: c.Command) -> Decision | Rejected:
        try:
            now = self.caller.clock.now()
            return decide_in(self.plans, checkout, command, now, whole=True)
        except Rejected as rejected:
            return rejected


def _named(decision: Decision) -> str:
    """Its events by type and step."""
    return " ".join(f"{one.type}:{getattr(one, 'step', '')}" for one in decision.events)


class ComparedRunner(Runner):
    """Drives one checkout by both ways."""

    turn = ComparedTurn


class ComparedEngine(Engine):
    """Drives every checkout by both ways."""

    runner = ComparedRunner
