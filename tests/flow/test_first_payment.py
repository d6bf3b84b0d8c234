"""The first payment: chosen of the days on offer, dated by the market, sent, and chosen again."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tests.flow.plans import credit_plan
from tests.flow.world import EngineHarness
from unshackled.domain.payment_rules import PaymentRules
from unshackled.domain.records import replace
from unshackled.flow.engine.draft import Rejected
from unshackled.flow.plan.personal_data.retention_law import order_duties
from unshackled.flow.plan.plan import Plan
from unshackled.http.checkouts.payment_dates_shown import (
    PaymentScheduleShown,
    payment_schedules,
)
from unshackled.markets import market_pack
from unshackled.messages import say
from unshackled.ports.credit import CreditDecision, CreditQuoted
from unshackled.ports.outcome import Passed
from unshackled.testing.virtual_clock import VirtualClock

# 1 July in London, where it is half past midnight of British Summer Time.
NIGHT = datetime(2026, 6, 30, 23, 30, tzinfo=UTC)
RULES = PaymentRules(earliest_days=14, latest_days=45, days_of_month=(1, 15, 31))


def choosing(zone: str = "Europe/London", market: str = "GB") -> Plan:
    """The main job, where the customer chooses when to begin to pay."""
    plan = credit_plan(
        first={"collect": "first_payment", "needs": ["prequalify"]},
        schedule={"rule": "payment_schedule", "needs": ["first", "prequalify"]},
        credit={"needs": ["schedule", "prequalify"]},
    )
    return replace(plan, time_zone=zone, market=market_pack(market))


async def asked(
    rules: PaymentRules | None = RULES, *, at: datetime = NIGHT, plan: Plan | None = None
) -> EngineHarness:
    """A checkout whose lender has quoted."""
    world = EngineHarness(plan or choosing())
    world.clock = VirtualClock(at)
    world.engine = world.fresh_engine()
    offer = CreditQuoted(offer="o", lender="Prime", payment_rules=rules)
    world.backends.script("credit.quote", Passed(output=offer), Passed(output=offer))
    await world.begin()
    await world.fill()
    return world


async def on_offer(world: EngineHarness) -> dict[str, Any]:
    """What the form says of the date."""
    (action,) = [one for one in (await world.standing()).next_actions if one.step == "first"]
    assert action.due
    assert "first_payment_date" not in action.schema["required"]
    found: dict[str, Any] = action.schema["properties"]["first_payment_date"]
    return found


async def test_the_form_has_the_days_that_the_lender_offers() -> None:
    """Counted from the market's day, which may be another than that of UTC; with a default."""
    form = await on_offer(await asked())
    assert form["enum"] == ["2026-07-15", "2026-07-31", "2026-08-01", "2026-08-15"]
    assert form["default"] == "2026-08-01"
    assert form["title"] == "First payment"


async def test_what_was_chosen_dates_the_schedule_and_goes_to_the_lender() -> None:
    """Friday 31 July, then Monday 31 August, a bank holiday, so Tuesday 1 September."""
    world = await asked()
    await world.submit("first", {"first_payment_date": "2026-07-31"})
    output = (await world.seen()).output("schedule")
    assert output is not None
    assert output["first_payment"] == "2026-07-31"
    assert [one["due"] for one in output["payments"]][:3] == [
        "2026-07-31",
        "2026-09-01",
        "2026-09-30",
    ]
    (applied,) = world.backends.calls("credit.apply")
    assert applied.request.schedule.first_payment == date(2026, 7, 31)
    assert applied.request.schedule.agreed_on == date(2026, 7, 1)


async def test_data_is_needed_until_the_last_payment_that_has_a_date() -> None:
    """The contract that is paid from August on outlives the months since the order in July."""
    world = await asked()
    await world.submit("first", {"first_payment_date": "2026-08-15"})
    ordered = replace(await world.seen(), completed_at=NIGHT)
    dates = (ordered.output("schedule") or {})["payments"]
    contract, law = order_duties(world.plan, ordered, NIGHT)
    assert contract.until is not None
    assert world.plan.local(contract.until).date() == (
        date.fromisoformat(dates[-1]["due"]) + timedelta(days=1)
    )
    assert law.until is not None
    assert law.until > contract.until


async def test_the_answer_about_the_checkout_has_the_schedule() -> None:
    """As soon as it is known, in the words of the document of the API."""
    world = await asked()
    assert payment_schedules(world.plan, await world.seen()) == []
    await world.submit("first", {"first_payment_date": "2026-07-31"})
    (shown,) = payment_schedules(world.plan, await world.seen())
    assert shown["part"] == "credit"
    assert shown["payments"][1] == {"number": 2, "due": "2026-09-01", "amount": 2_788}
    assert set(shown) == set(PaymentScheduleShown.model_fields)


async def test_who_does_not_choose_begins_by_the_lenders_default() -> None:
    """An empty form is the default, and kept as the date that it is."""
    world = await asked()
    await world.submit("first", {})
    seen = await world.seen()
    assert seen.output("first") == {"first_payment_date": "2026-08-01"}
    assert len(world.backends.calls("credit.apply")) == 1


@pytest.mark.parametrize("sent", ["2026-07-14", "2026-07-16", "2026-09-15", "soon", 5, None])
async def test_a_day_that_is_not_on_offer_is_refused(sent: Any) -> None:
    """Too soon, on another day of the month, too late or no day at all: the days are told."""
    world = await asked()
    with pytest.raises(Rejected) as refused:
        await world.submit("first", {"first_payment_date": sent})
    (wrong,) = refused.value.errors
    assert wrong.path == "steps.first.first_payment_date"
    if isinstance(sent, str):
        assert wrong.allowed[0] == "2026-07-15"
        assert wrong.message == say("en-GB", "day_not_offered")
    assert world.backends.calls("credit.apply") == []


async def test_a_lender_that_takes_no_wish_offers_one_day() -> None:
    """A month on, by the calendar of the market."""
    form = await on_offer(await asked(None))
    assert form["enum"] == ["2026-08-01"]


async def test_another_market_has_another_calendar() -> None:
    """Whit Monday of 2026 rests in Germany; the spring bank holiday is on the same day."""
    rules = PaymentRules(days_of_month=(14,))
    for market, zone, due in (
        ("DE", "Europe/Berlin", "2026-05-15"),
        ("GB", "Europe/London", "2026-05-14"),
    ):
        at = datetime(2026, 4, 1, 12, tzinfo=UTC)
        world = await asked(rules, at=at, plan=choosing(zone, market))
        await world.submit("first", {"first_payment_date": "2026-05-14"})
        output = (await world.seen()).output("schedule")
        assert output is not None
        assert output["payments"][0]["due"] == due


async def test_a_date_that_comes_too_near_is_chosen_again() -> None:
    """It was on offer a day ago; back again, the customer finds a form with later ones."""
    world = await asked(plan=_kept_back())
    await world.submit("first", {"first_payment_date": "2026-07-15"})
    assert (await world.states())["schedule"] == "passed"
    await world.wait(hours=23, minutes=40)
    await world.submit("first", {})
    form = await on_offer(world)
    assert form["enum"][0] == "2026-07-31"
    assert (await world.states())["first"] == "waiting_customer"
    assert world.backends.calls("credit.apply") == []


async def test_a_default_that_comes_too_near_is_dated_anew() -> None:
    """Nobody chose it, so nobody is asked for another: the schedule is made again."""
    rules = PaymentRules(earliest_days=14, latest_days=20, default_days=14)
    plan = _kept_back(first=None)
    world = await asked(rules, plan=plan)
    before = (await world.seen()).output("schedule")
    await world.wait(hours=23, minutes=40)
    await world.submit("schedule", {})
    after = (await world.seen()).output("schedule")
    assert before is not None
    assert after is not None
    assert (before["first_payment"], after["first_payment"]) == ("2026-07-15", "2026-07-16")


def _kept_back(**more: Any) -> Plan:
    """The application waits for a slot, which nobody picks."""
    first: dict[str, Any] | None = {"collect": "first_payment", "needs": ["prequalify"]}
    steps: dict[str, Any] = {
        "first": more.get("first", first),
        "schedule": {"rule": "payment_schedule", "needs": ["first", "prequalify"]},
        "slot": {"choose": "delivery.slots", "needs": ["address"]},
        "credit": {"needs": ["schedule", "prequalify", "slot"]},
    }
    if steps["first"] is None:
        del steps["first"]
        steps["schedule"]["needs"] = ["prequalify"]
    return replace(credit_plan(**steps), time_zone="Europe/London", market=market_pack("GB"))


async def test_a_lender_that_takes_another_date_is_a_persons_to_settle() -> None:
    """What was asked for and what was told are compared, as amounts are."""
    world = await asked()
    told = CreditDecision(application="a", lender="Prime", first_payment=date(2026, 8, 15))
    world.backends.script("credit.apply", Passed(output=told))
    await world.submit("first", {"first_payment_date": "2026-07-31"})
    state = await world.step("credit")
    assert (state.state, state.code) == ("in_review", "amount_differs")
