"""A number that is brought along: asked about before the yes, and followed to its day after it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tests.flow.plans import When, plan_of
from tests.flow.world import ID, EngineHarness
from unshackled.domain.codec import encode
from unshackled.domain.package import Package
from unshackled.domain.records import replace
from unshackled.flow.engine.draft import Rejected
from unshackled.flow.plan.plan import Plan
from unshackled.markets import market_pack
from unshackled.ports.outcome import Declined, Passed, Pending
from unshackled.ports.porting import PortCompleted, PortingChecked
from unshackled.ports.sim import SimActivated
from unshackled.testing.samples import PACKAGE, QUOTE, sample
from unshackled.testing.virtual_clock import VirtualClock

# A Friday before Christmas, a minute before the cut-off in London.
FRIDAY = datetime(2026, 12, 18, 16, 59, tzinfo=UTC)
KEPT = {"keep_number": True, "pac": "ABC123456", "current_number": "07700900456"}
LINE = replace(sample(SimActivated), port_date=date(2026, 12, 21))
SOLD = Package(tariff=PACKAGE.tariff)
FREE = replace(QUOTE, due_today=0)


def plan(zone: str = "Europe/London", market: str = "GB") -> Plan:
    """A line, with the question before the yes and the waiting after it."""
    made = plan_of(
        {
            "contact": {"collect": "contact"},
            "address": {"collect": "address"},
            "number": {"collect": "number"},
            "number_check": {
                "call": "porting.check",
                "needs": ["number"],
                "when": When(
                    lambda seen: bool(
                        seen["steps"]["number"]["keep_number"]
                        or seen["steps"]["number"].get("stac")
                    ),
                    reads=frozenset({"number"}),
                ),
            },
            "confirm": {"confirm": "package"},
            "order": {"call": "orders.place", "needs": ["confirm"], "pivot": True},
            "sim": {"call": "sim.activate", "needs": ["order", "number", "contact"]},
            "port": {
                "call": "porting.completion",
                "needs": ["sim"],
                "when": When(
                    lambda seen: "port_date" in seen["steps"]["sim"],
                    reads=frozenset({"sim"}),
                ),
            },
        }
    )
    return replace(made, time_zone=zone, market=market_pack(market))


async def begun(at: datetime = FRIDAY, made: Plan | None = None) -> EngineHarness:
    """A checkout whose customer has told who they are."""
    world = EngineHarness(made or plan())
    world.clock = VirtualClock(at)
    world.engine = world.fresh_engine()
    await world.begin(package=SOLD, quote=FREE)
    await world.fill("contact", "address")
    return world


async def form(world: EngineHarness) -> dict[str, Any]:
    """What the page is told of the number."""
    (action,) = [one for one in (await world.standing()).next_actions if one.step == "number"]
    found: dict[str, Any] = action.schema
    return found


def days(schema: dict[str, Any]) -> list[str]:
    """The days on offer."""
    found: list[str] = schema["properties"]["port_date"]["anyOf"][0]["enum"]
    return found


async def test_the_form_has_the_days_of_this_moment() -> None:
    """Monday until 17:00 on Friday, then Tuesday; Christmas and its substitute day are none."""
    world = await begun()
    before = days(await form(world))
    assert before[:5] == ["2026-12-21", "2026-12-22", "2026-12-23", "2026-12-24", "2026-12-29"]
    assert before[-1] == "2027-01-15"
    await world.wait(minutes=1)
    assert days(await form(world))[0] == "2026-12-22"


async def test_another_market_has_another_form() -> None:
    """In Germany the customer declares it, and there is no code to enter."""
    schema = await form(await begun(made=plan("Europe/Berlin", "DE")))
    assert schema["properties"]["porting_consent"]["title"].startswith("I ask you")
    assert not {"pac", "stac", "code_expires"} & set(schema["properties"])


async def test_who_takes_a_new_number_is_asked_nothing_more() -> None:
    """The ordinary case: an empty form, no question to the networks, nothing to wait for."""
    world = await begun()
    await world.submit("number", {})
    await world.complete()
    assert (await world.states())["number_check"] == "skipped"
    assert (await world.states())["port"] == "skipped"
    assert (await world.standing()).settled is True


@pytest.mark.parametrize("code", ["pac_invalid", "pac_expired", "pac_number_mismatch"])
async def test_a_code_that_is_refused_has_a_way_on(code: str) -> None:
    """The customer corrects it, or takes a new number: both on the same form."""
    for sent in ({**KEPT, "pac": "DEF123456"}, {}):
        world = await begun()
        world.backends.script("porting.check", Declined(code=code))
        await world.submit("number", KEPT)
        view = await world.standing()
        (told,) = [one for one in view.messages if one.path == "$.steps.number_check"]
        assert (told.code, told.severity) == (code, "recoverable")
        assert any(one.step == "number" and one.type == "submit" for one in view.next_actions)
        with pytest.raises(Rejected):
            await world.complete()
        await world.submit("number", sent)
        assert (await world.complete()).completed_at is not None
        assert len(world.backends.calls("porting.check")) == (2 if sent else 1)


async def test_an_expired_code_is_refused_by_the_form() -> None:
    """With its day, before anybody is asked."""
    world = await begun()
    with pytest.raises(Rejected) as refused:
        await world.submit("number", {**KEPT, "code_expires": "2026-12-17"})
    (wrong,) = refused.value.errors
    assert (wrong.path, wrong.code) == ("steps.number.code_expires", "code_expired")
    assert "17 December 2026" in wrong.message
    assert world.backends.calls("porting.check") == []


async def test_a_chosen_day_is_chosen_again_once_it_is_closed() -> None:
    """At 17:00 of the working day before it is no longer to be had: nothing is ordered for it."""
    world = await begun()
    await world.submit("number", {**KEPT, "port_date": "2026-12-21"})
    await world.wait(minutes=1)
    with pytest.raises(Rejected):
        await world.complete()
    with pytest.raises(Rejected) as refused:
        await world.submit("number", {**KEPT, "port_date": "2026-12-21"})
    assert refused.value.errors[0].allowed[0] == "2026-12-22"
    await world.submit("contact")
    assert days(await form(world))[0] == "2026-12-22"
    await world.submit("number", {**KEPT, "port_date": "2026-12-22"})
    await world.complete()
    (made,) = world.backends.calls("sim.activate")
    assert made.request.number.port_date == date(2026, 12, 22)


async def test_the_next_possible_day_never_lapses() -> None:
    """Who chose none may take their time; the telco settles the day."""
    world = await begun()
    await world.submit("number", KEPT)
    await world.wait(minutes=50)
    await world.complete()
    (made,) = world.backends.calls("sim.activate")
    assert made.request.number.port_date is None


async def test_a_code_that_ends_before_the_yes_is_asked_about_again() -> None:
    """The networks said until when it counts: then it is expired, and the customer is told."""
    world = await begun()
    good = Passed(
        output=PortingChecked(code_expires=date(2026, 12, 18)),
        valid_until=FRIDAY + timedelta(minutes=30),
    )
    world.backends.script("porting.check", good, Declined(code="pac_expired"))
    await world.submit("number", KEPT)
    await world.wait(minutes=31)
    with pytest.raises(Rejected):
        await world.complete()
    await world.submit("contact")
    assert (await world.step("number_check")).state == "declined"
    assert world.backends.calls("orders.place") == []


async def test_the_port_is_followed_to_its_day() -> None:
    """The line is live at once; the checkout is settled when the number has moved."""
    world = await begun()
    due = datetime(2026, 12, 22, tzinfo=UTC)
    waiting = Pending(poll_after=timedelta(hours=1), due_by=due)
    done = PortCompleted(
        msisdn="+447700900456", completed_at=datetime(2026, 12, 21, 12, tzinfo=UTC)
    )
    world.backends.script("sim.activate", Passed(output=LINE))
    world.backends.script("porting.completion", *[waiting] * 20, Passed(output=done))
    await world.submit("number", KEPT)
    await world.complete()
    view = await world.standing()
    assert (view.status, view.settled) == ("completed", False)
    (told,) = [one for one in view.messages if one.path == "$.steps.port"]
    assert (told.code, told.params["until"]) == ("in_progress", due)
    await world.wait(days=4)
    assert (await world.standing()).settled is True
    assert (await world.seen()).output("port") == encode(done)


async def test_nothing_of_a_number_is_in_an_event() -> None:
    """Neither code nor number nor how the line is loaded."""
    world = await begun()
    world.backends.script("sim.activate", Passed(output=LINE))
    await world.submit("number", KEPT)
    await world.complete()
    rows = await world.store.events(ID, after=None, limit=1_000)
    text = str([row.data for row in rows])
    secrets = (KEPT["pac"], "7700900456", LINE.activation_code, LINE.iccid, LINE.msisdn)
    assert not [one for one in secrets if str(one) in text]
