"""While a customer is at a provider's page: fresh addresses, answers that settle nothing."""

from __future__ import annotations

from datetime import timedelta

from tests.flow.plans import credit_plan
from tests.flow.world import EngineHarness
from unshackled.domain.records import replace
from unshackled.errors import NotSent, Undecided
from unshackled.ports.outcome import Redirect
from unshackled.testing.backends import hosted


async def _at_the_page() -> tuple[EngineHarness, str, Redirect]:
    """The customer was sent to the signing page, which ends after an hour."""
    world = EngineHarness(credit_plan(agreement={"deadline": timedelta(hours=48)}))
    page = hosted(world.clock.now() + timedelta(hours=1))
    world.backends.script("agreement.sign", page)
    await world.ready()
    reference = (await world.step("agreement")).reference
    assert reference is not None
    return world, reference, page


async def _link(world: EngineHarness) -> str | None:
    (action,) = [one for one in (await world.standing()).next_actions if one.step == "agreement"]
    return action.url


async def _count(world: EngineHarness, kind: str) -> int:
    return (await world.types()).count(kind)


async def test_a_page_that_moved_is_where_the_customer_goes_on() -> None:
    """A look-up brings another address, e.g. because the first may be opened once only."""
    world, reference, page = await _at_the_page()
    assert await _link(world) == page.url
    end = world.clock.now() + timedelta(hours=2)
    fresh = replace(page, url="https://sign.example/second", expires=end)
    world.backends.finish(reference, fresh)
    await world.wait(minutes=2)
    state = await world.step("agreement")
    assert (state.state, state.expires_at) == ("waiting_customer", end)
    assert await _link(world) == "https://sign.example/second"
    assert await _count(world, "page.renewed.v1") == 1
    assert await _count(world, "step.redirected.v1") == 1


async def test_the_same_page_is_no_news() -> None:
    """A look-up that brings the address we have only moves the timer."""
    world, _, page = await _at_the_page()
    await world.wait(minutes=5)
    assert await _link(world) == page.url
    assert await _count(world, "page.renewed.v1") == 0


async def test_a_page_is_asked_for_again_when_it_ends() -> None:
    """However thin the look-ups are by then, the customer has a page that opens."""
    world, reference, page = await _at_the_page()
    fresh = replace(page, url="https://sign.example/second")
    await world.wait(minutes=59)
    world.backends.finish(reference, fresh)
    await world.wait(minutes=2)
    assert await _link(world) == "https://sign.example/second"


async def test_an_answer_that_settles_nothing_leaves_the_customer_where_they_are() -> None:
    """`Undecided`: no word of waiting for the provider while the page is still open."""
    world, _, page = await _at_the_page()
    world.backends.script("agreement.sign:look_up", *[Undecided("no news")] * 50)
    await world.wait(minutes=30)
    assert (await world.step("agreement")).state == "waiting_customer"
    assert await _link(world) == page.url


async def test_look_ups_that_bring_nothing_thin_out() -> None:
    """Ten hours of an outage are no tens of thousands of look-ups, and as many events."""
    world, _, _ = await _at_the_page()
    world.backends.script("agreement.sign:look_up", *[NotSent("away")] * 200)
    await world.wait_for(lambda _: False, timedelta(minutes=10))
    for _ in range(20):
        await world.wait(minutes=30)
    asked = world.backends.calls("agreement.sign", what="look_up")
    assert (await world.step("agreement")).state == "waiting_customer"
    assert 20 < len(asked) < 80
