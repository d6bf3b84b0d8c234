"""What the pure core costs: every decision of one whole checkout, with no call, store or server.

`python -m benchmarks.core 20` plays so many; under `valgrind` its instructions are counted.
"""

from __future__ import annotations

import asyncio
import shutil
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from random import Random
from statistics import median
from typing import Final

import orjson

from benchmarks.instructions import instructions
from benchmarks.report import Row
from unshackled.adapter_registry import find
from unshackled.domain.checkout import Checkout
from unshackled.domain.events.checkout_events import CheckoutCreated
from unshackled.domain.package import Selection
from unshackled.flow.engine import commands as c
from unshackled.flow.engine.runs.checkout_plans import CheckoutPlans
from unshackled.flow.engine.status import standing
from unshackled.flow.plan.plan import Plan
from unshackled.flow.plan.registry import load_flows
from unshackled.flow.runtime.batch import CommandBatch, QueuedCommand
from unshackled.flow.runtime.provider_caller import ProviderCaller
from unshackled.flow.runtime.provider_calls import carry_out
from unshackled.store import snapshot
from unshackled.store.stored_records import Change
from unshackled.testing.answering import command_for
from unshackled.testing.backends import FakeBackends
from unshackled.testing.sold import sold_by
from unshackled.testing.virtual_clock import VirtualClock

FLOWS: Final = Path(__file__).parent / "flows"
RETAILER: Final = "bench"
FLOW: Final = "checkout"
ROUNDS: Final = 5
TIMES: Final = 20
# Checkouts of the two runs under valgrind; the start of the interpreter is in both.
FEW: Final = 2
MANY: Final = 8
TURNS: Final = 60
BAR: Final = 25.0


class Lost(RuntimeError):
    """A checkout that did not end as it should."""


class Core:
    """One flow, and a record of what came in during one checkout of it."""

    def __init__(self) -> None:
        """Compile the flow and play one checkout to record it."""
        self.plan: Plan = load_flows(FLOWS, find()).plan(RETAILER, FLOW)
        self.clock = VirtualClock()
        self.caller = ProviderCaller(
            backends=FakeBackends(),
            clock=self.clock,
            random=Random(1),
            public_url="https://checkout.example",
        )
        self.commands: list[c.Command] = []
        asyncio.run(self._record())

    def begin(self) -> QueuedCommand:
        """How a checkout begins."""
        now = self.clock.now()
        package, quote = sold_by(self.plan, valid_until=now + timedelta(days=30))
        return QueuedCommand(
            begin=CheckoutCreated(
                id="chk_core",
                retailer=self.plan.retailer,
                flow=self.plan.name,
                digest=self.plan.digest,
                currency=quote.currency,
                locale="en-GB",
                bucket=0,
                expires_at=now + self.plan.expires_after,
                selection=Selection(),
                package=package,
                quote=quote,
                steps=tuple(self.plan.steps),
            )
        )

    async def _record(self) -> None:
        """What comes in until the checkout is completed: outcomes first, then the customer."""
        checkout, turn = self._turn(None, self.begin())
        for _ in range(TURNS):
            works = turn.to_send
            if checkout.completed_at is not None and not works:
                return
            found: list[c.Command] = [
                await carry_out(self.caller, self.plan, checkout, work) for work in works
            ]
            for command in found or [self._customer(checkout)]:
                self.commands.append(command)
                checkout, turn = self._turn(checkout, QueuedCommand(command=command))
        raise Lost(str({name: str(state.state) for name, state in checkout.steps.items()}))

    def _customer(self, checkout: Checkout) -> c.Command:
        actions = standing(self.plan, checkout, self.clock.now()).next_actions
        found = (command_for(self.plan, action, checkout) for action in actions)
        return next(command for command in found if command is not None)

    def _turn(
        self, checkout: Checkout | None, item: QueuedCommand
    ) -> tuple[Checkout, CommandBatch]:
        """One turn as the runner makes it, up to the bytes of its append."""
        turn = CommandBatch(plans=CheckoutPlans(self.plan), caller=self.caller, checkout=checkout)
        turn.take(item)
        turn.prepare()
        if turn.checkout is None or turn.refused:
            raise Lost(str(turn.refused))
        change = turn.change(turn.checkout, turn.wake_at(turn.checkout))
        snapshot.dump(change.checkout)
        for event in change.events:
            orjson.dumps(event.data)
        self.written(change)
        return turn.checkout, turn

    def written(self, change: Change) -> None:
        """What a turn would append; nobody listens here."""

    def play(self) -> None:
        """The recorded checkout once more, with an answer for each request of the customer.

        At the end it is read from its bytes, as another process would.
        """
        checkout, turn = self._turn(None, self.begin())
        for command in self.commands:
            if not turn.to_send:
                standing(self.plan, checkout, self.clock.now())
            checkout, turn = self._turn(checkout, QueuedCommand(command=command))
        standing(self.plan, checkout, self.clock.now())
        if snapshot.parse(*snapshot.dump(checkout)) != checkout:
            raise Lost("it is not read as it was written")


def calls(core: Core) -> int:
    """How many functions one checkout calls, ours and built-in: the same on every machine."""
    found = 0

    def count(_frame: object, event: str, _argument: object) -> None:
        nonlocal found
        found += event in ("call", "c_call")

    core.play()
    sys.setprofile(count)
    try:
        core.play()
    finally:
        sys.setprofile(None)
    return found


def rows() -> Iterator[Row]:
    """Instructions where valgrind is on PATH, else CPU."""
    if shutil.which("valgrind"):
        few, many = _instructions(FEW), _instructions(MANY)
        yield Row(
            what="pure core of one checkout",
            measured=(many - few) / (MANY - FEW) / 1e6,
            unit="M instructions",
            bar=BAR,
        )
    yield Row(what="pure core of one checkout", measured=_cpu(), unit="CPU-ms")


def _instructions(times: int) -> int:
    """What valgrind counts in a process that plays so many checkouts."""
    return instructions("-m", "benchmarks.core", str(times))


def _cpu() -> float:
    """The median of some rounds, in milliseconds."""
    core, seen = Core(), []
    core.play()
    for _ in range(ROUNDS):
        began = time.process_time()
        for _ in range(TIMES):
            core.play()
        seen.append((time.process_time() - began) * 1e3 / TIMES)
    return median(seen)


def main() -> None:
    """Play."""
    core = Core()
    for _ in range(int(sys.argv[1])):
        core.play()


if __name__ == "__main__":
    main()
