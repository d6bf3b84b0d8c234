"""A payment schedule with dates: each instalment, when it is due and when it is collected.

Due dates are counted from the day of the first one, so that a month without that day does not move
the later ones: 31 January, 28 February, 31 March.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Literal

from unshackled.domain.apr import Flow, apr_percent, published
from unshackled.domain.facts import Fact
from unshackled.domain.package import CreditTerms, TariffLine
from unshackled.domain.payment_rules import NOTICE_DAYS, PaymentRules, default_date
from unshackled.domain.periods import add_months
from unshackled.domain.records import Record
from unshackled.domain.working_days import DayShift, shifted, working_days_before


class ScheduledPayment(Record, Fact):
    """One payment: its number from 1, the day on which it is collected, minor units."""

    number: int
    due: date
    amount: int


class PaymentSchedule(Record, Fact):
    """When the customer pays what for a part of the package.

    `agreed_on` is the day it counts from, `first_payment` the day of the first payment as it was
    chosen, before any shift to a working day. `apr_percent` is of these dates, None without credit.
    `notice_by` is the last working day for the advance notice of the first collection, which comes
    `notice_working_days` before it.
    """

    agreed_on: date
    first_payment: date
    payments: tuple[ScheduledPayment, ...]
    notice_by: date
    apr_percent: Decimal | None = None
    part: Literal["credit", "tariff"] = "credit"
    notice_working_days: int = NOTICE_DAYS


def due_dates(first_payment: date, count: int) -> tuple[date, ...]:
    """The day of each payment before any shift: the same day of each month, or the month's last."""
    return tuple(add_months(first_payment, month) for month in range(count))


def dated(
    amounts: Sequence[int], first_payment: date, *, calendar: str, shift: DayShift = "next"
) -> tuple[ScheduledPayment, ...]:
    """One payment a month from a day on, each collected on a working day of the calendar.

    A payment of nothing is left out, and has no number.
    """
    return tuple(_payments(amounts, first_payment, calendar, shift))


def _payments(
    amounts: Sequence[int], first_payment: date, calendar: str, shift: DayShift
) -> Iterator[ScheduledPayment]:
    days = due_dates(first_payment, len(amounts))
    paid = [(day, amount) for day, amount in zip(days, amounts, strict=True) if amount]
    for number, (day, amount) in enumerate(paid, start=1):
        yield ScheduledPayment(number=number, due=shifted(day, calendar, shift), amount=amount)


def schedule_of(
    terms: CreditTerms, first_payment: date, *, calendar: str, shift: DayShift = "next"
) -> tuple[ScheduledPayment, ...]:
    """The instalments of a credit agreement with their dates."""
    return dated(terms.instalments.amounts, first_payment, calendar=calendar, shift=shift)


def dated_apr(terms: CreditTerms, agreed_on: date, first_payment: date) -> Decimal:
    """The published APR of the dated schedule, the credit drawn on the day of the agreement.

    Days count as they are due, before any shift to a working day: the periods between them are
    equal months, and the days before the first whole one are odd days (FCA CONC App 1.2).
    """
    amounts = terms.instalments.amounts
    repayments = [
        Flow(amount_minor=amount, at=day)
        for day, amount in zip(due_dates(first_payment, len(amounts)), amounts, strict=True)
    ]
    drawn = Flow(amount_minor=terms.amount, at=agreed_on)
    return published(apr_percent([drawn], repayments, unit="month"))


def credit_schedule(
    terms: CreditTerms,
    rules: PaymentRules,
    *,
    agreed_on: date,
    calendar: str,
    chosen: date | None = None,
) -> PaymentSchedule:
    """When a credit is paid back, from the date that was chosen or else by the lender's default."""
    first = chosen or default_date(rules, agreed_on, calendar)
    payments = schedule_of(terms, first, calendar=calendar, shift=rules.shift)
    return PaymentSchedule(
        agreed_on=agreed_on,
        first_payment=first,
        payments=payments,
        notice_by=working_days_before(payments[0].due, rules.notice_working_days, calendar),
        apr_percent=dated_apr(terms, agreed_on, first),
        notice_working_days=rules.notice_working_days,
    )


def tariff_schedule(
    tariff: TariffLine, rules: PaymentRules, *, agreed_on: date, calendar: str
) -> PaymentSchedule:
    """When the months of a tariff are collected, with the rises that are stated in it."""
    first = default_date(rules, agreed_on, calendar)
    payments = dated(tariff_months(tariff), first, calendar=calendar, shift=rules.shift)
    due = payments[0].due if payments else first
    return PaymentSchedule(
        agreed_on=agreed_on,
        first_payment=first,
        payments=payments,
        notice_by=working_days_before(due, rules.notice_working_days, calendar),
        part="tariff",
        notice_working_days=rules.notice_working_days,
    )


def tariff_months(tariff: TariffLine) -> tuple[int, ...]:
    """What each month of the contract costs, in minor units."""
    risen = [rise.monthly for rise in tariff.rises for _ in range(rise.months)]
    return (*(tariff.monthly,) * tariff.months_before_rises, *risen)
