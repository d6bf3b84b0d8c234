"""A provider accepted an undo, and says days later that it failed."""

from __future__ import annotations

from tests.flow.world import EngineHarness
from unshackled.domain.records import replace
from unshackled.errors import InDoubt
from unshackled.flow.engine import commands as c
from unshackled.ports.outcome import NotUndone
from unshackled.ports.stock import StockReserved
from unshackled.testing.samples import HANDSET

OTHER = replace(HANDSET, sku="handset-top", price=119_900)
BROKE = NotUndone(code="refund_failed")


async def _swapped() -> tuple[EngineHarness, str]:
    """The customer took another handset, so the first one's reservation was released."""
    world = EngineHarness()
    await world.ready()
    (first,) = world.backends.calls("stock.reserve")
    await world.change(handset=OTHER)
    await world.wait(minutes=1)
    assert first.reference in (await world.seen()).past
    assert (await world.seen()).undos == {}
    return world, first.reference


async def _canceled() -> tuple[EngineHarness, str]:
    world = EngineHarness()
    await world.ready()
    await world.cancel()
    await world.wait(minutes=1)
    assert (await world.standing()).settled
    (reserved,) = world.backends.calls("stock.reserve")
    return world, reserved.reference


async def test_a_refund_that_fails_in_the_end_gets_an_owner() -> None:
    """The step is long over; what is left of its effect waits for an operator."""
    world, reference = await _canceled()
    assert await world.notify(reference, BROKE)
    undo = (await world.seen()).undos[reference]
    assert (undo.step, undo.failed) == ("stock", True)
    end = await world.standing()
    assert (end.status, end.settled) == ("canceled", False)
    assert (await world.types())[-1] == "undo.failed.v1"


async def test_it_is_known_by_the_reference_of_a_superseded_attempt_too() -> None:
    """The customer went on meanwhile: no step of theirs is touched."""
    world, reference = await _swapped()
    before = await world.states()
    assert await world.notify(reference, BROKE)
    assert (await world.seen()).undos[reference].failed
    assert await world.states() == before


async def test_the_same_word_twice_is_as_good_as_once() -> None:
    """A webhook that comes again writes nothing."""
    world, reference = await _canceled()
    await world.notify(reference, BROKE)
    version = (await world.seen()).version
    await world.notify(reference, BROKE)
    assert (await world.seen()).version == version


async def test_an_operator_sends_it_again_and_closes_it() -> None:
    """As with every undo that failed; under a new key, or the old answer would only be repeated."""
    world, reference = await _canceled()
    await world.notify(reference, BROKE)
    before = len(world.backends.calls("stock.release", what="undo"))
    await world.ask(
        c.Resolve(step="stock", verdict="retry", reason="the bank is back", operator="eve")
    )
    await world.wait(minutes=1)
    undos = world.backends.calls("stock.release", what="undo")
    assert len(undos) == before + 1
    assert len({one.reference for one in undos}) == len(undos)
    assert (await world.standing()).settled


async def test_what_shows_how_to_undo_it_has_it_sent_again() -> None:
    """An undo that went by our reference alone failed; by the provider's number it is repeated."""
    world, reference = await _canceled()
    shown = NotUndone(code="cancel_failed", output=StockReserved(reservation="H7"))
    before = len(world.backends.calls("stock.release", what="undo"))
    assert await world.notify(reference, shown)
    await world.wait(minutes=1)
    undos = world.backends.calls("stock.release", what="undo")
    assert len(undos) == before + 1
    assert undos[-1].request.output == StockReserved(reservation="H7")
    assert (await world.standing()).settled


async def test_what_failed_with_all_that_is_known_is_for_a_person() -> None:
    """The same word about an undo that went by the number already is no way to go on."""
    world, reference = await _canceled()
    shown = NotUndone(code="cancel_failed", output=StockReserved(reservation="H7"))
    world.backends.script("stock.release", InDoubt("away", provider="shop"))
    assert await world.notify(reference, shown)
    assert not (await world.seen()).undos[reference].failed
    assert await world.notify(reference, shown)
    assert (await world.seen()).undos[reference].failed


async def test_what_was_never_taken_back_is_left_alone() -> None:
    """Somebody refunded by hand, and that failed: the effect stands as it should."""
    world = EngineHarness()
    await world.ready()
    (reserved,) = world.backends.calls("stock.reserve")
    assert await world.notify(reserved.reference, BROKE)
    assert (await world.seen()).undos == {}
    assert (await world.step("stock")).state == "passed"
