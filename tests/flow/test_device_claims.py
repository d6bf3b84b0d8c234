"""One device is one trade-in of a retailer, whichever checkout it is given in."""

from __future__ import annotations

import asyncio

from tests.flow.test_upgrade import DEVICE, upgrade_world
from unshackled.domain.codec import encode
from unshackled.domain.records import replace
from unshackled.domain.states import S
from unshackled.errors import ClaimTaken
from unshackled.ports.outcome import Declined
from unshackled.store.memory import MemoryStore
from unshackled.testing.backends import HeldCall
from unshackled.testing.made_up_checkouts import change_of, checkout_of

CLAIM = f"imei {DEVICE.imei}"
OTHER_DEVICE = replace(DEVICE, imei="356938035643809")


async def test_a_device_of_another_checkout_is_declined_and_nothing_is_sent() -> None:
    """The customer is told, gives another device, and buys; the recycler was never asked."""
    world = await upgrade_world()
    await world.change(trade_in=None)
    await world.store.append(change_of(checkout_of("chk_other", steps=1), claims=(CLAIM,)))
    await world.complete()
    assert (await world.seen()).steps["trade_in"].code == "device_claimed"
    assert not world.backends.standing("trade_in.accept")
    view = await world.standing()
    (told,) = [one for one in view.messages if one.code == "device_claimed"]
    assert told.severity == "recoverable"
    assert "submit:device" in told.actions
    await world.submit("device", encode(OTHER_DEVICE))
    await world.complete()
    assert (await world.standing()).status == "completed"


async def test_who_was_first_holds_its_device_until_its_promise_is_taken_back() -> None:
    """Held from the write-ahead on, while the undo is under way too, and free after it."""
    world = await upgrade_world()
    promise = HeldCall(until=asyncio.Event())
    world.backends.script("trade_in.accept", promise)
    world.backends.script("payment.charge", Declined(code="card_declined"))
    await world.complete()
    assert (await world.seen()).steps["trade_in"].state is S.RUNNING
    assert await _taken(world.store)
    promise.until.set()
    taking_back = HeldCall(until=asyncio.Event())
    world.backends.script("trade_in.cancel", taking_back)
    await world.wait(seconds=2)
    await world.cancel()
    assert (await world.seen()).steps["trade_in"].state is S.UNDOING
    assert await _taken(world.store)
    taking_back.until.set()
    await world.wait(seconds=2)
    assert (await world.seen()).steps["trade_in"].state is S.UNDONE
    assert not await _taken(world.store)


async def test_the_old_device_of_the_package_is_held_too() -> None:
    """The step that takes devices holds it with its own; without one, the order would."""
    world = await upgrade_world()
    traded = (await world.seen()).package.trade_in
    assert traded is not None
    claim = f"imei {traded.imei}"
    await world.store.append(change_of(checkout_of("chk_other", steps=1), claims=(claim,)))
    await world.complete()
    assert (await world.seen()).steps["trade_in"].code == "device_claimed"


async def test_an_order_keeps_its_device() -> None:
    """What was bought against it counts for nobody else."""
    world = await upgrade_world()
    await world.complete()
    assert (await world.standing()).status == "completed"
    assert await _taken(world.store)


async def _taken(store: MemoryStore) -> bool:
    """Whether another checkout cannot have the device now."""
    probe = checkout_of("chk_probe", steps=1)
    try:
        await store.append(change_of(probe, claims=(CLAIM,)))
    except ClaimTaken:
        return True
    return False
