"""An undo whose backend knows nothing of the effect: believed by the rule of look-ups."""

from __future__ import annotations

from datetime import timedelta

from tests.flow.world import World
from unshackled.flow.doubt import SEND_WITHIN
from unshackled.ports.outcome import Absent


async def _reserved(world: World) -> str:
    await world.ready()
    (reserved,) = world.backends.calls("stock.reserve")
    return reserved.reference


async def test_nothing_to_undo_is_not_believed_while_the_call_may_be_on_its_way() -> None:
    """A reservation of this second may not be where the backend looks: the undo is sent again."""
    world = World()
    reference = await _reserved(world)
    world.backends.script("stock.release", Absent())
    await world.cancel()
    assert len(world.backends.calls("stock.release", what="undo")) == 1
    assert reference in (await world.seen()).undos
    assert not (await world.standing()).settled
    await world.wait(minutes=1)
    assert len(world.backends.calls("stock.release", what="undo")) == 2
    assert (await world.standing()).settled
    assert world.backends.effects[reference].undone


async def test_nothing_to_undo_is_done_once_the_call_is_over_for_certain() -> None:
    """Later there is nothing on its way: who knows no such reservation has none."""
    world = World()
    await _reserved(world)
    await world.wait(minutes=1)
    world.backends.script("stock.release", Absent())
    await world.cancel()
    assert len(world.backends.calls("stock.release", what="undo")) == 1
    assert (await world.standing()).settled


async def test_an_undo_is_told_when_its_effect_was_given_up() -> None:
    """An adapter whose backend finds things later than that needs the moment, as for look-ups."""
    world = World()
    await _reserved(world)
    sent = (await world.step("stock")).first_sent_at
    await world.wait(minutes=1)
    await world.cancel()
    (undo,) = world.backends.calls("stock.release", what="undo")
    timeout = world.plan.steps["stock"].timeout
    assert sent is not None
    assert undo.call.send_by == sent + SEND_WITHIN + timeout
    assert undo.call.send_by - sent < timedelta(minutes=1)
