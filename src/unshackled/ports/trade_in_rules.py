"""The rules after an old device was looked at: is it worth less, and who pays what to whom."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Literal, TypeAlias

from unshackled.domain.card_charge import CardChargeLimit, allowed_on_card
from unshackled.domain.case import CaseRequest
from unshackled.domain.case_money import CaseMoney
from unshackled.domain.customer import CardChargeConsent, TradeInAnswer
from unshackled.domain.facts import Fact, added
from unshackled.domain.market_rules import MarketRules
from unshackled.domain.package import CreditTerms, HandsetLine
from unshackled.domain.quote import Quote
from unshackled.domain.records import AbstractRecord, Record, replace
from unshackled.domain.upgrade import Programme, Silence
from unshackled.domain.upgrade_shares import (
    AfterInspection,
    Ending,
    UpgradeShares,
    after_inspection,
    upgrade_shares,
)
from unshackled.ports.amount_ranges import ReportsAmount
from unshackled.ports.credit import AgreementStanding, SettlementDue
from unshackled.ports.outcome import Declined, Outcome, Passed
from unshackled.ports.trade_in import DeviceInspected, TradeInAccepted
from unshackled.ports.upgrade_rules import worked_out

# A code of the catalogues of sentences, and its parameters.
TradeInSentence: TypeAlias = tuple[str, Mapping[str, Any]]

# An old device that pays for a part of a handset, without an upgrade.
PLAIN = Programme(
    name="trade-in", months=1, min_repayments=0, trade_in_covers="price", surplus="pay_out"
)


class RegradeFacts(Record, forbid_unknown_fields=False):
    """What the device was promised to be worth, and what it turned out to be.

    Without an inspection it never came.
    """

    case: CaseRequest
    inspected: DeviceInspected | None
    accepted: TradeInAccepted | None
    settlement: SettlementDue | None


class DeviceRegraded(Record, Fact):
    """What the device was to be worth, and is worth now that it was looked at; minor units.

    Of an upgrade `answer_days` the customer has to answer a lower value, and `silence` counts then.
    """

    promised: int
    worth: int
    arrived: bool
    lower: bool
    currency: str
    answer_days: int | None = added(None)
    silence: Silence | None = added(None)


def trade_in_regrade(
    facts: RegradeFacts, now: datetime, rules: MarketRules
) -> Outcome[DeviceRegraded]:
    """The customer is asked where it is worth less; more is theirs without a question."""
    promised = facts.accepted.amount if facts.accepted is not None else None
    if promised is None and facts.inspected is not None:
        promised = facts.inspected.estimate
    if promised is None:
        return Declined(code="not_traded_in")
    inspected = facts.inspected
    programme = facts.settlement.programme if facts.settlement is not None else None
    worth = inspected.amount if inspected is not None else 0
    return Passed(
        output=DeviceRegraded(
            promised=promised,
            worth=worth,
            arrived=inspected is not None,
            lower=inspected is not None and worth < promised,
            currency=facts.case.currency,
            answer_days=programme.answer_within.days if programme is not None else None,
            silence=programme.silence if programme is not None else None,
        )
    )


class TradeInFacts(Record, forbid_unknown_fields=False):
    """The regrade, the customer's answer to it, and what was agreed with the order.

    `silence` counts where the customer was asked and did not answer, and the sale was no upgrade;
    of an upgrade its programme says so. `standing` has the figure of an agreement that is settled
    now. `consent` and `limit` are what the customer agreed that their card may be charged.
    """

    regraded: DeviceRegraded
    quote: Quote
    answer: TradeInAnswer | None
    settlement: SettlementDue | None
    standing: AgreementStanding | None
    handset: HandsetLine | None
    credit: CreditTerms | None
    silence: Literal["accept", "decline"] = "accept"
    consent: CardChargeConsent | None = added(None)
    limit: CardChargeLimit | None = added(None)


class TradeInOutcome(AbstractRecord, ReportsAmount):
    """What is left to do: pay the customer, be paid by them, settle, send the device back.

    Amounts are minor units of `currency`. `settle` goes to the lender of the old agreement, which
    `goes_on` where the programme says so of a device that is not here. `on_card` is `charge` where
    the customer agreed that the payment of the sale is charged with it.
    """

    ending: Ending
    promised: int
    worth: int
    pay_out: int
    charge: int
    settle: int
    currency: str
    send_back: bool
    settlement: SettlementDue | None = None
    goes_on: bool = added(False)  # noqa: FBT003 - the field's default
    on_card: int = added(0)

    def differs(self, request: object) -> str | None:
        """A figure of now that is not ours, or none: nothing is settled by the one of the order."""
        if self.settlement is None or not isinstance(request, TradeInFacts):
            return None
        if request.standing is None or request.standing.settlement_figure is None:
            return f"no settlement figure was told where {self.settle} counted with the order"
        return self.settlement.differs(request)


def trade_in_outcome(
    facts: TradeInFacts, now: datetime, rules: MarketRules
) -> Outcome[TradeInOutcome]:
    """By the programme of the upgrade, or as the old device paid for a part of the handset."""
    programme, agreed, package_due = agreed_terms(facts)
    ending = ending_of(facts.regraded, facts.answer, programme.silence)
    worth = facts.regraded.worth if ending == "accepted" else 0
    figure = facts.standing.settlement_figure if facts.standing is not None else None
    left = after_inspection(programme, agreed, worth, package_due, ending=ending, settlement=figure)
    return Passed(
        output=TradeInOutcome(
            ending=ending,
            promised=facts.regraded.promised,
            worth=worth,
            pay_out=left.pay_out,
            charge=left.charge,
            settle=left.settle,
            currency=facts.regraded.currency,
            send_back=ending == "sent_back",
            settlement=_settlement(facts, left, worked_out_now(facts.standing, now, rules)),
            goes_on=ending != "accepted" and programme.not_returned == "agreement_goes_on",
            on_card=allowed_on_card(left.charge, facts.limit, facts.consent),
        )
    )


def agreed_terms(facts: TradeInFacts) -> tuple[Programme, UpgradeShares, int]:
    """The terms, what they came to with the order, and what was due of the package alone."""
    settlement = facts.settlement
    if settlement is not None and settlement.programme and settlement.shares:
        return settlement.programme, settlement.shares, settlement.package_due
    programme = replace(PLAIN, silence=facts.silence)
    promised = facts.regraded.promised
    if settlement is not None:  # of before programmes: it paid the old agreement, the rest was due
        programme = replace(programme, trade_in_covers="settlement")
        whole = settlement.due + settlement.trade_in
        return programme, upgrade_shares(programme, whole, promised, 0), 0
    off = _off_credit(facts)
    return programme, upgrade_shares(programme, 0, promised, off), off


def _off_credit(facts: TradeInFacts) -> int:
    """What the device's estimate lowered the credit by."""
    if facts.handset is None or facts.credit is None:
        return 0
    return max(0, facts.handset.price - facts.credit.deposit - facts.credit.for_goods)


def ending_of(regraded: DeviceRegraded, answer: TradeInAnswer | None, silence: Silence) -> Ending:
    """What becomes of the device: a lower value is answered, or `silence` counts."""
    if not regraded.arrived:
        return "not_returned"
    if not regraded.lower:
        return "accepted"
    if answer is None:
        return "accepted" if silence == "accept" else "sent_back"
    return "accepted" if answer.accept else "sent_back"


def worked_out_now(
    standing: AgreementStanding | None, now: datetime, rules: MarketRules
) -> int | None:
    """Our own sums of what settles an agreement as it stands now; None where nobody said how."""
    return worked_out(standing, now, rules).due if standing is not None else None


def _settlement(
    facts: TradeInFacts, left: AfterInspection, ours: int | None
) -> SettlementDue | None:
    """What the lender is sent now, with its figure of now; None where nothing is."""
    due, standing = facts.settlement, facts.standing
    if due is None or not left.settle:
        return None
    outstanding = max(due.outstanding, left.settle)
    return replace(
        due,
        outstanding=outstanding,
        rebate=outstanding - left.settle,
        due=left.shares.customer,
        trade_in=left.shares.device,
        worth_more=left.shares.pay_out,
        figure=left.settle,
        ours=ours,
        settles_on=standing.settles_on if standing is not None else due.settles_on,
        figure_until=standing.figure_until if standing is not None else due.figure_until,
        shares=left.shares,
    )


class TradeInMoneyFacts(Record, forbid_unknown_fields=False):
    """What the inspection came to."""

    outcome: TradeInOutcome


def trade_in_money(
    facts: TradeInMoneyFacts, now: datetime, rules: MarketRules
) -> Outcome[CaseMoney]:
    """What the case moves to the customer: the value of the device that is theirs."""
    outcome = facts.outcome
    return Passed(output=CaseMoney(trade_in=outcome.pay_out, currency=outcome.currency))


def trade_in_news(
    regraded: DeviceRegraded | None, outcome: TradeInOutcome | None
) -> tuple[TradeInSentence, ...]:
    """What the customer is told, sentence by sentence: codes of the catalogues with parameters."""
    if outcome is not None:
        return tuple(_told_in_the_end(outcome))
    if regraded is None or not regraded.lower:
        return ()
    amounts = {"promised": regraded.promised, "worth": regraded.worth}
    lower = ("trade_in_lower", {**amounts, "currency": regraded.currency})
    if not regraded.answer_days:
        return (lower,)
    return (lower, (f"trade_in_silence_{regraded.silence}", {"days": regraded.answer_days}))


def _told_in_the_end(outcome: TradeInOutcome) -> Iterator[TradeInSentence]:
    """Of the device and what is left to pay for it; then of the old agreement."""
    amounts = {
        "worth": outcome.worth,
        "pay_out": outcome.pay_out,
        "charge": outcome.charge,
        "settle": outcome.settle,
        "currency": outcome.currency,
    }
    due = "on_card" if outcome.on_card else "charge"
    rest = due if outcome.charge else "pay_out" if outcome.pay_out else "even"
    yield f"trade_in_{outcome.ending}_{rest}", amounts
    if outcome.goes_on:
        yield "trade_in_agreement_goes_on", amounts
    elif outcome.settle:
        yield "trade_in_agreement_settles", amounts


def still_owed(outcome: TradeInOutcome) -> TradeInSentence:
    """What the customer is told where their card did not give what is left to pay."""
    return "trade_in_not_charged", {"charge": outcome.on_card, "currency": outcome.currency}
