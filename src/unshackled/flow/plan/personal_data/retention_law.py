"""How long personal data is kept once a checkout has ended: by the market's law, as it is today."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

from unshackled.domain.checkout import Checkout
from unshackled.domain.erasure import RetentionDuty, RetentionPeriods, duties_of_order
from unshackled.domain.schedule import PaymentSchedule
from unshackled.flow.plan.plan import Plan

RECORDS: Final = "contract_records_years"


def retention_on(plan: Plan, day: date) -> RetentionPeriods:
    """What holds on a day of the retailer's calendar; of no market, the longest that we know."""
    if plan.market is None:
        return RetentionPeriods(idle=plan.erase_after)
    rules = plan.market.on(day)
    sources = (one.source for one in plan.market.entries_on(day) if one.rule == RECORDS)
    return RetentionPeriods(
        years=rules.contract_records_years,
        from_year_end=rules.contract_records_from_year_end,
        basis=next(sources, "")[:200],
        idle=plan.erase_after,
    )


def order_duties(plan: Plan, checkout: Checkout, now: datetime) -> tuple[RetentionDuty, ...]:
    """What keeps the data of an order, each until when, over ones too; nothing without an order."""
    if checkout.completed_at is None:
        return ()
    return duties_of_order(
        checkout.package,
        plan.local(checkout.completed_at).date(),
        retention_on(plan, plan.local(now).date()),
        plan.time_zone,
        _last_payment(plan, checkout),
    )


def _last_payment(plan: Plan, checkout: Checkout) -> date | None:
    """The last day of the schedules that steps made; None where nothing is dated."""
    schedules = (
        checkout.output(step.name) or {}
        for step in plan.steps.values()
        if step.definition.output is PaymentSchedule
    )
    days = (row["due"] for schedule in schedules for row in schedule.get("payments", ()))
    return max(map(date.fromisoformat, days), default=None)


def look_at(plan: Plan, checkout: Checkout) -> datetime | None:
    """When to see whether data of a checkout that has ended can be erased; None for never.

    Some time after the end, then whenever something that keeps a part of it ends.
    """
    erasure = checkout.erasure
    if erasure is not None:
        return min((one.until for one in erasure.duties if one.until is not None), default=None)
    ended = checkout.canceled.at if checkout.canceled is not None else checkout.completed_at
    return ended + plan.erase_after if ended is not None else None
