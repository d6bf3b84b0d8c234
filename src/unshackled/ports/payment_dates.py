"""Dates of payments from what steps know: which the customer may choose, and what follows.

The day of the agreement is taken to be the market's day on which this is asked. What was made then
counts for as long as the agreement may be put off without another date.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Final

from pydantic import Field

from unshackled.domain.customer import FirstPayment
from unshackled.domain.package import CreditTerms, TariffLine
from unshackled.domain.payment_rules import (
    LAST_DAY,
    LATEST,
    NOTICE_DAYS,
    PaymentRules,
    allowed_dates,
    default_date,
    last_agreement_day,
)
from unshackled.domain.records import Record
from unshackled.domain.schedule import PaymentSchedule, credit_schedule, tariff_schedule
from unshackled.domain.working_days import DayShift
from unshackled.ports.credit import CreditQuoted
from unshackled.ports.outcome import Outcome, Passed

# Where a lender has no rules of its own.
USUAL: Final = PaymentRules()


class DateFacts(Record, forbid_unknown_fields=False):
    """What says which dates a customer may choose from: the lender's offer."""

    offer: CreditQuoted


class DatesOnOffer(Record):
    """The dates of a first payment that may be chosen, in order, and the one that counts else."""

    dates: tuple[date, ...]
    default: date


def dates_on_offer(facts: DateFacts, now: datetime, calendar: str) -> DatesOnOffer:
    """By the rules of the lender; of one that takes no wish only the usual date.

    `now` is in the market's zone, `calendar` the one that its banks go by.
    """
    rules, today = facts.offer.payment_rules, now.date()
    if rules is None:
        usual = default_date(USUAL, today, calendar)
        return DatesOnOffer(dates=(usual,), default=usual)
    return DatesOnOffer(
        dates=allowed_dates(rules, today, calendar), default=default_date(rules, today, calendar)
    )


def date_counts_until(facts: DateFacts, first: date, now: datetime, calendar: str) -> datetime:
    """Until when an agreement with this first payment may still be made."""
    return _end_of_last_day(facts.offer.payment_rules or USUAL, first, now, calendar)


class ScheduleFacts(Record, forbid_unknown_fields=False):
    """What a credit's payment schedule is made of; without a choice the lender's default counts."""

    terms: CreditTerms
    offer: CreditQuoted | None
    first_payment: FirstPayment | None


def payment_schedule(
    facts: ScheduleFacts, now: datetime, calendar: str
) -> Outcome[PaymentSchedule]:
    """Each instalment of the credit with the day on which it is collected."""
    rules = (facts.offer and facts.offer.payment_rules) or USUAL
    chosen = facts.first_payment
    made = credit_schedule(
        facts.terms,
        rules,
        agreed_on=now.date(),
        calendar=calendar,
        chosen=chosen.first_payment_date if chosen else None,
    )
    return _lasting(made, rules, now, calendar)


class TariffScheduleFacts(Record, forbid_unknown_fields=False):
    """What the collections of a tariff are dated by.

    The first is `first_after_days` after the agreement, and not before `notice_working_days` are
    over.
    """

    tariff: TariffLine
    first_after_days: Annotated[int, Field(ge=1, le=LATEST)] = 14
    notice_working_days: Annotated[int, Field(ge=0, le=LAST_DAY)] = NOTICE_DAYS
    shift: DayShift = "next"


def tariff_payments(
    facts: TariffScheduleFacts, now: datetime, calendar: str
) -> Outcome[PaymentSchedule]:
    """Each month of the tariff with the day on which it is collected."""
    rules = PaymentRules(
        earliest_days=facts.first_after_days,
        latest_days=facts.first_after_days,
        default_days=facts.first_after_days,
        shift=facts.shift,
        notice_working_days=facts.notice_working_days,
    )
    made = tariff_schedule(facts.tariff, rules, agreed_on=now.date(), calendar=calendar)
    return _lasting(made, rules, now, calendar)


def _lasting(
    dates: PaymentSchedule, rules: PaymentRules, now: datetime, calendar: str
) -> Outcome[PaymentSchedule]:
    until = _end_of_last_day(rules, dates.first_payment, now, calendar)
    return Passed(output=dates, valid_until=until)


def _end_of_last_day(rules: PaymentRules, first: date, now: datetime, calendar: str) -> datetime:
    last = last_agreement_day(rules, now.date(), first, calendar)
    return datetime.combine(last + timedelta(days=1), time.min, now.tzinfo).astimezone(UTC)
