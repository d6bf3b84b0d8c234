"""What had ended when it arrived: an alarm, a pause, another provider; never an endless circle."""

from __future__ import annotations

from datetime import timedelta

from tests.flow.test_lifetimes import FOREVER, cash_plan, held
from tests.flow.world import EngineHarness
from tests.telemetry.lines import log_lines
from unshackled.flow.engine.attention import needs_of


async def test_what_arrives_already_ended_is_an_alarm() -> None:
    """One line at once, a count for each, and the list of attention from the second on."""
    world = EngineHarness(cash_plan())
    world.backends.script("stock.reserve", *[held(world, -timedelta(minutes=5))] * FOREVER)
    with log_lines() as written:
        await world.begin()
        assert list(needs_of(await world.seen())) == []
        await world.wait(minutes=10)
    (line,) = written.of("provider.expired_on_arrival")
    assert (line["level"], line["retailer"], line["flow"]) == ("error", "northstar", "test")
    assert (line["step"], line["provider"], line["code"]) == ("stock", "main", "expired_on_arrival")
    assert line["reference"] == world.backends.calls("stock.reserve")[0].reference
    (problem,) = (await world.seen()).problems["stock"]
    assert problem.times == len(world.backends.calls("stock.reserve"))
    listed = await world.store.checkouts(
        "northstar", status=None, after=None, limit=5, attention="expired"
    )
    assert len(listed.rows) == 1


async def test_another_provider_is_asked_where_one_gives_what_had_ended() -> None:
    """It is a failure of that provider: the next one has the goods, and nothing is left behind."""
    plan = cash_plan(stock={"call": "stock.reserve", "providers": ["early", "right"]})
    world = EngineHarness(plan)
    world.backends.script(
        "stock.reserve", *[held(world, -timedelta(minutes=5))] * FOREVER, provider="early"
    )
    await world.begin()
    state = await world.step("stock")
    assert (str(state.state), state.provider, state.lapses) == ("passed", "right", 0)
    (left,) = world.backends.standing("stock.reserve")
    assert left.provider == "right"
