"""The rules of an old agreement that is settled once its device was looked at."""

from __future__ import annotations

from datetime import datetime

from unshackled.domain.customer import TradeInAnswer
from unshackled.domain.facts import Fact
from unshackled.domain.market_rules import MarketRules
from unshackled.domain.records import Record, replace
from unshackled.domain.upgrade_shares import Ending, settled_late
from unshackled.ports.credit import SettlementDue
from unshackled.ports.outcome import Declined, Outcome, Passed
from unshackled.ports.trade_in_rules import DeviceRegraded, TradeInOutcome, ending_of


class EndingFacts(Record, forbid_unknown_fields=False):
    """What the device turned out to be worth, and the customer's answer where it was asked for."""

    regraded: DeviceRegraded
    answer: TradeInAnswer | None
    settlement: SettlementDue | None


class TradeInEnding(Record, Fact):
    """What becomes of the device, and whether the old agreement is settled now."""

    ending: Ending
    settles: bool


def trade_in_ending(
    facts: EndingFacts, now: datetime, rules: MarketRules
) -> Outcome[TradeInEnding]:
    """Settled now is what the programme settles after the inspection, unless it goes on instead."""
    due = facts.settlement
    programme = due.programme if due is not None else None
    if programme is None:
        ending = ending_of(facts.regraded, facts.answer, "accept")
        return Passed(output=TradeInEnding(ending=ending, settles=False))
    ending = ending_of(facts.regraded, facts.answer, programme.silence)
    return Passed(output=TradeInEnding(ending=ending, settles=settled_late(programme, ending)))


class LateSettlementFacts(Record, forbid_unknown_fields=False):
    """What the inspection came to."""

    outcome: TradeInOutcome


def late_settlement(
    facts: LateSettlementFacts, now: datetime, rules: MarketRules
) -> Outcome[SettlementDue]:
    """What settles the old agreement now that the device is here.

    The lender's figure was held against ours when the outcome was decided, and is not again.
    """
    due = facts.outcome.settlement
    if due is None:
        return Declined(code="agreement_goes_on")
    return Passed(output=replace(due, ours=None))
