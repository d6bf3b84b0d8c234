"""Market rules as dated data: what the law allows on a day, never code to be changed."""

from __future__ import annotations

from datetime import date
from typing import Final

from unshackled.domain.records import Record


class MarketRules(Record):
    """The limits in force from `starts` until the day before `ends` (`None`: still open)."""

    starts: date
    ends: date | None
    airtime_months_max: int
    deferred_payment_regulated: bool
    deferred_payment_instalments_max: int = 12
    deferred_payment_months_max: int = 12


UNITED_KINGDOM: Final = (
    # Ofcom General Condition C1: a commitment of at most 24 months.
    MarketRules(
        starts=date(2011, 5, 26),
        ends=date(2026, 7, 15),
        airtime_months_max=24,
        deferred_payment_regulated=False,
    ),
    # FCA PS26/1: deferred payment credit is regulated.
    MarketRules(
        starts=date(2026, 7, 15),
        ends=None,
        airtime_months_max=24,
        deferred_payment_regulated=True,
    ),
)


def rules_on(day: date, packs: tuple[MarketRules, ...] = UNITED_KINGDOM) -> MarketRules:
    """The one pack in force on a day; raises `LookupError` where none covers it."""
    for pack in packs:
        if pack.starts <= day and (pack.ends is None or day < pack.ends):
            return pack
    raise LookupError(f"no market rules cover {day.isoformat()}")
