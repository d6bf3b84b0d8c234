"""How much a card may be charged after a sale, and the sentence by which the customer agrees."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from unshackled.domain.card_charge import CardChargeLimit
from unshackled.domain.documents import DocumentLine, Template
from unshackled.domain.market_rules import MarketRules
from unshackled.domain.package import CreditTerms, HandsetLine
from unshackled.domain.quote import Quote
from unshackled.domain.records import Record
from unshackled.domain.upgrade_shares import most_charged
from unshackled.ports.credit import SettlementDue
from unshackled.ports.outcome import Outcome, Passed
from unshackled.ports.trade_in import DeviceValued
from unshackled.ports.trade_in_rules import DeviceRegraded, TradeInFacts, agreed_terms


class CardLimitFacts(Record, forbid_unknown_fields=False):
    """What the old device is to be worth, and the terms of the upgrade, if it is one."""

    valuation: DeviceValued
    quote: Quote
    settlement: SettlementDue | None
    handset: HandsetLine | None
    credit: CreditTerms | None


def card_charge_limit(
    facts: CardLimitFacts, now: datetime, rules: MarketRules
) -> Outcome[CardChargeLimit]:
    """The most that the customer may have to pay of the device, by the terms of the order."""
    promised, currency = facts.valuation.amount, facts.quote.currency
    stays_away = DeviceRegraded(
        promised=promised, worth=0, arrived=False, lower=False, currency=currency
    )
    terms = agreed_terms(
        TradeInFacts(
            regraded=stays_away,
            quote=facts.quote,
            answer=None,
            settlement=facts.settlement,
            standing=None,
            handset=facts.handset,
            credit=facts.credit,
        )
    )
    return Passed(output=CardChargeLimit(most=most_charged(*terms), currency=currency))


class CardConsentFacts(Record, forbid_unknown_fields=False):
    """What the sentence is written from by which a customer lets their card be charged later."""

    limit: CardChargeLimit


def _consent_to_charge(facts: CardConsentFacts) -> Sequence[DocumentLine]:
    amounts = {"most": facts.limit.most, "currency": facts.limit.currency}
    return (
        DocumentLine(label="at_most", text="most_on_card", params=amounts),
        DocumentLine(label="consent", text="consent_to_charge", params=amounts),
    )


CARD_CHARGE_CONSENT: Final = Template(
    name="card_charge_consent", request=CardConsentFacts, lines=_consent_to_charge
)
