"""How long personal data is kept once a checkout has ended: by the market's law, as it is today."""

from __future__ import annotations

from datetime import date
from typing import Final

from unshackled.domain.erasure import RetentionPeriods
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
