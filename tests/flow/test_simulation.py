"""Random lives of a checkout: whatever happens, it comes to a legal end and the books are right."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import timedelta
from random import Random
from typing import Any

import pytest

from tests.budget import budget
from tests.flow.world import EngineHarness
from unshackled.domain.records import replace
from unshackled.errors import InDoubt, NotSent, Refused
from unshackled.flow.engine.draft import Rejected
from unshackled.ports import all_operations
from unshackled.ports.outcome import Declined
from unshackled.sdk import idempotent, lookup
from unshackled.testing.backends import LostAnswer, hosted, referred
from unshackled.testing.samples import CREDIT, HANDSET

SEEDS = budget(15, 40)
EFFECTS = [
    "stock.reserve",
    "identity.verify",
    "credit.apply",
    "agreement.sign",
    "payment.charge",
    "orders.place",
    "credit.activate",
    "notification.send",
]
UNDOS = ["stock.release", "credit.withdraw", "agreement.void", "payment.refund"]


def _trouble(chance: Random, world: EngineHarness, operation: str) -> Any:
    declinable = all_operations()[operation].declinable
    choices: list[Any] = [None, None, None, None, LostAnswer(), InDoubt("cut"), NotSent("down")]
    if declinable:
        choices += [Declined(code="declined"), referred(timedelta(minutes=3))]
    if operation == "agreement.sign":
        choices += [hosted(world.now() + timedelta(hours=5))]
    if chance.random() < 0.05:
        choices += [Refused("no", code="400")]
    return chance.choice(choices)


def _set_up(chance: Random, world: EngineHarness) -> None:
    for operation in EFFECTS:
        world.backends.ways[operation] = chance.choice([idempotent(), lookup()])
        world.backends.script(operation, *[_trouble(chance, world, operation) for _ in range(6)])
    for operation in UNDOS:
        troubles = [None, LostAnswer(), InDoubt("cut"), NotSent("down")]
        world.backends.script(operation, *[chance.choice(troubles) for _ in range(3)])


async def _act(chance: Random, world: EngineHarness) -> None:
    """One thing that a customer, a provider or fate does."""
    act = chance.randrange(9)
    with suppress(Rejected):
        if act < 3:
            await _answer(world)
        elif act == 3:
            price = chance.choice([50_000, 71_800])
            await world.change(handset=replace(HANDSET, price=price))
        elif act == 4:
            await world.change(credit=chance.choice([None, CREDIT]))
        elif act == 5:
            await world.wait(minutes=chance.choice([1, 10, 100]))
        elif act == 6:
            _crash(world)
        elif act == 7 and chance.random() < 0.15:
            await world.cancel()
        else:
            await _finish_elsewhere(chance, world)


async def _answer(world: EngineHarness) -> None:
    """Do the next thing that the checkout asks for."""
    for action in (await world.standing()).next_actions:
        if action.step is None:
            continue
        if action.type == "submit":
            await world.submit(action.step)
        elif action.type == "show":
            await world.show()
        elif action.type == "retry":
            await world.submit(action.step, {})
        elif action.type == "confirm":
            await world.complete()


def _crash(world: EngineHarness) -> None:
    for task in list(world.engine.tasks):
        task.cancel()
    world.engine = world.fresh_engine()


async def _finish_elsewhere(chance: Random, world: EngineHarness) -> None:
    """A referral or a hosted page ends, and perhaps a callback tells of it."""
    for reference, effect in list(world.backends.effects.items()):
        if effect.stands or effect.undone:
            continue
        if isinstance(effect.outcome, Declined):
            continue
        final = world.backends.finish(reference, chance.choice([None, Declined(code="declined")]))
        if chance.random() < 0.5:
            await world.notify(reference, final)


async def _end(world: EngineHarness) -> None:
    """The customer gives up, and time passes until everything has come to rest."""
    with suppress(Rejected):
        await world.cancel()
    await world.wait_for(lambda _: False, timedelta(seconds=2))
    for _ in range(40):
        if (await world.standing()).settled:
            return
        await world.wait(hours=2)


def _check(world: EngineHarness, story: list[str], status: str) -> None:
    standing = {op: world.backends.standing(op) for op in EFFECTS}
    repeated = [e.operation for e in world.backends.repeated()]
    assert repeated == [], story
    if status == "completed":
        assert len(standing["orders.place"]) == 1, story
        assert len(standing["payment.charge"]) == 1, story
        assert len(standing["stock.reserve"]) == 1, story
        assert len(standing["credit.apply"]) <= 1, story
        assert len(standing["credit.apply"]) == len(standing["agreement.sign"]), story
    else:
        for operation in EFFECTS:
            if all_operations()[operation].undo and operation != "orders.place":
                assert standing[operation] == [], (operation, story)
        assert standing["orders.place"] == [], story


@pytest.mark.parametrize("seed", range(SEEDS))
async def test_every_life_ends_legally_and_the_books_are_right(seed: int) -> None:
    """After random trouble nothing is lost, doubled or left standing."""
    chance = Random(seed)
    world = EngineHarness()
    _set_up(chance, world)
    await world.begin()
    for _ in range(25):
        await _act(chance, world)
        if (await world.standing()).status in ("completed", "canceled"):
            break
    await _end(world)
    end = await world.standing()
    story = await world.types()
    reviewed = [s for s, state in (await world.states()).items() if state == "in_review"]
    assert end.status in ("completed", "canceled"), (await world.states(), story)
    assert end.settled or reviewed, (await world.states(), story)
    await asyncio.sleep(0)
    _check(world, story, end.status)
