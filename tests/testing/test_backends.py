"""The scripted providers that the engine and the API are tested with."""

import asyncio

import pytest

from unshackled.errors import InDoubt, NotSent
from unshackled.ports import all_operations
from unshackled.ports.call_context import Call, Undo
from unshackled.ports.outcome import Absent, Declined, Passed
from unshackled.sdk import lookup
from unshackled.testing.backends import FakeBackends, HeldCall, LostAnswer, referred
from unshackled.testing.samples import request_for

FORWARD = [key for key, operation in all_operations().items() if not operation.by_engine]


def a_call(reference: str = "R" * 26) -> Call:
    return Call(
        reference=reference,
        checkout="chk_1",
        currency="GBP",
        locale="en-GB",
        callback_url="https://here.example/callback",
        return_url="https://here.example/return",
    )


async def reserve(backends: FakeBackends, call: Call | None = None) -> object:
    request = request_for(all_operations()["stock.reserve"])
    return await backends.perform("shop", "legacy", "stock.reserve", request, call or a_call())


@pytest.mark.parametrize("key", FORWARD)
async def test_every_operation_passes_unless_told_otherwise(key: str) -> None:
    """Each operation of each port answers with an output of its own type."""
    operation = all_operations()[key]
    request = request_for(operation) if operation.effect else None
    outcome = await FakeBackends().perform("shop", "one", key, request, a_call())
    assert isinstance(outcome, Passed)
    assert isinstance(outcome.output, operation.output)


async def test_scripts_are_used_up_in_order() -> None:
    """A scripted error and a decline come first, then everything passes again."""
    backends = FakeBackends()
    backends.script("stock.reserve", NotSent("away"), Declined(code="out_of_stock"))
    with pytest.raises(NotSent):
        await reserve(backends)
    assert await reserve(backends) == Declined(code="out_of_stock")
    assert isinstance(await reserve(backends, a_call("S" * 26)), Passed)


async def test_a_lost_answer_is_found_by_reference_and_not_done_twice() -> None:
    """The work is done once: the look-up finds it, and a resend gets the first answer."""
    backends = FakeBackends()
    backends.script("stock.reserve", LostAnswer())
    with pytest.raises(InDoubt):
        await reserve(backends)
    found = await backends.look_up("shop", "legacy", "stock.reserve", a_call())
    assert await reserve(backends) == found
    assert not list(backends.repeated())


async def test_a_backend_without_keys_does_it_again() -> None:
    """Where only a look-up is declared, a blind repeat is seen as a second effect."""
    backends = FakeBackends(ways={"stock.reserve": lookup()})
    await reserve(backends)
    await reserve(backends)
    assert [effect.times for effect in backends.repeated()] == [2]


async def test_an_undo_takes_the_effect_away() -> None:
    """After the undo nothing stands and the look-up finds nothing."""
    backends = FakeBackends()
    await reserve(backends)
    undo: Undo[object] = Undo(reference="R" * 26, output=None)
    await backends.undo("shop", "legacy", "stock.release", undo, a_call("U" * 26))
    assert not backends.standing("stock.reserve")
    assert await backends.look_up("shop", "legacy", "stock.reserve", a_call()) == Absent()


async def test_what_was_referred_ends_later() -> None:
    """A pending effect passes once it is finished."""
    backends = FakeBackends()
    backends.script("stock.reserve", referred())
    assert await reserve(backends) == referred()
    outcome = backends.finish("R" * 26)
    assert await backends.look_up("shop", "legacy", "stock.reserve", a_call()) == outcome


async def test_a_held_call_waits() -> None:
    """The answer comes when the event is set."""
    backends, event = FakeBackends(), asyncio.Event()
    backends.script("stock.reserve", HeldCall(until=event))
    task = asyncio.create_task(reserve(backends))
    await asyncio.sleep(0)
    assert not task.done()
    event.set()
    assert isinstance(await task, Passed)
