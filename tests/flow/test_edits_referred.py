"""Edits while a provider is still at work on what is edited."""

from __future__ import annotations

import pytest

from tests.flow.plans import credit_plan, with_credit
from tests.flow.world import INPUTS, EngineHarness
from unshackled.domain.codec import encode
from unshackled.domain.records import replace
from unshackled.errors import InDoubt
from unshackled.flow.engine.draft import Rejected
from unshackled.testing.backends import referred
from unshackled.testing.samples import PACKAGE


async def test_an_edit_starts_a_referred_check_over() -> None:
    """A check that leaves nothing to undo is asked for anew with the new address."""
    world = EngineHarness()
    world.backends.script("identity.verify", referred())
    await world.begin()
    await world.fill("contact", "address")
    assert (await world.step("identity")).state == "waiting_provider"
    moved = await world.submit("address", encode(replace(INPUTS["address"], line1="2 New Row")))
    assert (moved.steps["identity"].state, moved.steps["identity"].generation) == ("passed", 1)
    assert len({call.reference for call in world.backends.calls("identity.verify")}) == 2


async def test_a_referred_check_that_is_not_wanted_any_more_is_skipped() -> None:
    """The package changes, its condition no longer holds, and nobody waits for the answer."""
    world = EngineHarness(credit_plan(identity={"when": with_credit()}))
    world.backends.script("identity.verify", referred())
    await world.begin(package=PACKAGE)
    await world.fill("contact", "address")
    changed = await world.change(credit=None)
    assert changed.steps["identity"].state == "skipped"


async def test_a_credit_that_is_being_withdrawn_is_not_had_again() -> None:
    """What is on its way out never comes back: nothing would ever be done about it."""
    world = EngineHarness()
    world.backends.script("credit.withdraw", *[InDoubt("no answer")] * 3)
    await world.ready()
    changed = await world.change(credit=None)
    assert changed.steps["credit"].state == "undoing"
    with pytest.raises(Rejected) as refused:
        await world.change(credit=PACKAGE.credit)
    assert refused.value.code == "credit_already_decided"
