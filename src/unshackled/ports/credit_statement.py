"""What the customer paid of a sale's own credit by now, by the lender's account of it."""

from __future__ import annotations

from datetime import date, datetime

from unshackled.domain.case import CaseRequest
from unshackled.domain.case_money import (
    CaseHistory,
    CaseMoney,
    InstalmentsRefund,
    handed_on,
)
from unshackled.domain.market_rules import MarketRules
from unshackled.domain.package import CreditTerms
from unshackled.domain.records import AbstractRecord, Record
from unshackled.ports.amount_ranges import ReportsAmount, apart
from unshackled.ports.credit_application import CreditActivated
from unshackled.ports.outcome import Outcome, Passed


class AskStatement(Record, forbid_unknown_fields=False):
    """Which agreement of a sale to tell the account of."""

    case: CaseRequest
    activated: CreditActivated | None = None


class CreditStatement(AbstractRecord, ReportsAmount):
    """The account of an agreement on the day `as_of`: sums in minor units.

    `paid` is all that the customer paid of it, in `instalments_paid` payments and beside them;
    `arrears` is what is overdue, `balance` what is left to pay.
    """

    agreement: str
    as_of: date
    instalments_paid: int
    paid: int
    arrears: int
    balance: int
    currency: str

    def differs(self, request: object) -> str | None:
        """The account of another agreement than the sale's."""
        if not isinstance(request, AskStatement) or request.activated is None:
            return None
        return apart({"agreement": request.activated.agreement}, {"agreement": self.agreement})


class InstalmentFacts(Record, forbid_unknown_fields=False):
    """What goes back to the lender, what it lent, and what was paid of that."""

    case: CaseRequest
    money: CaseMoney
    statement: CreditStatement | None
    activated: CreditActivated | None
    terms: CreditTerms | None
    history: CaseHistory | None


def lent(activated: CreditActivated | None, terms: CreditTerms | None) -> int:
    """What a live agreement lends, by the lender's word or else ours; nothing while there is none.

    Minor units.
    """
    if activated is None:
        return 0
    if activated.amount is not None:
        return activated.amount
    return terms.amount if terms is not None else 0


def case_instalments(
    facts: InstalmentFacts, _now: datetime, _rules: MarketRules
) -> Outcome[InstalmentsRefund]:
    """What the lender hands on to the customer, of instalments that were paid by its account.

    Without one it is what the money of the case says.
    """
    statement, money = facts.statement, facts.money
    if statement is None:
        return Passed(output=InstalmentsRefund(customer=money.customer, currency=money.currency))
    onward = handed_on(
        money.lender,
        financed=lent(facts.activated, facts.terms),
        repaid=statement.paid,
        history=facts.history or CaseHistory(),
    )
    return Passed(
        output=InstalmentsRefund(customer=onward, currency=money.currency, as_of=statement.as_of)
    )
