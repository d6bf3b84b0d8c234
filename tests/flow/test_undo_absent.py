"""An undo whose backend knows nothing of the effect: believed by the rule of look-ups."""

from __future__ import annotations

from datetime import timedelta

from tests.flow.world import EngineHarness
from unshackled.errors import InDoubt, Refused, Undecided
from unshackled.flow.engine import commands as c
from unshackled.flow.engine.doubt import SEND_WITHIN
from unshackled.ports.outcome import Absent


async def _reserved(world: EngineHarness) -> str:
    await world.ready()
    (reserved,) = world.backends.calls("stock.reserve")
    return reserved.reference


async def test_nothing_to_undo_is_not_believed_while_the_call_may_be_on_its_way() -> None:
    """A reservation of this second may not be where the backend looks: the undo is sent again."""
    world = EngineHarness()
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
    world = EngineHarness()
    await _reserved(world)
    await world.wait(minutes=1)
    world.backends.script("stock.release", Absent())
    await world.cancel()
    assert len(world.backends.calls("stock.release", what="undo")) == 1
    assert (await world.standing()).settled


async def test_an_undo_is_told_when_its_effect_was_given_up() -> None:
    """An adapter whose backend finds things later than that needs the moment, as for look-ups."""
    world = EngineHarness()
    await _reserved(world)
    sent = (await world.step("stock")).first_sent_at
    await world.wait(minutes=1)
    await world.cancel()
    (undo,) = world.backends.calls("stock.release", what="undo")
    timeout = world.plan.steps["stock"].timeout
    assert sent is not None
    assert undo.call.send_by == sent + SEND_WITHIN + timeout
    assert undo.call.send_by - sent < timedelta(minutes=1)


async def test_an_undo_is_told_since_when_its_backend_leaves_it_undecided() -> None:
    """The first answer that settles nothing counts, whatever comes between; then it begins anew."""
    world = EngineHarness()
    await _reserved(world)
    await world.wait(minutes=1)
    lost, undecided, refused = InDoubt("lost"), Undecided("stands"), Refused("stands", code="held")
    world.backends.script("stock.release", lost, undecided, lost, undecided, refused)
    begun = world.clock.now()
    await world.cancel()
    await world.wait(minutes=5)
    told = [one.call.undecided_since for one in world.backends.calls("stock.release", what="undo")]
    assert len(told) == 5
    assert told[0] == begun
    assert told[1] is not None
    assert told[1] > begun
    assert told[1:] == [told[1]] * 4
    (undo,) = (await world.seen()).undos.values()
    assert undo.failed
    await world.ask(
        c.RetryNow(step="stock", operator="alice", reason="looked into it", evidence="case 17")
    )
    (*_, last) = world.backends.calls("stock.release", what="undo")
    assert last.call.undecided_since == world.clock.now()
