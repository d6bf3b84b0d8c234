"""Rules of steps go by the retailer's day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.flow.plans import plan_of
from tests.flow.world import EngineHarness
from unshackled.domain.facts import Fact
from unshackled.domain.market_rules import MarketRules
from unshackled.domain.records import replace
from unshackled.flow.plan.plan import Plan
from unshackled.ports.outcome import Outcome, Passed
from unshackled.steps.rule import Law, Rule
from unshackled.testing.virtual_clock import VirtualClock


@dataclass(frozen=True, slots=True, kw_only=True)
class Nothing:
    """A rule that needs no facts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Day(Fact):
    """The day that a rule saw."""

    day: str


def _day(facts: Any, now: datetime, rules: MarketRules) -> Outcome[Day]:
    return Passed(output=Day(day=now.date().isoformat()))


def plan_in(zone: str) -> Plan:
    """A plan of one rule that says which day it is."""
    law = Law(request=Nothing, output=Day, decide=_day)
    rule = Rule(kind="rule", detail="day", entry="rule", request=Nothing, output=Day, law=law)
    plan = plan_of({"day": {"rule": "upgrade_eligibility"}, "confirm": {"confirm": "package"}})
    step = replace(plan.steps["day"], definition=rule, sources={})
    return replace(plan, time_zone=zone, steps={**plan.steps, "day": step})


@pytest.mark.parametrize(
    ("zone", "day"),
    [
        ("Europe/London", "2027-04-01"),
        ("UTC", "2027-03-31"),
        ("America/New_York", "2027-03-31"),
        ("Asia/Tokyo", "2027-04-01"),
    ],
)
async def test_a_rule_sees_the_retailers_day(zone: str, day: str) -> None:
    """At 23:30 UTC on 31 March it is 1 April in London."""
    world = EngineHarness(plan_in(zone))
    world.clock = VirtualClock(datetime(2027, 3, 31, 23, 30, tzinfo=UTC))
    world.engine = world.fresh_engine()
    await world.begin()
    assert (await world.step("day")).output == {"day": day}
