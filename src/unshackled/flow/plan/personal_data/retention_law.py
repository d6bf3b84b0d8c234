"""How long personal data is kept once a checkout has ended: by the market's law, as it is today."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Final

from unshackled.domain.checkout import Checkout
from unshackled.domain.erasure import RetentionDuty, RetentionPeriods, duties_of_order
from unshackled.domain.events.privacy_events import has_passing
from unshackled.domain.run_records import Run
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

    Some time after the end, then whenever something that keeps a part of it ends. Never while a
    case is under way: the end of that is when it is asked again.
    """
    if checkout.runs and not all(run.over for run in checkout.runs.values()):
        return None
    erasure = checkout.erasure
    if erasure is not None:
        moments = [one.until for one in erasure.duties if one.until is not None]
        moments += [at + plan.erase_after for at in _passing_since(checkout)]
        return min(moments, default=None)
    ended = ended_at(checkout)
    if ended is None:
        return None
    cases = [ended_at(run) for run in checkout.runs.values()]
    return max([ended, *(at for at in cases if at is not None)]) + plan.erase_after


def _passing_since(checkout: Checkout) -> Iterator[datetime]:
    """The ends of cases that still have what only served the way there."""
    for name, private in checkout.private.runs.items():
        at = ended_at(checkout.runs[name])
        if at is not None and has_passing(private):
            yield at


def ended_at(run: Checkout | Run) -> datetime | None:
    """When a purchase or a case came to its end; None while it has not."""
    return run.canceled.at if run.canceled is not None else run.completed_at
