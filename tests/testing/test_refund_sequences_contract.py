"""The shipped suite fails an adapter that gives sums back twice, or other ones than were asked."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest

from unshackled.domain.records import replace
from unshackled.ports.operation import Doubt, Operation
from unshackled.sdk import Absent, Call, Passed, lookup, manual
from unshackled.testing.adapter_contract import AdapterContract
from unshackled.testing.bench import AdapterHarness, reference
from unshackled.testing.contract.refund_sequences import REFUND, Sequence

PROMISE = "test_no_sequence_of_refunds_gives_back_more_than_was_taken"


class Psp(AdapterContract):
    adapter = "psp"
    settings: ClassVar = {
        "api_key": "key_made_up",
        "webhook_secret": "demo-only-psp-webhook-secret",
    }


class Renaming(AdapterHarness):
    """Each try has a key of its own."""

    async def send(self, operation: Operation, request: Any, call: Call) -> Any:
        if operation.key == REFUND:
            call = replace(call, reference=reference((call.reference, call.attempt)))
        return await super().send(operation, request, call)


class Boasting(AdapterHarness):
    """A minor unit more than the provider said."""

    async def send(self, operation: Operation, request: Any, call: Call) -> Any:
        outcome = await super().send(operation, request, call)
        if operation.key != REFUND or not isinstance(outcome, Passed):
            return outcome
        return Passed(output=replace(outcome.output, amount=outcome.output.amount + 1))


class Generous(AdapterHarness):
    """A provider that gives a sum back again when it is asked for it."""

    async def send(self, operation: Operation, request: Any, call: Call) -> Any:
        outcome = await super().send(operation, request, call)
        if operation.key == REFUND and isinstance(outcome, Passed):
            self.stand_in.record(REFUND, call.reference, amount=outcome.output.amount)
        return outcome


class Blind(AdapterHarness):
    """A look-up that finds nothing, and a provider that then is sent another one."""

    async def look_up(self, operation: Operation, call: Call) -> Any:
        return Absent() if operation.key == REFUND else await super().look_up(operation, call)

    async def send(self, operation: Operation, request: Any, call: Call) -> Any:
        if operation.key == REFUND and call.attempt > 1:
            call = replace(call, reference=reference(call.reference))
        return await super().send(operation, request, call)


async def test_the_payment_provider_keeps_the_promise() -> None:
    """As it is, by its keys, by its look-up, and where only a person decides."""
    await getattr(Psp(), PROMISE)()
    for doubt in (lookup(), manual()):
        await getattr(_doubted(AdapterHarness, doubt), PROMISE)()


@pytest.mark.parametrize("bench", [Renaming, Boasting, Generous])
async def test_an_adapter_that_breaks_the_promise_is_caught(bench: type[AdapterHarness]) -> None:
    """Whatever it breaks: the key, the sum, or the provider's own book."""

    class Suite(Psp):
        bench_type = bench

    with pytest.raises(AssertionError):
        await getattr(Suite(), PROMISE)()


async def test_a_look_up_that_finds_nothing_is_caught() -> None:
    """What was given back is sent once more, and the book says so."""
    with pytest.raises(AssertionError):
        await getattr(_doubted(Blind, lookup()), PROMISE)()


def _doubted(bench: type[AdapterHarness], way: Doubt) -> AdapterContract:
    """The suite of a provider with this way out of doubt."""

    class Suite(Psp):
        bench_type = bench

        async def _sold(self, seed: int) -> Sequence:
            sequence = await super()._sold(seed)
            sequence.doubt = way
            return sequence

    return Suite()
