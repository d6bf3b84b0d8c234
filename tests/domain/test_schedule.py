"""Dated schedules: worked by hand on twelve calendars, then what holds on every one."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unshackled.domain.catalogue import CreditPlan
from unshackled.domain.loan import terms_of
from unshackled.domain.package import CreditTerms, StatedRise, TariffLine
from unshackled.domain.payment_rules import (
    PaymentRules,
    allowed_dates,
    default_date,
    last_agreement_day,
)
from unshackled.domain.schedule import (
    credit_schedule,
    dated,
    dated_apr,
    due_dates,
    schedule_of,
    tariff_schedule,
)
from unshackled.domain.working_days import DayShift, is_working_day, working_days_after

CALENDARS = ("GB-ENG", "GB-SCT", "GB-NIR", "GB-WLS", "DE", "DE-BY", "DE-SN")
SHIFTS: tuple[DayShift, ...] = ("none", "next", "previous", "next_in_month")
DAYS = st.dates(date(2024, 1, 1), date(2033, 12, 31))

# What it shows, the calendar, the shift, the first payment, and each collection.
BY_HAND: list[tuple[str, str, DayShift, str, str]] = [
    (
        "31 January, each month-end a weekend's: counted from 31, not from the month before",
        "GB-ENG",
        "next",
        "2026-01-31",
        "2026-02-02 2026-03-02 2026-03-31 2026-04-30 2026-06-01",
    ),
    (
        "31 January before a leap day; 30 April is a Sunday before the early May bank holiday",
        "GB-ENG",
        "next",
        "2028-01-31",
        "2028-01-31 2028-02-29 2028-03-31 2028-05-02",
    ),
    (
        "a leap day: the 29th of each month, and twice the day after a bank holiday",
        "GB-ENG",
        "next",
        "2028-02-29",
        "2028-02-29 2028-03-29 2028-05-02 2028-05-30 2028-06-29 2028-07-31 2028-08-29",
    ),
    (
        "Good Friday and Easter Monday, then the early May bank holiday after a Sunday",
        "GB-ENG",
        "next",
        "2026-03-03",
        "2026-03-03 2026-04-07 2026-05-05 2026-06-03",
    ),
    (
        "the same, shifted back",
        "GB-ENG",
        "previous",
        "2026-03-03",
        "2026-03-03 2026-04-02 2026-05-01 2026-06-03",
    ),
    (
        "Christmas of 2027 on a Saturday: Monday and Tuesday are its substitute days",
        "GB-ENG",
        "next",
        "2027-11-25",
        "2027-11-25 2027-12-29 2028-01-25",
    ),
    (
        "the Christmas block of 2026, Friday to the substitute of Boxing Day",
        "GB-ENG",
        "next",
        "2026-11-25",
        "2026-11-25 2026-12-29 2027-01-25",
    ),
    (
        "the Sunday on which British Summer Time begins is a day like any other Sunday",
        "GB-ENG",
        "next",
        "2026-01-29",
        "2026-01-29 2026-03-02 2026-03-30 2026-04-29",
    ),
    (
        "the coronation of 2023, proclaimed once",
        "GB-ENG",
        "next",
        "2023-04-08",
        "2023-04-11 2023-05-09 2023-06-08",
    ),
    (
        "Scotland: 2 January rests, Easter Monday does not",
        "GB-SCT",
        "next",
        "2026-01-02",
        "2026-01-05 2026-02-02 2026-03-02 2026-04-02",
    ),
    (
        "Scotland: Easter Monday is a working day",
        "GB-SCT",
        "next",
        "2026-03-06",
        "2026-03-06 2026-04-06 2026-05-06",
    ),
    (
        "Northern Ireland: St Patrick's Day",
        "GB-NIR",
        "next",
        "2026-02-17",
        "2026-02-17 2026-03-18 2026-04-17",
    ),
    (
        "Germany: Ascension Day, a Sunday in June",
        "DE",
        "next",
        "2026-04-14",
        "2026-04-14 2026-05-15 2026-06-15",
    ),
    (
        "Germany: 1 May is a Friday, 3 October a Saturday",
        "DE",
        "next",
        "2026-05-01",
        "2026-05-04 2026-06-01 2026-07-01 2026-08-03 2026-09-01 2026-10-01",
    ),
    (
        "Bavaria: Epiphany, which the rest of the country works on",
        "DE-BY",
        "next",
        "2026-01-06",
        "2026-01-07 2026-02-06 2026-03-06 2026-04-07",
    ),
    (
        "month-ends kept in their month",
        "GB-ENG",
        "next_in_month",
        "2026-01-31",
        "2026-01-30 2026-02-27 2026-03-31 2026-04-30 2026-05-29",
    ),
]


def loan(amount: int = 66_900, months: int = 24, rate: str = "9.9") -> CreditTerms:
    """A loan of a plan, without a deposit."""
    plan = CreditPlan(
        code="plan", title="Plan", months=months, apr_percent=Decimal(rate), min_amount=months
    )
    return terms_of(plan, amount, 0)


@pytest.mark.parametrize(("what", "calendar", "shift", "first", "expected"), BY_HAND)
def test_schedules_are_as_worked_by_hand(
    what: str, calendar: str, shift: DayShift, first: str, expected: str
) -> None:
    """Each collection falls on the day that the published calendar says."""
    days = expected.split()
    found = dated(
        range(1, len(days) + 1), date.fromisoformat(first), calendar=calendar, shift=shift
    )
    assert [payment.due.isoformat() for payment in found] == days, what
    assert [payment.number for payment in found] == list(range(1, len(days) + 1))


LOANS = st.builds(
    loan, st.integers(2_000, 200_000), st.integers(1, 48), st.sampled_from(["0", "9.9", "29.9"])
)


@given(LOANS, DAYS, st.sampled_from(CALENDARS), st.sampled_from(SHIFTS))
def test_every_schedule_adds_up_and_goes_on(
    terms: CreditTerms, first: date, calendar: str, shift: DayShift
) -> None:
    """Amounts sum to the terms, dates grow, one is due a month, and all are working days."""
    months = terms.months
    found = schedule_of(terms, first, calendar=calendar, shift=shift)
    assert sum(one.amount for one in found) == terms.total_payable
    assert len(found) == months
    days = [one.due for one in found]
    assert days == sorted(set(days))
    planned = due_dates(first, months)
    assert len({(day.year, day.month) for day in planned}) == months
    assert all(abs(due - day) <= timedelta(days=6) for due, day in zip(days, planned, strict=True))
    if shift in ("none", "next_in_month"):
        assert len({(day.year, day.month) for day in days}) == months
    if shift != "none":
        assert all(is_working_day(day, calendar) for day in days)


@given(st.integers(1, 31), st.integers(1, 40))
def test_due_dates_do_not_drift(day: int, months: int) -> None:
    """Every month has the day of the first payment, or its last one where it has none such."""
    for due in due_dates(date(2027, 1, day), months):
        assert due.day == day or (due + timedelta(days=1)).day == 1


RULES = st.builds(
    PaymentRules,
    earliest_days=st.integers(0, 30),
    latest_days=st.integers(30, 60),
    days_of_month=st.lists(st.integers(1, 31), max_size=4, unique=True).map(tuple),
    default_days=st.none() | st.integers(0, 60),
    shift=st.sampled_from(SHIFTS),
    notice_working_days=st.integers(0, 12),
)


@given(RULES, DAYS, st.sampled_from(CALENDARS))
def test_there_is_a_date_to_choose_on_every_day(
    rules: PaymentRules, agreed: date, calendar: str
) -> None:
    """Whatever the rules: in the window, with its notice, and the default is one of them."""
    dates = allowed_dates(rules, agreed, calendar)
    assert dates == tuple(sorted(set(dates)))
    assert default_date(rules, agreed, calendar) in dates
    latest = agreed + timedelta(days=rules.latest_days)
    assert all(day <= latest for day in dates) or len(dates) == 1
    noticed = working_days_after(agreed, rules.notice_working_days, calendar)
    for day in dates:
        assert not rules.days_of_month or day.day in rules.days_of_month
        (first,) = dated((1,), day, calendar=calendar, shift=rules.shift)
        assert first.due >= max(noticed, agreed + timedelta(days=rules.earliest_days))


@given(RULES, DAYS, st.sampled_from(CALENDARS), st.integers(0, 91))
def test_a_date_counts_as_long_as_it_would_be_on_offer(
    rules: PaymentRules, agreed: date, calendar: str, pick: int
) -> None:
    """An agreement may be put off until the day after which the collection would be too soon."""
    dates = allowed_dates(rules, agreed, calendar)
    first = dates[pick % len(dates)]
    last = last_agreement_day(rules, agreed, first, calendar)
    assert agreed <= last < first
    assert first in allowed_dates(rules, last, calendar)
    assert first not in allowed_dates(rules, last + timedelta(days=1), calendar)


def test_notice_over_christmas_puts_the_first_date_off() -> None:
    """Agreed on Wednesday 16 December 2026: 10 working days are over on Monday 4 January."""
    rules = PaymentRules(earliest_days=14, latest_days=30)
    dates = allowed_dates(rules, date(2026, 12, 16), "GB-ENG")
    assert (dates[0], dates[-1]) == (date(2027, 1, 1), date(2027, 1, 15))
    schedule = credit_schedule(
        loan(), rules, agreed_on=date(2026, 12, 16), calendar="GB-ENG", chosen=dates[0]
    )
    assert schedule.payments[0].due == date(2027, 1, 4)
    assert schedule.notice_by == date(2026, 12, 16)


def test_a_lender_may_name_the_days_of_the_month() -> None:
    """Of three weeks, the days that the lender takes; the default is the first a month on."""
    rules = PaymentRules(earliest_days=14, latest_days=60, days_of_month=(1, 15, 28))
    dates = allowed_dates(rules, date(2026, 3, 10), "GB-ENG")
    assert [day.isoformat() for day in dates] == [
        "2026-03-28",
        "2026-04-01",
        "2026-04-15",
        "2026-04-28",
        "2026-05-01",
    ]
    assert default_date(rules, date(2026, 3, 10), "GB-ENG") == date(2026, 4, 15)


def test_where_no_day_of_the_window_fits_it_is_the_first_after_it() -> None:
    """Nobody is left without a date by rules that are too narrow for a month."""
    rules = PaymentRules(earliest_days=14, latest_days=15, days_of_month=(31,))
    assert allowed_dates(rules, date(2026, 1, 20), "GB-ENG") == (date(2026, 3, 31),)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"earliest_days": 20, "latest_days": 10}, "earliest_days"),
        ({"latest_days": 93}, "latest_days"),
        ({"earliest_days": -1}, "earliest_days"),
        ({"days_of_month": (1, 32)}, "days_of_month"),
        ({"days_of_month": (0,)}, "days_of_month"),
        ({"notice_working_days": 32}, "notice_working_days"),
        ({"default_days": 93}, "default_days"),
    ],
)
def test_rules_out_of_bounds_are_refused(wrong: dict[str, object], field: str) -> None:
    """The error names the field and what is allowed."""
    with pytest.raises(ValueError, match=f"{field}.* (from|between) "):
        PaymentRules(**wrong)  # type: ignore[arg-type]


def present_value(terms: CreditTerms, rate: float, first: float) -> float:
    """What the payments are worth when the credit is drawn; `first` is in years."""
    return sum(
        float(amount) / float((1 + rate) ** (first + month / 12))
        for month, amount in enumerate(terms.instalments.amounts)
    )


def test_a_leap_day_is_28_february_in_the_other_years() -> None:
    """And 29 again four years on: counted from the first payment, never from the last one."""
    days = due_dates(date(2028, 2, 29), 49)
    assert [days[month] for month in (12, 13, 48)] == [
        date(2029, 2, 28),
        date(2029, 3, 29),
        date(2032, 2, 29),
    ]


def test_the_apr_of_a_schedule_a_month_on_is_that_of_equal_months() -> None:
    """Whatever the month's length: intervals in whole months are twelfths of a year."""
    terms = loan()
    for agreed in (date(2026, 1, 28), date(2026, 2, 28), date(2026, 7, 15)):
        first = due_dates(agreed, 2)[1]
        assert dated_apr(terms, agreed, first) == terms.apr_percent


def test_odd_days_of_the_first_period_change_the_apr() -> None:
    """A month and 12 days, counted back from the first payment: 12 days over 365 (CONC App 1.2)."""
    terms = loan(100_000, 12, "29.9")
    agreed, first = date(2026, 3, 3), date(2026, 4, 15)
    rate = float(dated_apr(terms, agreed, first)) / 100
    worth = present_value(terms, rate, 1 / 12 + 12 / 365)
    assert abs(worth - terms.amount) < 30
    assert dated_apr(terms, agreed, first) < terms.apr_percent
    assert dated_apr(terms, agreed, date(2026, 3, 20)) > terms.apr_percent


def test_the_last_of_a_leap_year_counts_its_odd_days_over_366() -> None:
    """The example of the Commission (EC-2.1): drawn on 12 January 2012, paid from 15 February."""
    terms = loan(200_000, 240, "6.4")
    rate = float(dated_apr(terms, date(2012, 1, 12), date(2012, 2, 15))) / 100
    assert abs(present_value(terms, rate, 1 / 12 + 3 / 365) - terms.amount) < 1_000


def test_a_tariff_is_collected_with_its_stated_rises() -> None:
    """Each month at what it costs then; the total is that of the contract."""
    tariff = TariffLine(
        sku="t",
        title="T",
        monthly=2_000,
        term_months=4,
        data_gb=None,
        total=8_600,
        rises=(StatedRise(starts=date(2026, 4, 1), monthly=2_300, from_month=3, months=2),),
    )
    found = tariff_schedule(tariff, PaymentRules(), agreed_on=date(2026, 2, 3), calendar="GB-ENG")
    assert [(one.due.isoformat(), one.amount) for one in found.payments] == [
        ("2026-03-03", 2_000),
        ("2026-04-07", 2_000),
        ("2026-05-05", 2_300),
        ("2026-06-03", 2_300),
    ]
    assert sum(one.amount for one in found.payments) == tariff.total
    assert found.apr_percent is None


def test_a_free_month_is_not_collected() -> None:
    """What costs nothing has no payment, and those after it keep their day."""
    found = dated((0, 500, 500), date(2026, 3, 3), calendar="GB-ENG", shift="next")
    assert [(one.number, one.due.isoformat()) for one in found] == [
        (1, "2026-04-07"),
        (2, "2026-05-05"),
    ]
