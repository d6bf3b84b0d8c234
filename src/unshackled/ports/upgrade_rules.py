"""The rules of an upgrade from what steps know: the day it counts for, who may, and who pays what.

Days are those of the zone of `now`, the retailer's; what a lender tells may be in another one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Literal

from unshackled.domain.customer import DeviceReturn, ExistingAgreement
from unshackled.domain.facts import added
from unshackled.domain.market_rules import MarketRules
from unshackled.domain.package import Accessories, CreditTerms, HandsetLine, UpgradeLine
from unshackled.domain.records import Record, replace
from unshackled.domain.settlement import Settlement, elapsed_months, settle, settlement_date
from unshackled.domain.stored_eligibility import AgainstUpgrade, OpenUpgrade
from unshackled.domain.upgrade import Programme, Standing, open_from, open_until, reasons
from unshackled.domain.upgrade_shares import upgrade_shares
from unshackled.ports.credit import AgreementStanding, SettlementDay, SettlementDue
from unshackled.ports.outcome import Declined, Outcome, Passed
from unshackled.ports.trade_in import DeviceValued


class SettlementDayFacts(Record, forbid_unknown_fields=False):
    """The agreement that is to be paid off."""

    existing: ExistingAgreement


def settlement_day(
    facts: SettlementDayFacts, now: datetime, rules: MarketRules
) -> Outcome[SettlementDay]:
    """The earliest day that the market's rules allow (in GB after 28 days, SI 2004/1483 reg 5).

    It counts until that day is over.
    """
    day = asked_for_day(now, rules)
    end = datetime.combine(day + timedelta(days=1), time(), tzinfo=now.tzinfo)
    return Passed(output=SettlementDay(on=day), valid_until=end.astimezone(UTC))


def asked_for_day(now: datetime, rules: MarketRules) -> date:
    """The day to ask a settlement figure for, where the lender hears of it now."""
    notice = timedelta(days=rules.settlement_notice_days)
    return settlement_date(now.date(), term_months=0, notice=notice)


class UpgradedAgreementFacts(Record, forbid_unknown_fields=False):
    """The upgrade that the package names: a flow that reads it takes no package without one."""

    upgrade: UpgradeLine | None


def upgraded_agreement(
    facts: UpgradedAgreementFacts, now: datetime, rules: MarketRules
) -> Outcome[ExistingAgreement]:
    """The agreement of the package's upgrade: nobody writes its number again."""
    if facts.upgrade is None:
        return Declined(code="upgrade_not_chosen")
    return Passed(output=ExistingAgreement(agreement=facts.upgrade.agreement))


@dataclass(frozen=True, slots=True, kw_only=True)
class UpgradeFacts:
    """An agreement, the device that comes back, and the programme's terms.

    `programme` is one of the retailer's `upgrades`, by its name. Without one its terms are those
    written here: the customer pays what is left, the device counts for that, and what it is worth
    beyond is paid out. `window_months` 0 leaves the window open to the end of the agreement.
    """

    standing: AgreementStanding
    device: DeviceReturn
    valuation: DeviceValued
    months: int = 24
    min_repayments: int = 12
    window_months: int = 0
    worst_grade: Literal["pristine", "good", "worn", "broken"] = "worn"
    programme: Programme | None = added(None)
    handset: HandsetLine | None = added(None)
    credit: CreditTerms | None = added(None)
    accessories: Accessories | None = added(None)


def programme_of(facts: UpgradeFacts) -> Programme:
    """The programme by its name, or by the terms that are written in the flow."""
    if facts.programme is not None:
        return facts.programme
    return Programme(
        name="upgrade",
        months=facts.months,
        min_repayments=facts.min_repayments,
        window_months=facts.window_months or None,
        worst_grade=facts.worst_grade,
    )


def worked_out(standing: AgreementStanding, now: datetime, rules: MarketRules) -> Settlement:
    """Our own sums of what settles an agreement, on the day of the lender's figure.

    Where it tells none, as long after the request as the market's rules have it. The lender's own
    count of repayments made decides what is left.
    """
    notice = timedelta(days=rules.settlement_notice_days)
    day = settlement_date(now.date(), term_months=standing.months, notice=notice)
    elapsed = elapsed_months(
        standing.started.astimezone(now.tzinfo).date(), standing.settles_on or day
    )
    payments = standing.payments or (standing.regular_payment,) * standing.months
    return settle(
        standing.amount,
        payments,
        Decimal(standing.apr_percent),
        elapsed,
        count=standing.repayments_made,
    )


def how_it_stands(facts: UpgradeFacts) -> Standing:
    """What the rules of a programme are about."""
    return Standing(
        months=facts.standing.months,
        repayments_made=facts.standing.repayments_made,
        arrears=facts.standing.arrears,
        device_grade=facts.device.grade,
    )


def upgrade_eligibility(
    facts: UpgradeFacts, now: datetime, rules: MarketRules
) -> Outcome[SettlementDue]:
    """May the customer upgrade, and who pays what settles the old agreement.

    Declines by the first reason. The figure is the lender's; ours is told beside it, and the
    engine gives a difference of more than rounding to a person.
    """
    programme = programme_of(facts)
    against = reasons(programme, how_it_stands(facts))
    if against:
        return Declined(code=against[0])
    ours = worked_out(facts.standing, now, rules)
    figure = facts.standing.settlement_figure
    settlement = ours.due if figure is None else figure
    if not ours.left and not settlement:
        return Declined(code="agreement_settled")
    due = _due(facts, programme, ours, settlement)
    code = _not_paid_off(facts, programme, due)
    return Declined(code=code) if code is not None else Passed(output=due)


def _not_paid_off(facts: UpgradeFacts, programme: Programme, due: SettlementDue) -> str | None:
    """Why the new credit does not pay off what it has to: another agreement, figure or share."""
    if programme.left_paid_by != "new_credit":
        return None
    old = facts.credit.pays_off if facts.credit is not None else None
    if old is None:
        return "upgrade_not_chosen"
    on = due.settles_on or old.on
    new_credit = due.shares.new_credit if due.shares is not None else 0
    said = (old.agreement, old.figure, old.on, old.amount)
    same = said == (due.agreement, due.figure, on, new_credit)
    return None if same else "settlement_changed"


def upgrade_answer(
    facts: UpgradeFacts, now: datetime, rules: MarketRules
) -> OpenUpgrade | tuple[AgainstUpgrade, ...]:
    """The same before a checkout: what it comes to, or every reason against it with its dates.

    `package_due` is not known yet: what the device takes off the price is all that it could.
    """
    programme = programme_of(facts)
    started = facts.standing.started.astimezone(now.tzinfo).date()
    against = reasons(programme, how_it_stands(facts))
    if against:
        return tuple(_dated(reason, programme, started, now.date()) for reason in against)
    ours, figure = worked_out(facts.standing, now, rules), facts.standing.settlement_figure
    if figure is None or facts.standing.settles_on is None:
        return (AgainstUpgrade(code="no_settlement_figure"),)
    if not figure:
        return (AgainstUpgrade(code="agreement_settled"),)
    worth = facts.valuation.amount
    return OpenUpgrade(
        figure=figure,
        worked_out=ours.due,
        settles_on=facts.standing.settles_on,
        shares=upgrade_shares(programme, figure, worth, _before_package(programme, worth)),
        closes=open_until(programme, started),
    )


def _before_package(programme: Programme, worth: int) -> int:
    """What is taken to be due today of a package that is not known."""
    return worth if programme.trade_in_covers == "price" else 0


def _dated(reason: str, programme: Programme, started: date, today: date) -> AgainstUpgrade:
    if reason == "too_few_repayments":
        day = open_from(programme, started)
        return AgainstUpgrade(code=reason, opens=day if day > today else None)
    closed = open_until(programme, started) if reason == "window_closed" else None
    return AgainstUpgrade(code=reason, closed=closed)


def _due(
    facts: UpgradeFacts, programme: Programme, ours: Settlement, settlement: int
) -> SettlementDue:
    """The parts of the settlement; left to pay and rebate add up to the lender's figure."""
    package_due = _package_due(facts)
    shares = upgrade_shares(programme, settlement, facts.valuation.amount, package_due)
    outstanding = max(ours.left, settlement)
    due = SettlementDue(
        agreement=facts.standing.agreement,
        outstanding=outstanding,
        rebate=outstanding - settlement,
        trade_in=shares.device,
        due=shares.customer,
        worth_more=shares.pay_out,
    )
    if facts.programme is None and facts.standing.settlement_figure is None:
        return due
    return replace(
        due,
        figure=facts.standing.settlement_figure,
        ours=ours.due,
        settles_on=facts.standing.settles_on,
        programme=programme,
        shares=shares,
        package_due=package_due,
        figure_until=facts.standing.figure_until,
    )


def _package_due(facts: UpgradeFacts) -> int:
    """What is due today of the package alone: deposit or cash price, and the accessories."""
    handset = facts.handset.price if facts.handset else 0
    today = facts.credit.deposit if facts.credit else handset
    return today + (facts.accessories.total if facts.accessories else 0)


__all__ = [
    "SettlementDayFacts",
    "UpgradeFacts",
    "UpgradedAgreementFacts",
    "asked_for_day",
    "how_it_stands",
    "programme_of",
    "settlement_day",
    "upgrade_answer",
    "upgrade_eligibility",
    "upgraded_agreement",
    "worked_out",
]
