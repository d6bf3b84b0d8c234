"""Cancel against completion, and the unwinding of what was done."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from tests.flow.world import EngineHarness
from unshackled.errors import NotSent, Refused
from unshackled.flow.engine import commands as c
from unshackled.flow.engine.draft import Rejected
from unshackled.testing.backends import HeldCall, referred


async def test_a_cancel_undoes_everything_newest_first() -> None:
    """Undos run in reverse order of the DAG, and nothing is left standing."""
    world = EngineHarness()
    await world.ready()
    await world.cancel()
    told = [sent.operation for sent in world.backends.sent if sent.what == "undo"]
    assert told.index("agreement.void") < told.index("credit.withdraw")
    assert "stock.release" in told
    assert not any(effect.stands for effect in world.backends.effects.values() if _undoable(effect))
    end = await world.standing()
    assert (end.status, end.settled) == ("canceled", True)


def _undoable(effect: object) -> bool:
    return getattr(effect, "operation", "") not in ("identity.verify", "notification.send")


async def test_a_cancel_twice_is_as_good_as_once() -> None:
    """The second one changes nothing."""
    world = EngineHarness()
    await world.ready()
    await world.cancel()
    version = (await world.seen()).version
    await world.cancel()
    assert (await world.seen()).version == version


async def test_a_cancel_before_the_pivot_is_sent_wins_against_completion() -> None:
    """The charge under way ends, is refunded, and no order is placed."""
    world = EngineHarness()
    gate = asyncio.Event()
    world.backends.script("payment.charge", HeldCall(until=gate))
    await world.ready()
    completing = asyncio.ensure_future(world.complete())
    await world.clock.spin()
    canceling = asyncio.ensure_future(world.cancel())
    await world.clock.spin()
    assert (await world.standing()).status == "canceled"
    gate.set()
    await world.clock.spin()
    await completing
    await canceling
    await world.wait(minutes=1)
    assert world.backends.calls("orders.place") == []
    assert world.backends.standing("payment.charge") == []
    assert (await world.standing()).settled is True


async def test_a_cancel_after_the_write_ahead_of_the_pivot_is_too_late() -> None:
    """The order is being placed: 409, and the checkout completes."""
    world = EngineHarness()
    gate = asyncio.Event()
    world.backends.script("orders.place", HeldCall(until=gate))
    await world.ready()
    completing = asyncio.ensure_future(world.complete())
    await world.clock.spin()
    with pytest.raises(Rejected) as refused:
        await world.cancel()
    assert refused.value.code == "too_late"
    gate.set()
    await world.clock.spin()
    await completing
    assert (await world.standing()).status == "completed"
    with pytest.raises(Rejected) as refused:
        await world.cancel()
    assert refused.value.code == "too_late"


async def test_a_cancel_gives_up_a_waiting_call_by_its_undo() -> None:
    """A referred application is withdrawn without waiting for the decision."""
    world = EngineHarness()
    world.backends.script("credit.apply", referred())
    await world.begin()
    await world.fill()
    await world.cancel()
    assert [s.operation for s in world.backends.sent if s.what == "undo"][:1] == ["credit.withdraw"]
    assert (await world.standing()).settled is True


async def test_an_undo_is_retried_until_it_is_done() -> None:
    """The shop is away for an hour; the reservation is released afterwards."""
    world = EngineHarness()
    away = [NotSent("away", provider="main") for _ in range(8)]
    world.backends.script("stock.release", *away)
    await world.begin()
    await world.cancel()
    assert (await world.standing()).settled is False
    await world.wait_for(lambda seen: not seen.undos, timedelta(hours=24))
    assert world.backends.standing("stock.reserve") == []


async def test_a_stuck_undo_is_visible_and_blocks_no_other() -> None:
    """The refused void waits for an operator; credit and stock are taken back all the same."""
    world = EngineHarness()
    world.backends.script("agreement.void", Refused("no", code="409"))
    await world.ready()
    await world.cancel()
    await world.wait(minutes=1)
    assert (await world.step("agreement")).state == "undo_failed"
    assert world.backends.standing("credit.apply") == []
    assert world.backends.standing("stock.reserve") == []
    assert (await world.standing()).settled is False
    await world.ask(c.Resolve(step="agreement", verdict="retry", reason="mended"))
    assert (await world.standing()).settled is True


async def test_nothing_new_starts_after_a_cancel() -> None:
    """A submission to a canceled checkout is refused."""
    world = EngineHarness()
    await world.begin()
    await world.cancel()
    with pytest.raises(Rejected) as refused:
        await world.submit("contact")
    assert refused.value.code == "checkout_canceled"
