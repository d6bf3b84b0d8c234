"""What a case moves, from what the sale's providers said: the request of `rule: case_money`."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Literal

from unshackled.domain.case import CaseRequest
from unshackled.domain.case_money import (
    CaseHistory,
    CaseMoney,
    MoreThanPaid,
    Origins,
    divided,
    handed_on,
)
from unshackled.domain.credit_withdrawal import interest_by_day, interest_until, repay_by
from unshackled.domain.facts import added
from unshackled.domain.market_rules import MarketRules
from unshackled.domain.package import CreditTerms, HandsetLine
from unshackled.domain.quote import Quote
from unshackled.domain.records import AbstractRecord, Record, replace
from unshackled.ports.amount_ranges import ReportsAmount
from unshackled.ports.credit import ROUNDING, AgreementStanding, CreditActivated
from unshackled.ports.credit_statement import CreditStatement, lent
from unshackled.ports.outcome import Declined, Outcome, Passed
from unshackled.ports.payment import PaymentCaptured, PaymentCharged

NOTHING = CaseHistory()
# The parts of a package that credit pays for.
FINANCED = frozenset({"handset"})


class CaseFacts(Record, forbid_unknown_fields=False):
    """What the money of a case follows from: what was sold, paid, lent and given back before.

    `first` says what goes back first: what was charged, or the credit; `lines`: of each line what
    it was paid with, of a handset the credit first and of all else the payment.
    `trade_in` says how an old device that paid for a part goes back: as its value, or itself.
    `only` refuses what would go back anywhere else. What was repaid is the lender's `statement` to
    say, else its count of payments in `standing`.
    """

    case: CaseRequest
    quote: Quote
    terms: CreditTerms | None
    handset: HandsetLine | None
    charged: PaymentCharged | None
    captured: PaymentCaptured | None
    activated: CreditActivated | None
    standing: AgreementStanding | None
    history: CaseHistory | None
    first: Literal["payment", "lender", "lines"] = "payment"
    trade_in: Literal["value", "device"] = "value"
    only: Literal["payment"] | None = added(None)
    statement: CreditStatement | None = added(None)

    @property
    def paid(self) -> Origins:
        """What was paid for the sale, by where it came from, as the providers reported it."""
        return Origins(
            payment=self.taken.amount if self.taken is not None else 0,
            lender=self.financed,
            trade_in=self.traded_in,
        )

    @property
    def taken(self) -> PaymentCharged | PaymentCaptured | None:
        """The money that was taken at the payment; what is only held is not."""
        return self.charged or self.captured

    @property
    def financed(self) -> int:
        """What the live agreement lends; nothing while there is none."""
        return lent(self.activated, self.terms)

    @property
    def traded_in(self) -> int:
        """What the old device paid of the handset: its price less deposit and credit."""
        if self.handset is None or self.terms is None:
            return 0
        return max(0, self.handset.price - self.terms.deposit - self.terms.for_goods)

    @property
    def repaid(self) -> int:
        """What was paid of the credit by now, by the lender's account or its count of payments."""
        if self.statement is not None:
            return self.statement.paid
        if self.standing is None or self.terms is None:
            return 0
        payments = self.standing.payments or self.terms.instalments.amounts
        return sum(payments[: self.standing.repayments_made])

    @property
    def rate_percent(self) -> Decimal:
        """The yearly rate of the credit."""
        if self.quote.rate_percent is not None:
            return self.quote.rate_percent
        return self.terms.apr_percent if self.terms is not None else Decimal(0)

    def drawn_on(self, now: datetime) -> date:
        """The day of the drawdown on the calendar of `now`: the lender's word, else ours."""
        before = (self.history or NOTHING).drawn_at
        began = self.standing.started if self.standing is not None else before
        return (began or now).astimezone(now.tzinfo).date()


class CaseSums(AbstractRecord, CaseMoney, ReportsAmount):
    """The same, worked out by us: the lender's own figure counts, and may not be far from it."""

    def differs(self, request: object) -> str | None:
        """A settlement figure of the lender that is more than rounding away from ours."""
        if not isinstance(request, CaseFacts) or request.case.kind != "withdrawal":
            return None
        figure = request.standing.settlement_figure if request.standing is not None else None
        if figure is None or abs(figure - self.owed) <= ROUNDING:
            return None
        return f"owed {figure} by the lender where {self.owed} was worked out"


def case_money(facts: CaseFacts, now: datetime, rules: MarketRules) -> Outcome[CaseSums]:
    """What a case moves; declines with `more_than_paid` what goes beyond what is left of it.

    A withdrawal from credit moves nothing of the purchase, which stands: the customer repays the
    credit to its lender.
    """
    if facts.case.kind == "withdrawal":
        return Passed(output=_withdrawn(facts, now, rules))
    if facts.case.kind == "trade_in":
        return Passed(output=CaseSums(trade_in=facts.case.amount, currency=facts.case.currency))
    try:
        money = _back(facts)
    except MoreThanPaid:
        return Declined(code="more_than_paid")
    if facts.only is not None and money.payment != facts.case.amount:
        return Declined(code="more_than_paid")
    return Passed(output=money)


def _back(facts: CaseFacts) -> CaseSums:
    history = facts.history or NOTHING
    shares = _shares(facts, history)
    onward = handed_on(shares.lender, financed=facts.financed, repaid=facts.repaid, history=history)
    return CaseSums(
        payment=shares.payment,
        lender=shares.lender,
        customer=onward,
        trade_in=shares.trade_in if facts.trade_in == "value" else 0,
        currency=facts.case.currency,
    )


def _shares(facts: CaseFacts, history: CaseHistory) -> Origins:
    """What goes back to each origin; raises `MoreThanPaid`."""
    if facts.first != "lines":
        return divided(facts.case.amount, facts.paid, history, facts.first)
    financed = sum(line.amount for line in facts.case.lines if line.part in FINANCED)
    goods = divided(financed, facts.paid, history, "lender")
    before = replace(
        history,
        payment=history.payment + goods.payment,
        lender=history.lender + goods.lender,
        trade_in=history.trade_in + goods.trade_in,
    )
    others = divided(facts.case.amount - financed, facts.paid, before, "payment")
    return Origins(
        payment=goods.payment + others.payment,
        lender=goods.lender + others.lender,
        trade_in=goods.trade_in + others.trade_in,
    )


def _withdrawn(facts: CaseFacts, now: datetime, rules: MarketRules) -> CaseSums:
    """Capital and interest until today, less what was repaid of it; the rest is due by a day.

    What is repaid later costs the interest of the days until then: the lender's figure counts, and
    one that is no more than rounding away from ours is taken.
    """
    history = facts.history or NOTHING
    capital = max(0, facts.financed - history.lender)
    interest = interest_until(capital, facts.rate_percent, facts.drawn_on(now), now.date())
    owed = capital + interest - facts.repaid
    withdrawn_on = facts.case.opened_at.astimezone(now.tzinfo).date()
    return CaseSums(
        interest=interest,
        owed=max(0, _lenders(facts, owed)),
        customer=max(0, -owed),
        currency=facts.case.currency,
        repay_by=repay_by(withdrawn_on, rules),
        capital=capital,
        drawn_on=facts.drawn_on(now) if capital else None,
        interest_by_day=interest_by_day(capital, facts.rate_percent) if capital else None,
    )


def _lenders(facts: CaseFacts, ours: int) -> int:
    """The lender's figure where it is ours but for rounding; ours, where a person has to look."""
    figure = facts.standing.settlement_figure if facts.standing is not None else None
    return figure if figure is not None and abs(figure - ours) <= ROUNDING else ours
