"""What operators have to look at in a checkout."""

from __future__ import annotations

from tests.flow.world import ID, EngineHarness
from unshackled.errors import Refused
from unshackled.flow.engine import commands as c
from unshackled.flow.engine.attention import attention_of, needs_of
from unshackled.sdk import manual
from unshackled.testing.backends import LostAnswer


async def _stray(world: EngineHarness) -> None:
    """A charge that an operator called absent, that shows up after all and cannot be refunded."""
    world.backends.ways["payment.charge"] = manual()
    world.backends.script("payment.charge", LostAnswer())
    refused = Refused("closed", provider="main", code="409")
    world.backends.script("payment.refund", refused)
    await world.ready()
    await world.complete()
    await world.wait(minutes=1)
    (charge,) = world.backends.standing("payment.charge")
    await world.ask(c.Resolve(step="deposit", verdict="absent", reason="not in the portal"))
    await world.notify(charge.reference, charge.outcome)
    await world.wait(minutes=1)


async def test_a_step_at_rest_needs_nobody() -> None:
    """Nor does one that waits for its customer."""
    world = EngineHarness()
    await world.ready()
    assert attention_of(await world.seen()) == frozenset()


async def test_what_is_refused_is_named_with_its_code() -> None:
    """Step, state, code, provider and since when."""
    world = EngineHarness()
    world.backends.script("stock.reserve", Refused("bad", provider="legacy-shop", code="400"))
    await world.begin()
    (need,) = needs_of(await world.seen())
    assert (need.step, need.state, need.code) == ("stock", "in_review", "400")
    assert need.since <= world.now()


async def test_a_stray_effect_whose_undo_failed_is_seen_and_decided() -> None:
    """Its step has long gone on, yet the money is still there: listed, retried, then gone."""
    world = EngineHarness()
    await _stray(world)
    seen = await world.seen()
    (need,) = [one for one in needs_of(seen) if one.state == "undo_failed"]
    assert (need.step, need.code) == ("deposit", "stray")
    page = await world.store.checkouts(
        "northstar", status=None, after=None, limit=9, attention="undo_failed"
    )
    assert [row.checkout.id for row in page.rows] == [ID]
    await world.ask(c.RetryNow(step="deposit", reason="the account is open again"))
    await world.wait(minutes=1)
    assert attention_of(await world.seen()) == frozenset()
    assert len(world.backends.standing("payment.charge")) == 1
