"""A message that was sent and did not arrive: told, and sent another way where the flow has one."""

from __future__ import annotations

from typing import Any

import pytest
from structlog.testing import capture_logs  # noqa: TID251 - the lines are asserted

from tests.flow.plans import credit_plan
from tests.flow.world import ID, EngineHarness
from unshackled.flow.engine.alarms import warn_of_money
from unshackled.ports.outcome import Passed, Undelivered
from unshackled.sdk import Refused

GONE = Undelivered(code="unreachable", vendor_code="30003")
SEND = "notification.send"
TWO: dict[str, Any] = {"how": "first", "providers": ["sms", "email"]}


async def _confirmed(**confirmation: Any) -> EngineHarness:
    """An order whose confirmation was sent."""
    world = EngineHarness(credit_plan(confirmation=confirmation))
    await world.ready()
    await world.complete()
    assert (await world.step("confirmation")).state == "passed"
    return world


async def _told(world: EngineHarness) -> list[dict[str, Any]]:
    rows = await world.store.events(ID, after=None, limit=1000)
    return [dict(row.data) for row in rows if row.type == "message.undelivered.v1"]


async def test_it_is_told_where_there_is_no_other_way() -> None:
    """An event and a warning, without anything personal; the step stays as it was."""
    world = await _confirmed()
    (sent,) = world.backends.calls(SEND)
    world.engine.listeners.append(warn_of_money)
    with capture_logs() as lines:
        assert await world.notify(sent.reference, GONE)
    assert await _told(world) == [
        {
            "reference": sent.reference,
            "provider": "main",
            "code": "unreachable",
            "vendor_code": "30003",
            "step": "confirmation",
            "template": None,
        }
    ]
    (line,) = [one for one in lines if one["event"] == "message.undelivered"]
    assert (line["step"], line["code"], line["log_level"]) == (
        "confirmation",
        "unreachable",
        "warning",
    )
    assert (await world.step("confirmation")).state == "passed"
    assert len(world.backends.calls(SEND)) == 1
    assert (await world.standing()).status == "completed"


@pytest.mark.parametrize("how", ["first", "waterfall"])
async def test_it_goes_another_way_where_the_flow_has_one(how: str) -> None:
    """The text message did not arrive: the letter is sent, once, and passes."""
    world = await _confirmed(**TWO | {"how": how})
    (text,) = world.backends.calls(SEND)
    for _ in range(2):
        await world.notify(text.reference, GONE)
        await world.wait(seconds=10)
    assert [one.provider for one in world.backends.calls(SEND)] == ["sms", "email"]
    state = await world.step("confirmation")
    assert (state.state, state.provider) == ("passed", "email")
    assert len(await _told(world)) == 1
    assert (await world.standing()).settled


@pytest.mark.parametrize("best_effort", [True, False])
async def test_a_message_that_is_refused_goes_another_way(best_effort: bool) -> None:
    """The customer opted out of texts: the letter is sent; refused too, it is the end."""
    opted_out = Refused("no", provider="sms", code="opted_out")
    world = EngineHarness(credit_plan(confirmation=TWO | {"best_effort": best_effort}))
    world.backends.script(SEND, opted_out)
    await world.ready()
    await world.complete()
    await world.wait(seconds=10)
    assert [one.provider for one in world.backends.calls(SEND)] == ["sms", "email"]
    assert (await world.step("confirmation")).state == "passed"
    assert "step.failed.v1" in await world.types()
    world = EngineHarness(credit_plan(confirmation=TWO | {"best_effort": best_effort}))
    world.backends.script(SEND, opted_out, opted_out)
    await world.ready()
    await world.complete()
    await world.wait(minutes=5)
    assert len(world.backends.calls(SEND)) == 2
    ended = "failed" if best_effort else "in_review"
    assert (await world.step("confirmation")).state == ended


async def test_the_last_way_is_the_end() -> None:
    """The letter bounced too: it is told, and nothing is sent again."""
    world = await _confirmed(**TWO)
    (text,) = world.backends.calls(SEND)
    await world.notify(text.reference, GONE)
    await world.wait(seconds=10)
    letter = world.backends.calls(SEND)[-1]
    await world.notify(letter.reference, Undelivered(code="unknown_recipient"))
    await world.wait(minutes=5)
    assert len(world.backends.calls(SEND)) == 2
    assert [one["provider"] for one in await _told(world)] == ["sms", "email"]
    assert (await world.standing()).settled


async def test_a_choice_between_providers_is_no_second_way() -> None:
    """Its providers share the customers: one of them is not a way round the other."""
    world = await _confirmed(how="best", providers=["sms", "email"])
    (sent,) = world.backends.calls(SEND)
    await world.notify(sent.reference, GONE)
    await world.wait(seconds=10)
    assert len(world.backends.calls(SEND)) == 1
    assert len(await _told(world)) == 1


async def test_a_late_report_about_the_first_way_changes_nothing() -> None:
    """That the text arrived after all, or did not once more, is no news of the letter."""
    world = await _confirmed(**TWO)
    (text,) = world.backends.calls(SEND)
    await world.notify(text.reference, GONE)
    await world.wait(seconds=10)
    version = (await world.seen()).version
    await world.notify(text.reference, GONE)
    await world.notify(text.reference, Passed(output=None))
    assert (await world.seen()).version == version
