"""`rule: affordability`: a pure rule decides from facts, without a call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from unshackled.domain.affordability import (
    AffordabilityPolicy,
    affordability,
    dearest_instalment,
    dearest_month,
)
from unshackled.domain.card_charge import CardChargeLimit
from unshackled.domain.case_money import CaseMoney, InstalmentsRefund
from unshackled.domain.customer import ExistingAgreement, IncomeAndOutgoings
from unshackled.domain.decline_details import AffordabilityFigures, DeclineDetails
from unshackled.domain.market_rules import MarketRules
from unshackled.domain.package import CreditTerms, TariffLine
from unshackled.domain.schedule import PaymentSchedule
from unshackled.ports.card_charge_rules import CardLimitFacts, card_charge_limit
from unshackled.ports.case_payments import CaseFacts, CaseSums, case_money
from unshackled.ports.credit import SettlementDay, SettlementDue
from unshackled.ports.credit_statement import InstalmentFacts, case_instalments
from unshackled.ports.late_settlement_rules import (
    EndingFacts,
    LateSettlementFacts,
    TradeInEnding,
    late_settlement,
    trade_in_ending,
)
from unshackled.ports.outcome import Declined, Outcome, Passed
from unshackled.ports.payment_dates import (
    ScheduleFacts,
    TariffScheduleFacts,
    payment_schedule,
    tariff_payments,
)
from unshackled.ports.trade_in_rules import (
    DeviceRegraded,
    RegradeFacts,
    TradeInFacts,
    TradeInMoneyFacts,
    TradeInOutcome,
    trade_in_money,
    trade_in_outcome,
    trade_in_regrade,
)
from unshackled.ports.upgrade_rules import (
    SettlementDayFacts,
    UpgradedAgreementFacts,
    UpgradeFacts,
    settlement_day,
    upgrade_eligibility,
    upgraded_agreement,
)
from unshackled.steps import (
    BaseDefinition,
    Definition,
    Json,
    KindContext,
    Options,
    StepContext,
    one_of,
)

Percent = Annotated[int, Field(strict=True, ge=0, le=100)]
Amount = Annotated[int, Field(strict=True, ge=0)]


@dataclass(frozen=True, slots=True, kw_only=True)
class AffordabilityFacts:
    """What the customer told of their means, what they would repay, and the retailer's policy.

    The policy is that of `AffordabilityPolicy`; amounts are minor units a month.
    """

    income: IncomeAndOutgoings
    credit: CreditTerms
    tariff: TariffLine | None
    max_share_percent: Annotated[int, Field(strict=True, ge=1, le=100)] = 100
    min_left: Amount = 0
    buffer_percent: Percent = 0
    per_dependent: Amount = 0


def affordable(
    facts: AffordabilityFacts, now: datetime, rules: MarketRules
) -> Outcome[AffordabilityFigures]:
    """Can the customer repay it? Declines with `unaffordable`, and the figures (CONC 5.2A.12R).

    The tariff that is bought with the credit is a commitment of its own.
    """
    policy = AffordabilityPolicy(
        max_share_percent=facts.max_share_percent,
        min_left=facts.min_left,
        buffer_percent=facts.buffer_percent,
        per_dependent=facts.per_dependent,
    )
    figures = affordability(
        facts.income,
        dearest_instalment(facts.credit),
        policy,
        new_commitments=dearest_month(facts.tariff) if facts.tariff is not None else 0,
    )
    if figures.affordable:
        return Passed(output=figures)
    return Declined(code="unaffordable", details=DeclineDetails(figures=figures))


@dataclass(frozen=True, slots=True, kw_only=True)
class Law:
    """A rule by name: the facts it needs, the fact it makes, and the function.

    It is given the facts, the time in the retailer's zone, and the market's rules of that day; one
    that goes `by_calendar` the name of the market's calendar instead of the rules. One that
    `always_passes` may come after the point of no return.
    """

    request: type
    output: type
    decide: Callable[[Any, datetime, Any], Outcome[Any]]
    by_calendar: bool = False
    always_passes: bool = False


RULES: Mapping[str, Law] = {
    "affordability": Law(
        request=AffordabilityFacts, output=AffordabilityFigures, decide=affordable
    ),
    "upgrade_eligibility": Law(
        request=UpgradeFacts, output=SettlementDue, decide=upgrade_eligibility
    ),
    "trade_in_regrade": Law(request=RegradeFacts, output=DeviceRegraded, decide=trade_in_regrade),
    "trade_in_outcome": Law(request=TradeInFacts, output=TradeInOutcome, decide=trade_in_outcome),
    "trade_in_money": Law(request=TradeInMoneyFacts, output=CaseMoney, decide=trade_in_money),
    "card_charge_limit": Law(
        request=CardLimitFacts, output=CardChargeLimit, decide=card_charge_limit
    ),
    "trade_in_ending": Law(request=EndingFacts, output=TradeInEnding, decide=trade_in_ending),
    "late_settlement": Law(
        request=LateSettlementFacts, output=SettlementDue, decide=late_settlement
    ),
    "upgraded_agreement": Law(
        request=UpgradedAgreementFacts, output=ExistingAgreement, decide=upgraded_agreement
    ),
    "settlement_day": Law(request=SettlementDayFacts, output=SettlementDay, decide=settlement_day),
    "payment_schedule": Law(
        request=ScheduleFacts, output=PaymentSchedule, decide=payment_schedule, by_calendar=True
    ),
    "tariff_schedule": Law(
        request=TariffScheduleFacts,
        output=PaymentSchedule,
        decide=tariff_payments,
        by_calendar=True,
    ),
    "case_money": Law(request=CaseFacts, output=CaseSums, decide=case_money),
    "case_instalments": Law(
        request=InstalmentFacts,
        output=InstalmentsRefund,
        decide=case_instalments,
        always_passes=True,
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule(BaseDefinition):
    """A step that is decided the moment its facts are there."""

    law: Law

    def decide(self, view: StepContext) -> Outcome[Any]:
        """The rule's verdict."""
        known = view.calendar if self.law.by_calendar else view.rules
        return self.law.decide(view.request, view.now, known)


class RuleKind:
    """The kind `rule`."""

    key = "rule"

    def value_schema(self) -> Json:
        """A rule's name."""
        return {"enum": sorted(RULES)}

    def define(self, value: Any, options: Options, library: KindContext) -> Definition:
        """A step for the named rule."""
        law: Law = one_of(value, RULES, "rule")
        return Rule(
            kind=self.key,
            detail=value,
            entry="rule",
            request=law.request,
            output=law.output,
            law=law,
            always_passes=law.always_passes,
        )


KIND = RuleKind()
